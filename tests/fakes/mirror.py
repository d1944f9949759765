"""A mirror in a dictionary: it shows what a test puts there, and asks nobody."""

import time
from collections.abc import Generator, Sequence

from datalab.core.errors import ProviderUnavailable
from datalab.providers.cluster.base import Observation, Observed, ReleaseRef
from datalab.providers.cluster.placement import Placement
from datalab.providers.cluster.room import Room


class MemoryMirror:
    def __init__(self) -> None:
        self.shows: dict[ReleaseRef, Observation] = {}
        self.room = Room(there={}, free={}, machines=[])
        """For every placement."""
        self.silent = False
        """It cannot tell."""

    def changes(self) -> Generator[ReleaseRef | None, None, None]:
        yield from list(self.shows)
        yield None

    def observe(self, ref: ReleaseRef) -> Observation:
        self._answer()
        return self.shows.get(ref, Observation(state=Observed.ABSENT))

    def refs(self) -> list[ReleaseRef]:
        self._answer()
        return list(self.shows)

    def rooms(self, placements: Sequence[Placement]) -> list[Room]:
        self._answer()
        return [self.room for _ in placements]

    def told_at(self, ref: ReleaseRef) -> float | None:
        return time.monotonic() if ref in self.shows else None

    def _answer(self) -> None:
        if self.silent:
            raise ProviderUnavailable("The cluster does not answer.", provider="cluster")
