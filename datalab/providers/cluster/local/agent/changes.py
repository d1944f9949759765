"""Who wants to know what has changed, and which builds are watched for them."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from datalab.providers.cluster.base import ReleaseRef

LOOK_EVERY = 0.15
LONGEST_BUILD = 3600.0

Mark = tuple[int, int] | None


class Changes:
    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[ReleaseRef]] = set()
        self._builds: dict[ReleaseRef, tuple[Path, Mark, float]] = {}

    @contextlib.contextmanager
    def listen(self) -> Iterator[asyncio.Queue[ReleaseRef]]:
        mine: asyncio.Queue[ReleaseRef] = asyncio.Queue()
        self._listeners.add(mine)
        try:
            yield mine
        finally:
            self._listeners.discard(mine)

    def announce(self, ref: ReleaseRef) -> None:
        for listener in self._listeners:
            listener.put_nowait(ref)

    def watch_build(self, ref: ReleaseRef, progress: Path) -> None:
        """Announce the release whenever the file changes, and when it is gone (the build ended)."""
        if ref not in self._builds or self._builds[ref][0] != progress:
            self._builds[ref] = (progress, _mark(progress), time.monotonic() + LONGEST_BUILD)

    def forget_build(self, ref: ReleaseRef) -> None:
        self._builds.pop(ref, None)

    async def watch_builds(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for ref, (path, before, until) in list(self._builds.items()):
                now = _mark(path)
                if now == before and time.monotonic() < until:
                    continue
                if now is None or time.monotonic() >= until:
                    self._builds.pop(ref, None)
                else:
                    self._builds[ref] = (path, now, until)
                self.announce(ref)


def _mark(path: Path) -> Mark:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
