"""A user of its own for each tenant, when the platform is run by root."""

import fcntl
import hashlib
import os
from pathlib import Path

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.local.folders import read_json, write_json

LOWEST = 0x70000000
"""systemd's table leaves 1879048192 to 2147483647 unused: https://systemd.io/UIDS-GIDS/"""
PLATFORMS = 0x10000
TENANTS = 0x1000


class Uids:
    """Never gives one uid to two namespaces of a platform, nor twice after a removal."""

    def __init__(self, root: Path, *, base: int | None = None) -> None:
        self._file = root / "uids.json"
        self._base = base if base is not None else _base_for(root)

    def of(self, namespace: str) -> int:
        """The platform's own user where that is not root: it cannot become another."""
        if os.geteuid() != 0:
            return os.geteuid()
        with self._file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            given = read_json(self._file) or {}
            if namespace not in given:
                given[namespace] = max(given.values(), default=self._base - 1) + 1
                if given[namespace] >= self._base + TENANTS:
                    # The next one may be another platform's.
                    raise ProviderRefused(
                        f"This machine has had {TENANTS} tenants: it has no user for another.",
                        provider="cluster",
                    )
                write_json(self._file, given)
            return int(given[namespace])


def _base_for(root: Path) -> int:
    """Platforms beside each other get different users: the place is drawn from the path."""
    digest = hashlib.sha256(os.fsencode(root.absolute())).digest()
    return LOWEST + int.from_bytes(digest[:2], "big") % PLATFORMS * TENANTS
