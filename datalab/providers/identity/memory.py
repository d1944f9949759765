"""An issuer in memory, for tests: it knows the tokens that it was given."""

from datalab.core.errors import NotSignedIn
from datalab.providers.identity.base import Identity


class MemoryIdentity:
    def __init__(self) -> None:
        self._known: dict[str, Identity] = {}

    def ping(self) -> None:
        """It is always there."""

    def issue(self, access_token: str, identity: Identity) -> None:
        self._known[access_token] = identity

    def identify(self, access_token: str) -> Identity:
        try:
            return self._known[access_token]
        except KeyError:
            raise NotSignedIn("This token is not accepted. Sign in again for a new one.") from None
