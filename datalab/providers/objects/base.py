"""Where files are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    key: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    folders: Sequence[str]
    objects: Sequence[StoredObject]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Temporary keys that see one bucket."""

    access_key: str
    secret_key: str
    session_token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Credentials(expires_at={self.expires_at:%c})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """How much a bucket holds. `more`: counting ended at its bound, so it is at least that."""

    objects: int
    size: int
    more: bool


class ObjectStore(Protocol):
    """Every method is idempotent and raises only ProviderError."""

    def ping(self) -> None:
        """Return within a few seconds where the store answers."""

    def ensure_bucket(self, bucket: str) -> None: ...

    def remove_bucket(self, bucket: str) -> None:
        """Remove it and all it holds, however many objects; an absent bucket is a success."""

    def count(self, bucket: str, *, at_most: int) -> Holdings:
        """Count its objects and their bytes, up to `at_most` objects; an absent bucket has none.

        Folders are none.
        """

    def empty(self, bucket: str, *, at_most: int) -> int:
        """Delete up to `at_most` objects for good, and say how many. 0: none is left, or no bucket."""

    def list(self, bucket: str, prefix: str, *, cursor: str | None = None) -> Page: ...

    def delete(self, bucket: str, key: str) -> None: ...

    def download_url(self, bucket: str, key: str, *, valid_for: timedelta) -> str: ...

    def upload_url(self, bucket: str, key: str, *, valid_for: timedelta) -> str: ...

    def issue_credentials(
        self, bucket: str, *, session: str, valid_for: timedelta
    ) -> Credentials: ...
