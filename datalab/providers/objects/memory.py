"""An object store in memory, for tests. Obeys the same contract."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from datalab.core.errors import ProviderRefused
from datalab.core.names import is_label
from datalab.providers.objects.base import Credentials, Holdings, Page, StoredObject

PROVIDER = "objects"
PAGE_SIZE = 1000


@dataclass(slots=True)
class MemoryObjects:
    """`put` stands for what tenants do with their own keys. `issued` counts what STS was asked."""

    issued: int = 0
    _buckets: dict[str, dict[str, bytes]] = field(default_factory=dict, repr=False)

    def put(self, bucket: str, key: str, content: bytes) -> None:
        self._bucket(bucket)[key] = content

    def ping(self) -> None:
        """It is always there."""

    def ensure_bucket(self, bucket: str) -> None:
        _check_bucket(bucket)
        self._buckets.setdefault(bucket, {})

    def remove_bucket(self, bucket: str) -> None:
        _check_bucket(bucket)
        self._buckets.pop(bucket, None)

    def count(self, bucket: str, *, at_most: int) -> Holdings:
        _check_bucket(bucket)
        sizes = [len(content) for content in self._buckets.get(bucket, {}).values()]
        counted = sizes[:at_most]
        return Holdings(objects=len(counted), size=sum(counted), more=len(sizes) > at_most)

    def empty(self, bucket: str, *, at_most: int) -> int:
        _check_bucket(bucket)
        held = self._buckets.get(bucket, {})
        leaving = sorted(held)[:at_most]
        for key in leaving:
            del held[key]
        return len(leaving)

    def list(self, bucket: str, prefix: str, *, cursor: str | None = None) -> Page:
        names = sorted(
            {_first(key, prefix) for key in self._bucket(bucket) if key != prefix} - {""}
        )
        rest = [name for name in names if cursor is None or name > cursor]
        shown, more = rest[:PAGE_SIZE], rest[PAGE_SIZE:]
        return Page(
            folders=[name for name in shown if name.endswith("/")],
            objects=[
                StoredObject(key=name, size=len(self._bucket(bucket)[name]))
                for name in shown
                if not name.endswith("/")
            ],
            next_cursor=shown[-1] if more else None,
        )

    def delete(self, bucket: str, key: str) -> None:
        self._bucket(bucket).pop(key, None)

    def download_url(self, bucket: str, key: str, *, valid_for: timedelta) -> str:
        return self._url("get", bucket, key, valid_for)

    def upload_url(self, bucket: str, key: str, *, valid_for: timedelta) -> str:
        return self._url("put", bucket, key, valid_for)

    def issue_credentials(self, bucket: str, *, session: str, valid_for: timedelta) -> Credentials:
        _check_bucket(bucket)
        self.issued += 1
        return Credentials(
            access_key=f"memory-{self.issued}",
            secret_key=secrets.token_urlsafe(18),
            session_token=secrets.token_urlsafe(18),
            expires_at=datetime.now(UTC) + valid_for,
        )

    def _bucket(self, bucket: str) -> dict[str, bytes]:
        _check_bucket(bucket)
        if bucket not in self._buckets:
            raise _refused()
        return self._buckets[bucket]

    def _url(self, verb: str, bucket: str, key: str, valid_for: timedelta) -> str:
        _check_bucket(bucket)
        seconds = int(valid_for.total_seconds())
        return f"http://memory.invalid/{bucket}/{quote(key)}?X-Amz-Expires={seconds}&verb={verb}"


def _first(key: str, prefix: str) -> str:
    """The key itself, the folder below the prefix that it is in, or nothing."""
    if not key.startswith(prefix):
        return ""
    folder, slash, _ = key[len(prefix) :].partition("/")
    return f"{prefix}{folder}{slash}"


def _refused() -> ProviderRefused:
    return ProviderRefused("The object store refused this.", provider=PROVIDER)


def _check_bucket(bucket: str) -> None:
    if not is_label(bucket) or len(bucket) < 3:
        raise ProviderRefused(f"{bucket[:80]!r} is no name of a bucket.", provider=PROVIDER)
