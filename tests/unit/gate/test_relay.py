"""The relay between loopback sockets: what a tool gets, and how connections end."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import uvloop

from datalab.core.errors import ProviderUnavailable
from datalab.gate import relay as relaying
from datalab.gate.relay import ON_ITS_WAY, Relay
from datalab.gate.rights import Standing
from datalab.gate.tickets import HEADER, Right, RightKind, Ticket, TicketOffice
from datalab.launcher.lifecycle import Phase
from datalab.providers.cluster.base import ReleaseRef

OFFICE = TicketOffice(b"key")
REF = ReleaseRef(namespace="dl-acme", name="nb")
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Tool = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def right(of: str = "p-1") -> Right:
    return Right(kind=RightKind.PASS, id=of, service="s-1")


def head(line: str = "GET /x HTTP/1.1", *more: str, of: str = "p-1") -> bytes:
    ticket = Ticket(right=right(of), ref=REF, username="bob")
    lines = [line, "Host: nb.localhost", f"{HEADER}: {OFFICE.issue(ticket, at=time.time())}", *more]
    return "\r\n".join([*lines, "", ""]).encode()


@dataclass
class World:
    """A relay, and the tool behind it."""

    relay: Relay
    port: int
    dialled: list[ReleaseRef]
    _writers: list[asyncio.StreamWriter]

    async def connect(self) -> Streams:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        return reader, writer

    async def say(self, *said: bytes) -> Streams:
        reader, writer = await self.connect()
        writer.write(b"".join(said))
        return reader, writer

    async def answer(self, *said: bytes) -> bytes:
        """All that comes back until the relay hangs up."""
        reader, _ = await self.say(*said)
        return await asyncio.wait_for(reader.read(), 5)

    def close(self) -> None:
        self.relay.close()
        for writer in self._writers:
            writer.transport.abort()


@contextlib.asynccontextmanager
async def world(
    tool: Tool, *, trouble: Exception | None = None, phase: Phase | None = Phase.STARTING
) -> AsyncIterator[World]:
    loop = asyncio.get_running_loop()
    writers: list[asyncio.StreamWriter] = []

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await tool(reader, writer)

    served = await asyncio.start_server(visited, "127.0.0.1", 0)
    dialled: list[ReleaseRef] = []

    async def dial(ref: ReleaseRef) -> socket.socket:
        dialled.append(ref)
        if trouble is not None:
            raise trouble
        sock = socket.socket()
        sock.setblocking(False)
        await loop.sock_connect(sock, served.sockets[0].getsockname())
        return sock

    async def stand(service: str) -> Standing | None:
        assert service == "s-1"
        return Standing(name="<nb>", phase=phase, message="") if phase else None

    relay = Relay(office=OFFICE, dial=dial, stand=stand)
    server = await loop.create_server(relay.visit, "127.0.0.1", 0)
    made = World(relay, server.sockets[0].getsockname()[1], dialled, writers)
    try:
        yield made
    finally:
        made.close()
        server.close()
        served.close()
        await asyncio.sleep(0)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def soon() -> None:
        await asyncio.wait_for(scenario(), 20)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(soon())


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends back every byte, the request's head included; ends when the other side does."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads nothing and says nothing."""
    await asyncio.Event().wait()


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - what is waited for is inside what is tested
        await asyncio.sleep(0.01)


