"""The logs that reasons are made of, fetched aside: once for each container that ended."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable

from datalab.core.errors import ProviderError
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.speaking import Speaker

FIRST_LOOK = 1.0
LONGEST_BETWEEN = 30.0
"""Seconds between two looks at a log that still grows."""
TRY_AGAIN = 3.0


class LastWords:
    """`tell` hears of the release when the words are there. Runs in a thread until `stop`."""

    def __init__(
        self, api: KubernetesApi, *, tell: Callable[[set[ReleaseRef]], None], stop: threading.Event
    ) -> None:
        self._api = api
        self._tell = tell
        self._stop = stop
        self._changed = threading.Condition()
        self._speakers: dict[ReleaseRef, Speaker] = {}
        self._said: dict[ReleaseRef, str] = {}
        self._due: list[tuple[float, int, ReleaseRef, float]] = []
        """When, in which order, whose, and how long to wait before the next look."""
        self._order = itertools.count()

    def of(self, ref: ReleaseRef, speaker: Speaker | None) -> str:
        """What is known now; what is not is fetched."""
        with self._changed:
            if speaker is None:
                self._speakers.pop(ref, None)
                self._said.pop(ref, None)
                return ""
            known = self._speakers.get(ref)
            self._speakers[ref] = speaker
            if known is None or known.key != speaker.key:
                self._said.pop(ref, None)
                self._look_at(ref, after=FIRST_LOOK if speaker.grows else 0.0, next_after=2.0)
            return self._said.get(ref, "")

    def run(self) -> None:
        while not self._stop.is_set():
            found = self._next()
            if found is not None:
                self._fetch(*found)

    def _next(self) -> tuple[ReleaseRef, Speaker, float] | None:
        """None after a moment without anything to do."""
        with self._changed:
            if not self._due or self._due[0][0] > time.monotonic():
                wait = self._due[0][0] - time.monotonic() if self._due else 1.0
                self._changed.wait(min(max(wait, 0.0), 1.0))
            if not self._due or self._due[0][0] > time.monotonic():
                return None
            _, _, ref, next_after = heapq.heappop(self._due)
            speaker = self._speakers.get(ref)
            return (ref, speaker, next_after) if speaker else None

    def _fetch(self, ref: ReleaseRef, speaker: Speaker, next_after: float) -> None:
        try:
            words = self._api.text(speaker.path, **speaker.query) or ""
        except ProviderError as error:
            if error.retryable:
                with self._changed:
                    self._look_at(ref, after=TRY_AGAIN, next_after=next_after)
            return
        with self._changed:
            current = self._speakers.get(ref)
            if current is None or current.key != speaker.key:
                return
            is_new = self._said.get(ref, "") != words
            self._said[ref] = words
            if speaker.grows:
                longer = min(next_after * 2, LONGEST_BETWEEN)
                self._look_at(ref, after=next_after, next_after=longer)
        if is_new:
            self._tell({ref})

    def _look_at(self, ref: ReleaseRef, *, after: float, next_after: float) -> None:
        """With the lock held."""
        due = time.monotonic() + after
        heapq.heappush(self._due, (due, next(self._order), ref, next_after))
        self._changed.notify()
