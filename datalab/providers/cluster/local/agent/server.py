"""The agent's door: a Unix socket that only the platform's own user may open.

One line of JSON is a request, one line the answer; `dial` adds a descriptor to its answer, and
`subscribe` turns the connection into a stream of changes.
"""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from datalab.core.errors import DatalabError
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.local import capacity, devices
from datalab.providers.cluster.local.agent import preparing
from datalab.providers.cluster.local.agent.changes import Changes
from datalab.providers.cluster.local.agent.gpus import Gpus
from datalab.providers.cluster.local.agent.instance import Instance
from datalab.providers.cluster.local.agent.supervisor import Supervisor
from datalab.providers.cluster.local.folders import Folders, write_json
from datalab.providers.cluster.local.limits import Groups, missing_limits
from datalab.providers.cluster.local.plan import LaunchPlan

LONGEST_REQUEST = 32 * 1024 * 1024
HEARTBEAT = 2.0

Answer = dict[str, Any]


class Server:
    def __init__(
        self,
        *,
        folders: Folders,
        groups: Groups,
        gpus: Gpus,
        supervisor: Supervisor,
        changes: Changes,
    ) -> None:
        self._folders = folders
        self._groups = groups
        self._gpus = gpus
        self._supervisor = supervisor
        self._changes = changes
        self._talks: set[asyncio.Task[None]] = set()
        self._started = time.time()
        self._does: dict[str, Callable[[Any], Awaitable[Answer]]] = {
            "start": self._start,
            "stop": self._stop,
            "remove": self._remove,
            "remove_namespace": self._remove_namespace,
            "deliver": self._deliver,
            "status": self._status,
            "watch_build": self._watch_build,
            "about": self._about,
            "capacity": self._capacity,
        }

    async def serve(self, path: Path) -> None:
        """For ever. OSError where the address cannot be had."""
        loop = asyncio.get_running_loop()
        door = listen(path)
        with door:
            while True:
                connection, _ = await loop.sock_accept(door)
                task = asyncio.create_task(self._talk(connection))
                self._talks.add(task)
                task.add_done_callback(self._talks.discard)

    async def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.setblocking(False)
            rest = b""
            while True:
                line, rest = await _read_line(connection, rest)
                if line is None:
                    return
                await self._answer(connection, line)

    async def _answer(self, connection: socket.socket, line: bytes) -> None:
        made: socket.socket | None = None
        try:
            request = json.loads(line)
            if request["do"] == "subscribe":
                await self._stream(connection)
                return
            if request["do"] == "dial":
                made, port = await self._supervisor.dial(_ref(request))
                answer: Answer = {"port": port}
            else:
                answer = await self._does[request["do"]](request)
        except DatalabError as error:
            answer = {"error": error.detail}
        except (OSError, ValueError, TypeError, KeyError) as error:
            answer = {"error": str(error) or type(error).__name__}
        reply = json.dumps(answer).encode() + b"\n"
        if made is not None:
            with made:
                socket.send_fds(connection, [reply], [made.fileno()])
            return
        await asyncio.get_running_loop().sock_sendall(connection, reply)

    async def _stream(self, connection: socket.socket) -> None:
        """All that is there first, for changes may have been missed; then each change."""
        loop = asyncio.get_running_loop()
        with self._changes.listen() as heard:
            for instance in self._supervisor.all():
                heard.put_nowait(instance.ref)
            while True:
                try:
                    ref = await asyncio.wait_for(heard.get(), HEARTBEAT)
                    line = json.dumps([ref.namespace, ref.name])
                except TimeoutError:
                    line = "null"
                await loop.sock_sendall(connection, line.encode() + b"\n")

    # -- what can be asked -------------------------------------------------------------------
    async def _start(self, request: Answer) -> Answer:
        plan = LaunchPlan.from_json(request["plan"])
        self._changes.forget_build(plan.ref)
        self._supervisor.start(plan, request["files"])
        return {}

    async def _stop(self, request: Answer) -> Answer:
        self._supervisor.stop(_ref(request))
        return {}

    async def _remove(self, request: Answer) -> Answer:
        """Accepted once it is written down: another agent would go on with it."""
        ref = _ref(request)
        self._changes.forget_build(ref)
        if self._folders.release(ref).is_dir():
            write_json(self._folders.record(ref), {"removing": True, "keep": list(request["keep"])})
        self._later(self._supervisor.remove(ref))
        return {}

    async def _remove_namespace(self, request: Answer) -> Answer:
        """Answers when it is gone."""
        namespace = request["namespace"]
        folder = self._folders.namespace(namespace)
        await asyncio.gather(*map(self._supervisor.remove, self._folders.refs(namespace)))
        for gone in (folder, self._folders.memory / folder.name):
            if gone.exists():
                await asyncio.to_thread(shutil.rmtree, gone)
        return {}

    async def _deliver(self, request: Answer) -> Answer:
        changed = await asyncio.to_thread(
            preparing.deliver, _ref(request), self._folders, request["files"]
        )
        return {"changed": changed}

    async def _status(self, request: Answer) -> Answer:
        ref = _ref(request)
        instance = self._supervisor.get(ref)
        return {
            "busy": self._supervisor.is_busy(ref),
            "waiting": self._supervisor.waits_for(ref),
            "instance": _summary(instance) if instance else None,
        }

    async def _watch_build(self, request: Answer) -> Answer:
        self._changes.watch_build(_ref(request), Path(request["path"]))
        return {}

    async def _about(self, _: Answer) -> Answer:
        running = [one for one in self._supervisor.all() if not one.is_over]
        return {
            "pid": os.getpid(),
            "since": self._started,
            "tools": len(running),
            "not_enforced": list(missing_limits(self._groups)),
            "problems": self._supervisor.problems,
        }

    async def _capacity(self, _: Answer) -> Answer:
        return {
            "cpu": capacity.cpu(),
            "memory": capacity.memory(),
            "storage": capacity.storage(self._folders.root),
            "devices": {devices.GPU: len(self._gpus.there)},
        }

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._talks.add(task)
        task.add_done_callback(self._talks.discard)


def listen(path: Path) -> socket.socket:
    """A socket there for this user only; one that a killed agent left behind is replaced."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        door.bind(str(path))
    finally:
        os.umask(before)
    door.listen(128)
    door.setblocking(False)
    return door


async def _read_line(connection: socket.socket, rest: bytes) -> tuple[bytes | None, bytes]:
    """None at the end. OSError where a line has no end."""
    loop = asyncio.get_running_loop()
    pieces = [rest]
    size = len(rest)
    while b"\n" not in pieces[-1]:
        piece = await loop.sock_recv(connection, 256 * 1024)
        if not piece:
            return None, b""
        pieces.append(piece)
        size += len(piece)
        if size > LONGEST_REQUEST:
            raise OSError("a request is too long")
    line, _, rest = b"".join(pieces).partition(b"\n")
    return line, rest


def _ref(request: Answer) -> ReleaseRef:
    return ReleaseRef(namespace=str(request["namespace"]), name=str(request["name"]))


def _summary(instance: Instance) -> Answer:
    reason = instance.reason
    return {
        "digest": instance.digest,
        "stage": instance.stage.value,
        "reason": reason and [reason.code, reason.message, reason.raw],
    }
