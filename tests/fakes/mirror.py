"""A mirror in a dictionary: it shows what a test puts there, and asks nobody."""

import time
from collections.abc import Generator

from datalab.core.errors import ProviderUnavailable
from datalab.providers.cluster.base import Observation, Observed, ReleaseRef


class MemoryMirror:
    def __init__(self) -> None:
        self.shows: dict[ReleaseRef, Observation] = {}
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

    def told_at(self, ref: ReleaseRef) -> float | None:
        return time.monotonic() if ref in self.shows else None

    def _answer(self) -> None:
        if self.silent:
            raise ProviderUnavailable("The cluster does not answer.", provider="cluster")
