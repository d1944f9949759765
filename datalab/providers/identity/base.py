"""Who is calling."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What an issuer vouches for. Only `issuer` and `subject` name a person for good."""

    issuer: str
    subject: str
    username: str
    email: str
    groups: Sequence[str]
    display_name: str = ""
    email_verified: bool = False


class IdentityProvider(Protocol):
    def ping(self) -> None:
        """Return within a few seconds where the issuer answers, else ProviderError."""

    def identify(self, access_token: str) -> Identity:
        """Verify a bearer token: signature, issuer, audience, expiry.

        NotSignedIn where it does not hold; ProviderError where the issuer cannot be asked.
        """
        ...
