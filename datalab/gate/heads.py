"""The head of an HTTP/1.1 request, as bytes. Pure.

Only what the relay needs: to find its own headers, and to pass the others on as they came.
"""

from dataclasses import dataclass, replace
from typing import Self

END = b"\r\n\r\n"
LONGEST = 256 * 1024
"""Bytes of a head. Traefik and the tools have smaller limits of their own."""


class BadHead(Exception):
    """Not a head that the front door would send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    line: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """`raw` ends with the empty line. Raises BadHead."""
        line, *rest = raw.removesuffix(END).split(b"\r\n")
        if line.count(b" ") != 2 or not line.endswith((b" HTTP/1.1", b" HTTP/1.0")):
            raise BadHead("no request line")
        return cls(line=line, headers=tuple(_header(one) for one in rest))

    def values(self, name: bytes) -> list[bytes]:
        return [value for found, value in self.headers if found.lower() == name]

    @property
    def is_upgrade(self) -> bool:
        words = b",".join(self.values(b"connection")).lower()
        return b"upgrade" in words and bool(self.values(b"upgrade"))

    def for_tool(self, username: str) -> "Head":
        """Without anything in our name, but for the one thing that a tool may know: who asks.

        A tool answers one request on a connection, so that a second never finds its way there
        under the first one's ticket.
        """
        kept = [pair for pair in self.headers if not _is_ours(pair[0])]
        if not self.is_upgrade:
            kept = [pair for pair in kept if pair[0].lower() not in _HOP]
            kept.append((b"Connection", b"close"))
        kept.append((b"X-Datalab-User", username.encode()))
        return replace(self, headers=tuple(kept))

    def rendered(self) -> bytes:
        lines = [self.line, *(name + b": " + value for name, value in self.headers)]
        return b"\r\n".join(lines) + END


_HOP = {b"connection", b"keep-alive", b"proxy-connection"}


def _is_ours(name: bytes) -> bool:
    """Also as `X_Datalab_User`, which some tools read as the same name."""
    return name.lower().replace(b"_", b"-").startswith(b"x-datalab-")


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not name or any(byte <= 0x20 or byte >= 0x7F for byte in name):
        raise BadHead("no header")
    if b"\n" in value or b"\r" in value or b"\0" in value:
        raise BadHead("no header value")
    return name, value.strip(b" \t")
