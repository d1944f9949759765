"""The way out for packages: only to listed hosts, never to this machine or its neighbours."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from datalab.providers.cluster.local.agent.proxy import (
    AllowList,
    Proxy,
    leads_inside,
    split_address,
)

LIST = AllowList.of(["pypi.org", ".github.com", "127.0.0.1:8443", " GitLab.com ", ""])


@pytest.mark.parametrize(
    ("host", "port", "allowed"),
    [
        pytest.param("pypi.org", 443, True, id="listed"),
        pytest.param("pypi.org", 80, False, id="another port of a listed host"),
        pytest.param("pypi.org", 22, False, id="ssh to a listed host"),
        pytest.param("evilpypi.org", 443, False, id="ends like a listed host"),
        pytest.param("pypi.org.evil.test", 443, False, id="begins like a listed host"),
        pytest.param("api.github.com", 443, True, id="below a listed domain"),
        pytest.param("github.com", 443, True, id="the listed domain itself"),
        pytest.param("evilgithub.com", 443, False, id="ends like a listed domain"),
        pytest.param("gitlab.com", 443, True, id="listed in capitals, with blanks"),
        pytest.param("127.0.0.1", 8443, True, id="an address with its port"),
        pytest.param("127.0.0.1", 443, False, id="that address, another port"),
        pytest.param("", 443, False, id="nothing"),
    ],
)
def test_only_what_is_listed_is_allowed(host: str, port: int, allowed: bool) -> None:
    assert LIST.allows(host, port) is allowed


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    ],
)
def test_addresses_of_this_machine_and_its_neighbours_are_known(address: str) -> None:
    assert leads_inside(address)


@pytest.mark.parametrize("address", ["151.101.0.223", "8.8.8.8", "2a04:4e42::223"])
def test_addresses_of_the_internet_are_not(address: str) -> None:
    assert not leads_inside(address)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("PyPI.org:443", ("pypi.org", 443), id="in capitals"),
        pytest.param("pypi.org.:443", ("pypi.org", 443), id="with the root's dot"),
        pytest.param("[::1]:443", ("::1", 443), id="an address of version 6"),
        pytest.param("pypi.org:443443", ("pypi.org", 0), id="no such port"),
        pytest.param("pypi.org:x", ("pypi.org", 0), id="no number"),
    ],
)
def test_addresses_are_read_like_this(text: str, address: tuple[str, int]) -> None:
    assert split_address(text) == address


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(1024):
        writer.write(piece.upper())
    writer.close()


@asynccontextmanager
async def proxy_beside_an_echo(*allowed: str) -> AsyncIterator[tuple[int, int]]:
    """The ports of a proxy and of a server that shouts; `{port}` in an entry is the latter's."""
    async with await asyncio.start_server(_echo, "127.0.0.1", 0) as echo:
        port = echo.sockets[0].getsockname()[1]
        ask = Proxy(AllowList.of([entry.format(port=port) for entry in allowed]))

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await ask(reader, writer)
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_server(talk, "127.0.0.1", 0) as proxy:
            yield proxy.sockets[0].getsockname()[1], port


async def _say(port: int, *pieces: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()
    return answer


def answers(allowed: Sequence[str], head: str, *pieces: bytes) -> bytes:
    async def ask() -> bytes:
        async with proxy_beside_an_echo(*allowed) as (proxy, port):
            return await _say(proxy, head.format(port=port).encode(), *pieces)

    return asyncio.run(ask())


def test_a_listed_address_with_its_port_is_reached() -> None:
    answer = answers(["127.0.0.1:{port}"], "CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n", b"hello")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"HELLO")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        pytest.param("CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n", b"403", id="not listed"),
        pytest.param("CONNECT localhost:443 HTTP/1.1\r\n\r\n", b"403", id="listed, but is here"),
        pytest.param("GET http://pypi.org/ HTTP/1.1\r\n\r\n", b"405", id="plain http"),
        pytest.param("CONNECT a b HTTP/1.1\r\n\r\n", b"405", id="not an address"),
    ],
)
def test_everything_else_is_refused_with_a_reason(head: str, status: bytes) -> None:
    answer = answers(["localhost"], head)
    assert answer.split()[1] == status
    assert answer.strip().endswith(b".")
