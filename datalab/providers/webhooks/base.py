"""Telling other systems what happened. ProviderUnavailable and ProviderRefused say why not."""

from collections.abc import Mapping
from typing import Protocol


class WebhookSender(Protocol):
    """Posts once, waits seconds, follows nothing. The same may be sent again: it has an id."""

    def check(self, url: str) -> None:
        """ProviderRefused where this address is none that we send to."""

    def send(self, url: str, *, headers: Mapping[str, str], body: bytes) -> int:
        """The status of an answer of 2xx; every other answer is a ProviderError."""
