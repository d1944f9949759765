"""What the machines have left, from the mirror to one row that everybody reads."""

import time
from collections.abc import Mapping

from django.utils.timezone import now

from datalab.catalog.presets import placements
from datalab.core.errors import ProviderError
from datalab.providers.cluster.base import ReleaseMirror
from datalab.providers.cluster.room import Room
from datalab.quotas.room import write_down

RECKONED_EVERY = 1.0
"""Seconds, while something changes."""
AT_REST_EVERY = 5.0
WRITTEN_EVERY = 15.0
"""Also where it is the same: who reads it must know that somebody still looks."""


class Rooms:
    """Not for two threads."""

    def __init__(self, mirror: ReleaseMirror) -> None:
        self._mirror = mirror
        self._places = placements()
        self._is_stale = True
        self._reckoned_at = self._written_at = float("-inf")
        self._written: Mapping[str, Room] = {}

    def keep(self, *, heard: bool) -> None:
        """Called often. `heard`: something has changed."""
        self._is_stale = self._is_stale or heard
        at = time.monotonic()
        if at - self._reckoned_at < (RECKONED_EVERY if self._is_stale else AT_REST_EVERY):
            return
        self._reckoned_at, self._is_stale = at, False
        try:
            rooms = self._mirror.rooms(list(self._places.values()))
        except ProviderError:
            return  # what was written last is soon too old to be believed
        found = dict(zip(self._places, rooms, strict=True))
        if found != self._written or at - self._written_at > WRITTEN_EVERY:
            write_down(found, now())
            self._written, self._written_at = found, at
