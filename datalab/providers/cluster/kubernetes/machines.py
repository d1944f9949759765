"""What the machines have, asked for only while something waits for a device."""

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from datalab.core.errors import ProviderError
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.gathering import NODES
from datalab.providers.cluster.kubernetes.reading import Json
from datalab.providers.cluster.kubernetes.slimming import slim_node

log = structlog.get_logger(__name__)

GOOD_FOR = 5.0
"""Seconds."""


class Machines:
    """`tell` hears of those that wait, once it is known. Runs in a thread until `stop`."""

    def __init__(
        self, api: KubernetesApi, *, tell: Callable[[set[ReleaseRef]], None], stop: threading.Event
    ) -> None:
        self._api = api
        self._tell = tell
        self._stop = stop
        self._asked = threading.Condition()
        self._waiting: set[ReleaseRef] = set()
        self._known: Sequence[Json] = ()
        self._known_at: float | None = None

    def known(self, ref: ReleaseRef) -> Sequence[Json]:
        """The nodes; empty where they are not known yet, and then `ref` is told of later."""
        with self._asked:
            at = self._known_at
            if at is None or time.monotonic() - at > GOOD_FOR:
                self._waiting.add(ref)
                self._asked.notify()
            return self._known

    def run(self) -> None:
        while not self._stop.is_set():
            with self._asked:
                if not self._waiting:
                    self._asked.wait(1.0)
                waiting, self._waiting = self._waiting, set()
            if waiting:
                self._look(waiting)

    def _look(self, waiting: set[ReleaseRef]) -> None:
        try:
            found = [slim_node(one) for one in self._api.list(NODES).items]
        except ProviderError as error:
            log.info("machines_unknown", code=error.code)
            return
        with self._asked:
            self._known, self._known_at = found, time.monotonic()
        self._tell(waiting)