def test_a_tool_gets_the_request_and_who_asks_but_no_ticket() -> None:
    async def scenario() -> None:
        async with world(echo) as w:
            reader, writer = await w.say(head(), b"body")
            seen = await reader.readuntil(b"body")
            assert seen.startswith(b"GET /x HTTP/1.1\r\nHost: nb.localhost\r\n")
            assert b"X-Datalab-User: bob" in seen
            assert HEADER.encode() not in seen
            assert w.dialled == [REF]
            writer.close()

    run(scenario)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", id="none"),
        pytest.param(
            b"GET / HTTP/1.1\r\nX-Datalab-Door: e30=.00\r\nX-Datalab-User: alice\r\n\r\n",
            id="forged",
        ),
        pytest.param(head("GET / HTTP/1.1", head().split(b"\r\n")[2].decode()), id="two tickets"),
        pytest.param(b"\x16\x03\x01\x02\x00 hello\r\n\r\n", id="not HTTP"),
    ],
)
def test_nothing_is_dialled_without_exactly_one_good_ticket(said: bytes) -> None:
    async def scenario() -> None:
        async with world(echo) as w:
            answer = await w.answer(said)
            assert answer.startswith(b"HTTP/1.1 403 ")
            assert w.dialled == []

    run(scenario)


def test_a_second_request_on_the_connection_is_bytes_to_us_and_dials_nothing() -> None:
    async def scenario() -> None:
        async with world(echo) as w:
            second = head("POST /y HTTP/1.1", of="p-2")
            reader, _ = await w.say(head(), second)
            seen = await reader.readuntil(second)
            assert b"Connection: close\r\n" in seen  # the tool will not answer it
            assert len(w.dialled) == 1
            assert w.relay.rights == {right("p-1")}

    run(scenario)


def test_a_head_may_come_in_pieces() -> None:
    async def scenario() -> None:
        async with world(echo) as w:
            reader, writer = await w.connect()
            for byte in head():
                writer.write(bytes([byte]))
                await writer.drain()
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"GET /x")

    run(scenario)


def test_a_head_without_an_end_is_refused() -> None:
    async def scenario() -> None:
        async with world(echo) as w:
            answer = await w.answer(b"GET / HTTP/1.1\r\nA: " + b"a" * 300_000)
            assert answer.startswith(b"HTTP/1.1 431 ")

    run(scenario)


def test_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relaying, "HEAD_WITHIN", 0.05)

    async def scenario() -> None:
        async with world(echo) as w:
            reader, _ = await w.say(b"GET / HT")
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""

    run(scenario)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(ConnectionRefusedError(), id="nothing listens yet"),
        pytest.param(TimeoutError(), id="no answer"),
        pytest.param(ProviderUnavailable("x", provider="cluster"), id="no runtime"),
    ],
)
def test_a_person_waits_on_a_page_and_a_program_gets_json(trouble: Exception) -> None:
    async def scenario() -> None:
        async with world(echo, trouble=trouble) as w:
            page = await w.answer(head("GET / HTTP/1.1", "Accept: text/html,*/*"))
            assert page.startswith(b"HTTP/1.1 503 ")
            assert b"&lt;nb&gt; is starting" in page
            assert b'http-equiv="refresh"' in page
            told = await w.answer(head("POST / HTTP/1.1", "Content-Length: 3"), b"abc")
            assert json.loads(told.partition(b"\r\n\r\n")[2])["code"] == "service_starting"
            assert b"Retry-After: 2\r\n" in told
            asked = await w.answer(head("HEAD / HTTP/1.1"))
            assert asked.endswith(b"\r\n\r\n")

    run(scenario)


def test_a_tool_that_is_gone_is_a_404() -> None:
    async def scenario() -> None:
        async with world(echo, trouble=ConnectionRefusedError(), phase=None) as w:
            assert (await w.answer(head())).startswith(b"HTTP/1.1 404 ")

    run(scenario)


def test_the_refusal_arrives_although_an_upload_is_on_its_way() -> None:
    async def scenario() -> None:
        async with world(echo, trouble=ConnectionRefusedError()) as w:
            upload = b"x" * (4 * ON_ITS_WAY)
            assert (await w.answer(head("POST / HTTP/1.1"), upload)).startswith(b"HTTP/1.1 503 ")

    run(scenario)


