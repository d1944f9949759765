"""An API server that says what a test wants: lists, and watches that the test feeds."""

import queue
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from datalab.core.errors import ProviderError, ProviderUnavailable
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi, Listed
from datalab.providers.cluster.kubernetes.gathering import NODES
from datalab.providers.cluster.kubernetes.kinds import KINDS, RECORDS, STATEFUL_SETS, Kind
from tests.unit.providers.kubernetes.making import stateful_set

Said = Json | ProviderError | None
"""An event; an error that ends the watch; None: the server ends it in order."""


class ScriptedApi(KubernetesApi):
    """Knows the collections of all namespaces only."""

    def __init__(self) -> None:
        self.items: dict[str, list[Json]] = {kind.path(): [] for kind in KINDS}
        self.items[NODES] = []
        self.others: list[Json] = []
        """Pods that belong to no release."""
        self.is_away = False
        self.listings: dict[str, int] = defaultdict(int)
        self.began_at: dict[str, list[str]] = defaultdict(list)
        """The versions from which each was watched."""
        self.logs: dict[str, str] = {}
        self.log_requests: list[str] = []
        self._watches: dict[str, queue.SimpleQueue[Said]] = defaultdict(queue.SimpleQueue)
        self._watched = threading.Condition()
        self._version = 100

    # -- what a test says ------------------------------------------------------------------------
    def put(self, kind: Kind, item: Json, *, what: str = "MODIFIED") -> None:
        self._version += 1
        item["metadata"]["resourceVersion"] = str(self._version)
        self._watches[kind.path()].put({"type": what, "object": item})

    def break_off(self, kind: Kind, error: ProviderError | None = None) -> None:
        self._watches[kind.path()].put(error)

    def wait_for_watches(self, kind: Kind, number: int) -> None:
        with self._watched:
            assert self._watched.wait_for(lambda: len(self.began_at[kind.path()]) >= number, 10)

    # -- what the mirror asks --------------------------------------------------------------------
    def pages(
        self, path: str, *, labels: str = "", fields: str = "", metadata_only: bool = False
    ) -> Iterator[Listed]:
        self._answer()
        if labels.startswith("!"):
            yield Listed(items=list(self.others), version=str(self._version))
            return
        self.listings[path] += 1
        yield Listed(items=list(self.items[path]), version=str(self._version))

    def watch(
        self,
        path: str,
        *,
        since: str,
        labels: str = "",
        fields: str = "",
        metadata_only: bool = False,
    ) -> Iterator[Json]:
        self._answer()
        with self._watched:
            self.began_at[path].append(since)
            self._watched.notify_all()
        yield {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": since}}}
        while True:
            said = self._watches[path].get()
            if said is None:
                return
            if isinstance(said, ProviderError):
                raise said
            yield said

    def text(self, path: str, **query: str) -> str | None:
        self._answer()
        self.log_requests.append(path)
        return self.logs.get(path)

    def ping(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.is_away:
            raise ProviderUnavailable("The cluster does not answer.", provider="cluster")


def with_a_release() -> ScriptedApi:
    """`web`, of which there is a record and a StatefulSet, but no pod yet."""
    api = ScriptedApi()
    api.items[RECORDS.path()] = [secret("web")]
    api.items[STATEFUL_SETS.path()] = [stateful_set()]
    return api


def secret(name: str, *, status: str = "deployed", **metadata: Any) -> Json:
    """Helm's record."""
    labels = {"owner": "helm", "name": name, "status": status, "version": "1"}
    return {
        "metadata": {
            "name": f"sh.helm.release.v1.{name}.v1",
            "namespace": "dl-acme",
            "labels": labels,
            **metadata,
        }
    }
