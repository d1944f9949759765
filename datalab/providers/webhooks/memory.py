"""Webhooks for tests: keeps what was sent, and refuses on demand."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from datalab.core.errors import ProviderError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class MemoryWebhooks:
    sent: list[Sent] = field(default_factory=list)
    failing: ProviderError | None = None

    def check(self, url: str) -> None:
        del url

    def send(self, url: str, *, headers: Mapping[str, str], body: bytes) -> int:
        if self.failing is not None:
            raise self.failing
        self.sent.append(Sent(url=url, headers=dict(headers), body=body))
        return 200