def test_only_the_connections_of_an_ended_right_are_cut() -> None:
    async def scenario() -> None:
        async with world(echo) as w:
            bobs, _ = await w.say(head(of="bob"))
            alices, to_alices = await w.say(head(of="alice"))
            for reader in (bobs, alices):
                await reader.readuntil(b"\r\n\r\n")
            w.relay.cut({right("bob")})
            with contextlib.suppress(ConnectionResetError):
                assert await bobs.read() == b""
            to_alices.write(b"still here")
            assert await alices.readexactly(10) == b"still here"
            assert w.relay.rights == {right("alice")}

    run(scenario)


def test_a_cut_reaches_the_tool_too() -> None:
    ended = []

    async def note_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        ended.append(True)
        writer.close()

    async def scenario() -> None:
        async with world(note_the_end) as w:
            await w.say(head())
            await until(lambda: bool(w.relay.rights))
            w.relay.cut({right()})
            await until(lambda: bool(ended))

    run(scenario)


def test_a_connection_is_cut_while_the_tool_is_being_dialled() -> None:
    async def scenario() -> None:
        async with world(echo) as w:
            never = asyncio.Event()

            async def dial(ref: ReleaseRef) -> socket.socket:
                await never.wait()
                raise AssertionError

            w.relay.dial = dial
            reader, _ = await w.say(head())
            await until(lambda: bool(w.relay.rights))
            w.relay.cut({right()})
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
            await until(lambda: not w.relay.visits)

    run(scenario)


def test_a_tool_answers_after_the_other_side_has_ended_its_half() -> None:
    async def answer_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent = await reader.read()
        writer.write(b"got %d" % len(sent.partition(b"\r\n\r\n")[2]))
        writer.close()

    async def scenario() -> None:
        async with world(answer_at_the_end) as w:
            reader, writer = await w.say(head(), b"x" * 100_000)
            writer.write_eof()
            assert await reader.read() == b"got 100000"
            await until(lambda: not w.relay.visits)

    run(scenario)


def test_what_the_tool_said_last_arrives_whole() -> None:
    size = 8 * ON_ITS_WAY

    async def say_and_leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"y" * size)
        writer.close()

    async def scenario() -> None:
        async with world(say_and_leave) as w:
            assert len(await w.answer(head())) == size

    run(scenario)


@pytest.mark.parametrize("down", [True, False], ids=["a download", "an upload"])
def test_a_side_that_does_not_read_makes_the_other_wait(down: bool) -> None:
    """Bounded memory: a sender gets rid of a few buffers, not of all it has."""
    sent = 0

    async def pour(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.transport.set_write_buffer_limits(high=0)
        while sent < 256 * ON_ITS_WAY:
            writer.write(b"z" * 65536)
            await writer.drain()
            sent += 65536

    async def poured(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await pour(writer)

    async def scenario() -> None:
        async with world(poured if down else mute) as w:
            _, writer = await w.say(head("POST / HTTP/1.1"))
            task = asyncio.create_task(mute(_, writer) if down else pour(writer))
            seen = -1
            while seen != sent or not sent:  # until it moves no more
                seen = sent
                await asyncio.sleep(0.2)
            assert sent < 64 * ON_ITS_WAY
            task.cancel()

    run(scenario)


def test_a_connection_that_one_side_has_left_is_dropped_when_it_stays_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        async with world(mute) as w:
            _, writer = await w.say(head())
            await until(lambda: bool(w.relay.rights))
            writer.write_eof()
            (visit,) = w.relay.visits
            await until(lambda: visit.half_closed)
            w.relay.drop_half_open()
            assert w.relay.visits
            monkeypatch.setattr(relaying, "HALF_OPEN_FOR", 0)
            w.relay.drop_half_open()
            await until(lambda: not w.relay.visits)

    run(scenario)


def test_an_unforeseen_error_closes_the_connection_instead_of_keeping_it() -> None:
    async def scenario() -> None:
        async with world(echo) as w:

            async def broken(service: str) -> Any:
                raise RuntimeError(service)

            async def refuse(ref: ReleaseRef) -> socket.socket:
                raise OSError

            w.relay.stand, w.relay.dial = broken, refuse
            reader, _ = await w.say(head())
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""

    run(scenario)
