"""One kind's list and watch: first all of them, then each change, for ever."""

import threading
import time
from collections.abc import Callable

import structlog

from datalab.core.errors import ProviderError
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.providers.cluster.kubernetes.errors import Expired
from datalab.providers.cluster.kubernetes.kinds import EVENTS, Kind, is_telling
from datalab.providers.cluster.kubernetes.store import Store

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
"""Seconds between attempts to listen again."""


class Follower:
    """`tell` hears of the releases that change. Runs in a thread of its own until `stop`."""

    def __init__(
        self,
        kind: Kind,
        *,
        api: KubernetesApi,
        store: Store,
        selector: str,
        tell: Callable[[set[ReleaseRef]], None],
        stop: threading.Event,
    ) -> None:
        self.kind = kind
        self.listed = False
        """All have been seen once."""
        self.deaf_since: float | None = time.monotonic()
        """Since when nobody tells of changes (`time.monotonic`); None: somebody does."""
        self._api = api
        self._store = store
        self._selector = selector
        self._tell = tell
        self._stop = stop
        self._version = ""
        """Where to go on from; empty: list them all."""

    def run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            try:
                if not self._version:
                    self._list()
                self._watch()
                pause = FIRST_PAUSE
            except Expired:
                self._version = ""
                log.info("mirror_lists_anew", kind=self.kind.name)
                self._stop.wait(FIRST_PAUSE)
            except ProviderError as error:
                # What it may not see it never will, until an administrator allows it.
                write = log.info if error.retryable else log.error
                write("mirror_interrupted", kind=self.kind.name, code=error.code)
                self._stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _list(self) -> None:
        kept: list[Json] = []
        version = ""
        for page in self._api.pages(
            self.kind.path(), labels=self._selector, metadata_only=self.kind.metadata_only
        ):
            kept += [self.kind.kept(one) for one in page.items if self._is_wanted(one)]
            version = page.version
        # Only now, since a list may break off in the middle.
        self._tell(self._store.replace(self.kind, kept))
        self.listed = True
        self._version = version

    def _watch(self) -> None:
        """Until the server ends it, as it does every few minutes."""
        try:
            for event in self._api.watch(
                self.kind.path(),
                since=self._version,
                labels=self._selector,
                metadata_only=self.kind.metadata_only,
            ):
                self.deaf_since = None
                self._hear(event["type"], event["object"])
                if self._stop.is_set():
                    return
        finally:
            if self.deaf_since is None:
                self.deaf_since = time.monotonic()

    def _hear(self, what: str, item: Json) -> None:
        if what == "DELETED":
            self._tell(self._store.drop(self.kind, self.kind.kept(item)))
        elif what != "BOOKMARK" and self._is_wanted(item):
            self._tell(self._store.put(self.kind, self.kind.kept(item)))
        self._version = item["metadata"]["resourceVersion"]

    def _is_wanted(self, item: Json) -> bool:
        return self.kind is not EVENTS or is_telling(item)
