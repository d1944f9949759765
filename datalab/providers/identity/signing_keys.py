"""An issuer's public keys: https://datatracker.ietf.org/doc/html/rfc7517"""

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import httpx
import jwt

from datalab.core.errors import NotSignedIn
from datalab.providers.identity.discovery import TIMEOUT, fetch_json

Entry = Mapping[str, Any]
KEPT_FOR = 300.0
ASKED_AT_MOST_EVERY = 5.0
"""Seconds. Bounds what somebody with made-up key ids can make us fetch."""


class SigningKeys:
    """Keeps the keys for five minutes; asks sooner where a token names one that is not known."""

    def __init__(
        self, url: Callable[[], str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._clock = clock
        self._lock = Lock()
        self._keys: Mapping[str, Entry] = {}
        self._read_at = float("-inf")

    def key_for(self, token: str, *, algorithm: str) -> jwt.PyJWK:
        """NotSignedIn where the token is not signed, with `algorithm`, by a key of the issuer."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise NotSignedIn("This is no token of the identity provider.") from None
        if header.get("alg") != algorithm:
            raise NotSignedIn(f"Tokens must be signed with {algorithm}.")
        entry = self._find(str(header.get("kid", "")))
        if entry is None or entry.get("alg", algorithm) != algorithm:
            raise NotSignedIn("The token is signed with a key that the issuer does not publish.")
        try:
            return jwt.PyJWK(dict(entry), algorithm=algorithm)
        except jwt.PyJWTError:
            raise NotSignedIn(f"The issuer's key does not fit {algorithm}.") from None

    def _find(self, key_id: str) -> Entry | None:
        with self._lock:
            age = self._clock() - self._read_at
            if age > KEPT_FOR or (key_id not in self._keys and age > ASKED_AT_MOST_EVERY):
                self._keys = self._read()
                self._read_at = self._clock()
            return self._keys.get(key_id)

    def _read(self) -> Mapping[str, Entry]:
        with httpx.Client(timeout=TIMEOUT) as client:
            document = fetch_json(client, "GET", self._url())
        entries = document.get("keys", []) if isinstance(document, dict) else []
        return {
            str(entry.get("kid", "")): entry
            for entry in entries
            if isinstance(entry, dict) and entry.get("use", "sig") == "sig"
        }
