"""What brings chosen secrets into the cluster, asked aside: while a pod waits for them, and never else."""

import threading
import time
from collections.abc import Callable

from datalab.core.errors import ProviderError
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.kubernetes.reading import Json

FIRST_AGAIN = 2.0
LONGEST_BETWEEN = 30.0
"""Seconds between two looks at one that is waited for."""


class Coming:
    """`asked` gives one release's ExternalSecret; `tell` hears of the release after each look.

    Runs in a thread until `stop`.
    """

    def __init__(
        self,
        asked: Callable[[ReleaseRef], Json | None],
        *,
        tell: Callable[[set[ReleaseRef]], None],
        stop: threading.Event,
    ) -> None:
        self._asked = asked
        self._tell = tell
        self._stop = stop
        self._changed = threading.Condition()
        self._known: dict[ReleaseRef, Json | None] = {}
        self._due: dict[ReleaseRef, tuple[float, float]] = {}
        """When, and how long to wait before the next look."""

    def of(self, ref: ReleaseRef, *, waits: bool) -> Json | None:
        """What is known now; what is not is asked."""
        with self._changed:
            if not waits:
                self._known.pop(ref, None)
                self._due.pop(ref, None)
                return None
            if ref not in self._due:
                self._due[ref] = time.monotonic(), FIRST_AGAIN
                self._changed.notify()
            return self._known.get(ref)

    def run(self) -> None:
        while not self._stop.is_set():
            ref = self._next()
            if ref is not None:
                self._look(ref)

    def _next(self) -> ReleaseRef | None:
        """None after a moment without anything to do."""
        with self._changed:
            first = min(self._due, key=self._at, default=None)
            wait = 1.0 if first is None else self._at(first) - time.monotonic()
            if wait > 0:
                self._changed.wait(min(wait, 1.0))
                return None
            return first

    def _at(self, ref: ReleaseRef) -> float:
        return self._due[ref][0]

    def _look(self, ref: ReleaseRef) -> None:
        try:
            found = self._asked(ref)
        except ProviderError:
            found = None
        with self._changed:
            if ref not in self._due:
                return
            self._known[ref] = found
            _, after = self._due[ref]
            self._due[ref] = time.monotonic() + after, min(after * 2, LONGEST_BETWEEN)
        self._tell({ref})  # also of what has not changed: that an operator is silent takes a while
