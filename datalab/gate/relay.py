"""All traffic to tools passes here, so that all of it can be cut when a right ends.

One connection carries one request (Traefik is told to keep none for later): its head is read for
the gate's ticket, everything after it is bytes. Nothing is kept but what is on its way.
"""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import cast

import structlog

from datalab.core.errors import ProviderError
from datalab.gate import heads, pages, tickets
from datalab.gate.heads import BadHead, Head
from datalab.gate.rights import Standing
from datalab.gate.tickets import BadTicket, Right, Ticket, TicketOffice
from datalab.providers.cluster.base import ReleaseRef

Dialer = Callable[[ReleaseRef], Awaitable[socket.socket]]
Stand = Callable[[str], Awaitable[Standing | None]]

HEAD_WITHIN = 10.0
DIAL_WITHIN = 5.0
HALF_OPEN_FOR = 60.0
"""Seconds of silence after which a connection that one side has ended is dropped."""
LINGER = 2.0
ON_ITS_WAY = 1024 * 1024
"""Bytes that one direction may hold before its sender is made to wait."""
_TICKET = tickets.HEADER.lower().encode()

log = structlog.get_logger(__name__)


class Stage(Enum):
    HEAD = auto()
    DIALING = auto()
    JOINED = auto()
    REFUSED = auto()


