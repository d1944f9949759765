"""The joints between a sandbox's own network and the outside: sockets in, named targets out."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Awaitable, Callable, Sequence

from datalab.providers.cluster.local.agent.spawning import Zygote

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

BATCH = 32
LOW = 8
_LOOPBACK_WAIT = 3.0
_CHUNK = 256 * 1024


class SandboxNetwork:
    """One sandbox's way in and out. `close` cuts every connection that came out of it."""

    def __init__(self, zygote: Zygote, pid: int) -> None:
        self._zygote = zygote
        self._pid = pid
        self._ready: list[socket.socket] = []
        self._refilling = asyncio.Lock()
        self._servers: list[asyncio.Server] = []
        self._talks: set[asyncio.Task[None]] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._closed = False

    async def open(self, handlers: dict[int, Handler]) -> None:
        """Listen inside on each port. OSError where the namespace is gone."""
        for port, handler in handlers.items():
            listening = await self._listen(port)
            server = await asyncio.start_server(self._tracked(handler), sock=listening)
            self._servers.append(server)

    async def take(self) -> socket.socket:
        """An unconnected TCP socket that belongs to the sandbox. The caller closes it."""
        if not self._ready:
            await self._refill()
        elif len(self._ready) <= LOW and not self._refilling.locked():
            self._keep(asyncio.create_task(self._refill()))
        return self._ready.pop()

    def close(self) -> None:
        self._closed = True
        for server in self._servers:
            server.close()
        for task in [*self._talks, *self._background]:
            task.cancel()
        for one in self._ready:
            one.close()
        self._ready.clear()

    async def _refill(self) -> None:
        async with self._refilling:
            if len(self._ready) > LOW:
                return
            with contextlib.suppress(OSError):
                self._ready += await self._zygote.sockets(self._pid, BATCH)
        if not self._ready:
            raise OSError(errno.ENETDOWN, "the sandbox is gone")

    async def _listen(self, port: int) -> socket.socket:
        """The sandbox brings its loopback up by itself, perhaps a moment after we came."""
        deadline = asyncio.get_running_loop().time() + _LOOPBACK_WAIT
        one = await self.take()
        while True:
            try:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                one.bind(("127.0.0.1", port))
                one.listen(128)
            except OSError as error:
                late = asyncio.get_running_loop().time() > deadline
                if error.errno != errno.EADDRNOTAVAIL or late:
                    one.close()
                    raise
                await asyncio.sleep(0.002)
            else:
                one.setblocking(False)
                return one

    def _tracked(self, handler: Handler) -> Handler:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - a coroutine always runs in one
            self._talks.add(task)
            try:
                await handler(reader, writer)
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                pass  # either side went away: nothing to tell and nobody to tell it to
            except asyncio.CancelledError:
                if not self._closed:
                    raise
            finally:
                self._talks.discard(task)
                writer.close()

        return talk

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())


def forward_to(target: str) -> Handler:
    """`HOST:PORT` or `unix:PATH`."""

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await join(reader, writer, *await connect(target))

    return forward


async def connect(target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if target.startswith("unix:"):
        return await asyncio.open_unix_connection(target.removeprefix("unix:"))
    host, _, port = target.rpartition(":")
    return await asyncio.open_connection(host.strip("[]"), int(port))


async def join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    other_reader: asyncio.StreamReader,
    other_writer: asyncio.StreamWriter,
) -> None:
    """Copy both ways until both have ended. A half that ended is passed on as such."""
    try:
        await asyncio.gather(_copy(reader, other_writer), _copy(other_reader, writer))
    finally:
        other_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_CHUNK):
        writer.write(piece)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def targets(forwards: Sequence[str]) -> dict[int, Handler]:
    """`PORT=TARGET` each, as given on the agent's command line. ValueError where it is not that."""
    handlers = {}
    for forward in forwards:
        port, equals, target = forward.partition("=")
        if not (port.isdecimal() and equals and ":" in target):
            raise ValueError(f"{forward!r} is not PORT=HOST:PORT or PORT=unix:PATH")
        handlers[int(port)] = forward_to(target)
    return handlers
