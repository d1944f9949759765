"""Who is calling."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    issuer: str
    subject: str
    username: str
    email: str
    groups: Sequence[str]


class IdentityProvider(Protocol):
    def identify(self, access_token: str) -> Identity:
        """Verify a bearer token: signature, issuer, audience, expiry. NotSignedIn where it fails."""
        ...
