"""The way out for packages and repositories: an HTTP CONNECT proxy with an allow-list."""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from datalab.providers.cluster.local.agent.network import join

HEAD_TIMEOUT = 15.0
CONNECT_TIMEOUT = 15.0
_REQUEST = re.compile(rb"CONNECT ([A-Za-z0-9.:\[\]_-]{1,260}) HTTP/1\.[01]\r\n")

_REFUSED = [
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4"),
        *("240.0.0.0/4", "::/127", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"),
        *("100::/64", "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
]
"""This machine, its neighbours, cloud metadata, and what stands for an IPv4 address in IPv6."""


@dataclass(frozen=True, slots=True)
class AllowList:
    """`HOST` allows port 443, `.DOMAIN` all names below it too, `HOST:PORT` that port wherever it
    leads: only an entry with its port may be an address of this machine or its neighbours."""

    entries: frozenset[str]

    @classmethod
    def of(cls, entries: Sequence[str]) -> "AllowList":
        return cls(frozenset(entry.strip().lower() for entry in entries if entry.strip()))

    def allows(self, host: str, port: int) -> bool:
        return self.names(host, port) or (port == 443 and self._by_domain(host))

    def names(self, host: str, port: int) -> bool:
        """Listed with its port, so allowed to lead anywhere."""
        return f"{host}:{port}" in self.entries

    def _by_domain(self, host: str) -> bool:
        if host in self.entries:
            return True
        labels = host.split(".")
        domains = {f".{'.'.join(labels[start:])}" for start in range(len(labels))}
        return bool(domains & self.entries)


class Proxy:
    def __init__(self, allowed: AllowList) -> None:
        self._allowed = allowed

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_TIMEOUT):
            head = await reader.readuntil(b"\r\n\r\n")
        matched = _REQUEST.match(head)
        if matched is None:
            await _refuse(writer, "405 Method Not Allowed", "This way out speaks HTTPS only.")
            return
        host, port = split_address(matched[1].decode())
        if not self._allowed.allows(host, port):
            await _refuse(writer, "403 Forbidden", f"{host}:{port} is not on the allow-list.")
            return
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                address = await self._resolve(host, port)
                other = await asyncio.open_connection(address, port)
        except PermissionError as error:
            await _refuse(writer, "403 Forbidden", str(error))
        except (OSError, TimeoutError):
            await _refuse(writer, "502 Bad Gateway", f"{host}:{port} does not answer.")
        else:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await join(reader, writer, *other)

    async def _resolve(self, host: str, port: int) -> str:
        """One address, checked and then used: a second look-up could answer something else."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if self._allowed.names(host, port):
            return addresses[0]
        for address in addresses:
            if not leads_inside(address):
                return address
        raise PermissionError(f"{host} is an address of this machine or its neighbours.")


def leads_inside(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return any(parsed in network for network in _REFUSED if network.version == parsed.version)


def split_address(text: str) -> tuple[str, int]:
    """Host and port; port 0 where there is none, which no list allows."""
    host, _, port = text.rpartition(":")
    number = int(port) if port.isdecimal() and len(port) <= 5 else 0
    return host.strip("[]").rstrip(".").lower(), number


async def _refuse(writer: asyncio.StreamWriter, status: str, text: str) -> None:
    body = f"{text}\n".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
    await writer.drain()