class Relay:
    def __init__(
        self,
        *,
        office: TicketOffice,
        dial: Dialer,
        stand: Stand,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.office = office
        self.dial = dial
        self.stand = stand
        self.clock = clock
        self.visits: set[Visit] = set()

    def visit(self) -> "Visit":
        """The protocol of one incoming connection."""
        return Visit(self)

    @property
    def rights(self) -> set[Right]:
        return {visit.right for visit in self.visits if visit.right is not None}

    def cut(self, ended: set[Right]) -> None:
        """Drop every connection that exists by one of these rights."""
        for visit in list(self.visits):
            if visit.right in ended:
                log.info("connection_cut", service=visit.right.service, right=visit.right.id)
                visit.cut()

    def drop_half_open(self) -> None:
        for visit in list(self.visits):
            if visit.is_forgotten:
                visit.cut()

    def close(self) -> None:
        for visit in list(self.visits):
            visit.cut()


class Visit(asyncio.Protocol):
    """The front door's side of a connection."""

    def __init__(self, relay: Relay) -> None:
        self.right: Right | None = None
        self.half_closed = False
        self.last_byte_at = 0.0
        self._relay = relay
        self._stage = Stage.HEAD
        self._held = bytearray()
        self._tool: ToolSide | None = None
        self._task: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()

    # -- called by the event loop ----------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not below asyncio's class, but they are all that it promises.
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=ON_ITS_WAY)
        self._relay.visits.add(self)
        self._deadline = self._loop.call_later(HEAD_WITHIN, self.cut)

    def data_received(self, data: bytes) -> None:
        if self._tool is not None:
            self.last_byte_at = self._loop.time()
            self._tool.transport.write(data)
        elif self._stage is Stage.HEAD:
            self._held += data
            self._read_head()
        elif self._stage is Stage.DIALING:
            self._held += data

    def eof_received(self) -> bool:
        if self._stage in {Stage.HEAD, Stage.REFUSED}:
            return False
        both = self.half_closed
        self.half_closed = True
        if self._tool is not None:
            self._tool.end()
        return not both

    def connection_lost(self, exc: Exception | None) -> None:
        self._relay.visits.discard(self)
        self._deadline.cancel()
        if self._task is not None:
            self._task.cancel()
        if self._tool is not None:
            self._tool.transport.abort()

    def pause_writing(self) -> None:
        if self._tool is not None:
            self._tool.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._tool is not None:
            self._tool.transport.resume_reading()

    # -- the rest --------------------------------------------------------------------------------
    @property
    def is_forgotten(self) -> bool:
        """One side has ended, the other says nothing, and nothing waits for a slow reader."""
        silent = self._loop.time() - self.last_byte_at > HALF_OPEN_FOR
        idle = self.transport.get_write_buffer_size() == 0
        return self._tool is not None and self.half_closed and silent and idle

    def cut(self) -> None:
        """At once, whatever is on its way."""
        self.transport.abort()
        if self._tool is not None:
            self._tool.transport.abort()

    def _read_head(self) -> None:
        end = self._held.find(heads.END)
        if end < 0:
            if len(self._held) > heads.LONGEST:
                self._refuse(_plain(431, "request_too_large", "The request's head is too long."))
            return
        raw, rest = bytes(self._held[: end + 4]), bytes(self._held[end + 4 :])
        self._deadline.cancel()
        try:
            head = Head.parse(raw)
            ticket = self._ticket(head)
        except (BadHead, BadTicket):
            self._refuse(_plain(403, "no_ticket", "Only the front door leads here."))
            return
        self.right = ticket.right
        self._held = bytearray(rest)
        self._stage = Stage.DIALING
        self.transport.pause_reading()
        self._task = self._loop.create_task(self._join(head, ticket))
        self._task.add_done_callback(self._joined)

    def _ticket(self, head: Head) -> Ticket:
        shown = head.values(_TICKET)
        if len(shown) != 1:
            raise BadTicket("none, or several")
        return self._relay.office.read(shown[0].decode("latin-1"), at=self._relay.clock())

    async def _join(self, head: Head, ticket: Ticket) -> None:
        try:
            sock = await asyncio.wait_for(self._relay.dial(ticket.ref), DIAL_WITHIN)
        except (OSError, TimeoutError, ProviderError):
            standing = await self._relay.stand(ticket.right.service)
            self._refuse(_unreachable(standing, head))
            return
        _, tool = await self._loop.create_connection(lambda: ToolSide(self), sock=sock)
        tool.transport.write(head.for_tool(ticket.username).rendered() + self._held)
        self._held = bytearray()
        self.last_byte_at = self._loop.time()
        self._tool, self._stage = tool, Stage.JOINED
        if self.half_closed:
            tool.end()
        self.transport.resume_reading()

    def _joined(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("join_failed", exc_info=task.exception())
            self.cut()

    def _refuse(self, answer: bytes) -> None:
        """Say it, then read on for a moment: closing with bytes unread would take the answer back."""
        self._stage = Stage.REFUSED
        self._held = bytearray()
        self.transport.write(answer)
        self.transport.write_eof()
        self.transport.resume_reading()
        self._deadline.cancel()
        self._deadline = self._loop.call_later(LINGER, self.cut)


class ToolSide(asyncio.Protocol):
    """The tool's side of a connection."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not below asyncio's class, but they are all that it promises.
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=ON_ITS_WAY)

    def data_received(self, data: bytes) -> None:
        self._visit.last_byte_at = asyncio.get_running_loop().time()
        self._visit.transport.write(data)

    def eof_received(self) -> bool:
        self._visit.half_closed = True
        self._visit.transport.write_eof()
        return not self._ended

    def connection_lost(self, exc: Exception | None) -> None:
        # Closing, unlike aborting, sends what is on its way.
        self._visit.transport.close()

    def pause_writing(self) -> None:
        self._visit.transport.pause_reading()

    def resume_writing(self) -> None:
        self._visit.transport.resume_reading()

    def end(self) -> None:
        """The front door has said all it had to say."""
        self._ended = True
        if self.transport.can_write_eof():
            self.transport.write_eof()


def _unreachable(standing: Standing | None, head: Head) -> bytes:
    page = pages.not_reachable(standing)
    wants_html = b"text/html" in b",".join(head.values(b"accept")) and not head.is_upgrade
    headers, body = page.answer(wants_html=wants_html)
    return _rendered(page.status, headers, b"" if head.line.startswith(b"HEAD ") else body)


def _plain(status: int, code: str, detail: str) -> bytes:
    page = pages.Page(status=status, code=code, title=detail, text=detail)
    return _rendered(status, *page.answer(wants_html=False))


def _rendered(status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status} Datalab", *(f"{name}: {value}" for name, value in headers)]
    lines += [f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join(lines).encode() + heads.END + body
