"""The little of ASGI that the gate speaks: no framework stands in a tool's request's way."""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings

from datalab.core.caller import address_of
from datalab.core.errors import DatalabError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HeaderPairs = tuple[tuple[str, str], ...]
_JSON: HeaderPairs = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: HeaderPairs = ()
    body: bytes = b""

    @classmethod
    def of_json(cls, status: int, body: Mapping[str, Any]) -> Self:
        return cls(status=status, headers=_JSON, body=json.dumps(body).encode())

    @classmethod
    def of_error(cls, error: DatalabError) -> Self:
        return cls.of_json(error.http_status, error.body())

    async def send(self, send: Send) -> None:
        length = ("Content-Length", str(len(self.body)))
        headers = [encoded(pair) for pair in (*self.headers, length)]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def encoded(pair: tuple[str, str]) -> tuple[bytes, bytes]:
    """What came in as Latin-1 goes out as the same bytes."""
    name, value = pair
    try:
        return name.encode("latin-1"), value.encode("latin-1")
    except UnicodeEncodeError:
        return name.encode("latin-1"), value.encode()


def header(scope: Scope, name: bytes, *, joined_by: str = ", ") -> str:
    """All headers of that (lower-case) name as one text; empty where there is none."""
    found = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return joined_by.join(found)


def caller_of(scope: Scope) -> str:
    """The address that the request comes from, past the platform's own proxies."""
    peer = scope.get("client") or ("",)
    return address_of(
        str(peer[0]),
        header(scope, b"x-forwarded-for"),
        proxies=settings.TRUSTED_PROXIES,
        networks=settings.PROXY_NETWORKS,
    )
