"""What the machines have, and what runs there beside releases: asked for now and then.

Sooner while something waits for a device.
"""

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from datalab.core.errors import ProviderError, ProviderUnavailable
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.gathering import NODES
from datalab.providers.cluster.kubernetes.kinds import PODS
from datalab.providers.cluster.kubernetes.reading import INSTANCE, Json
from datalab.providers.cluster.kubernetes.slimming import slim_node

log = structlog.get_logger(__name__)

GOOD_FOR = 5.0
"""Seconds, for what waits."""
LOOKS_EVERY = 30.0
"""Seconds: machines come and go seldom, and so does what the cluster itself runs on them."""
AGAIN_AFTER = 5.0
"""Seconds after there was no answer."""
_OTHERS = f"!{INSTANCE}"
_NOT_OVER = "status.phase!=Succeeded,status.phase!=Failed"


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
        self._others: Sequence[Json] = ()
        self._due_at = 0.0

    def known(self, ref: ReleaseRef) -> Sequence[Json]:
        """The nodes; empty where they are not known yet, and then `ref` is told of later."""
        with self._asked:
            at = self._known_at
            if at is None or time.monotonic() - at > GOOD_FOR:
                self._waiting.add(ref)
                self._asked.notify()
            return self._known

    def all(self) -> tuple[Sequence[Json], Sequence[Json]]:
        """The nodes, and the pods that belong to no release."""
        with self._asked:
            if self._known_at is None:
                text = "The machines of the cluster are still being looked at."
                raise ProviderUnavailable(text, provider="cluster")
            return self._known, self._others

    def run(self) -> None:
        while not self._stop.is_set():
            with self._asked:
                if not self._waiting and time.monotonic() < self._due_at:
                    self._asked.wait(1.0)
                waiting, self._waiting = self._waiting, set()
            if waiting or time.monotonic() >= self._due_at:
                self._look(waiting)

    def _look(self, waiting: set[ReleaseRef]) -> None:
        is_due = time.monotonic() >= self._due_at
        try:
            found = [slim_node(one) for one in self._api.list(NODES).items]
            others = self._list_others() if is_due else self._others
        except ProviderError as error:
            log.info("machines_unknown", code=error.code)
            self._due_at = max(self._due_at, time.monotonic() + AGAIN_AFTER)
            return
        with self._asked:
            self._known, self._known_at = found, time.monotonic()
            self._others = others
        if is_due:
            self._due_at = time.monotonic() + LOOKS_EVERY
        self._tell(waiting)

    def _list_others(self) -> list[Json]:
        pages = self._api.pages(PODS.path(), labels=_OTHERS, fields=_NOT_OVER)
        return [PODS.kept(one) for page in pages for one in page.items]
