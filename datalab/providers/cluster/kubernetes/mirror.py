"""What runs on the cluster, in memory: fed by watches, the same answers as asking, without asking.

One list and one watch for each kind, over all namespaces. Of an object only the fields are kept that
observing reads; of events only the telling ones. What it knows is told for TRUE_FOR_S seconds after
it last could have heard of a change; then it says that it cannot tell.
"""

import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import UTC, datetime

from datalab.core.errors import ProviderUnavailable
from datalab.providers.cluster.base import Observation, ReleaseRef
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.coming import Coming
from datalab.providers.cluster.kubernetes.devices import count, waited_for
from datalab.providers.cluster.kubernetes.following import Follower
from datalab.providers.cluster.kubernetes.gathering import newest_record, subjects
from datalab.providers.cluster.kubernetes.kinds import (
    CLAIMS,
    DEPLOYMENTS,
    EVENTS,
    KINDS,
    PODS,
    RECORDS,
    REPLICA_SETS,
    STATEFUL_SETS,
)
from datalab.providers.cluster.kubernetes.last_words import LastWords
from datalab.providers.cluster.kubernetes.machines import Machines
from datalab.providers.cluster.kubernetes.objects import Devices, ReleaseObjects
from datalab.providers.cluster.kubernetes.observing import (
    observation_of,
    waits_for_secrets,
    with_cause,
)
from datalab.providers.cluster.kubernetes.pulse import Pulse
from datalab.providers.cluster.kubernetes.reading import Json
from datalab.providers.cluster.kubernetes.rooms import rooms
from datalab.providers.cluster.kubernetes.speaking import speaker_of
from datalab.providers.cluster.kubernetes.store import Store
from datalab.providers.cluster.placement import Placement
from datalab.providers.cluster.room import Room

TRUE_FOR_S = 15.0
"""More than a pulse and the time that its answer may take."""
HEARTBEAT_S = 0.25


class Mirror:
    """`selector` is one of labels that the objects have besides that of their release.

    `asked` gives a release's ExternalSecret, where there is one.
    """

    def __init__(
        self,
        api: KubernetesApi,
        selector: str = "",
        *,
        grows: bool = False,
        asked: Callable[[ReleaseRef], Json | None] = lambda _: None,
    ) -> None:
        self._grows = grows
        self._stop = threading.Event()
        self._store = Store()
        self._pending: dict[ReleaseRef, None] = {}
        self._news = threading.Condition()
        self._words = LastWords(api, tell=self._tell, stop=self._stop)
        self._machines = Machines(api, tell=self._tell, stop=self._stop)
        self._coming = Coming(asked, tell=self._tell, stop=self._stop)
        self._pulse = Pulse(api, stop=self._stop)
        self._followers = [
            Follower(
                kind,
                api=api,
                store=self._store,
                selector=_joined(kind.selector, "" if kind in {RECORDS, EVENTS} else selector),
                tell=self._tell,
                stop=self._stop,
            )
            for kind in KINDS
        ]

    def changes(self) -> Generator[ReleaseRef | None, None, None]:
        """Each release that has changed, those of the first lists included."""
        runs = [one.run for one in self._followers]
        aside = (self._words.run, self._machines.run, self._coming.run, self._pulse.run)
        for run in (*runs, *aside):
            threading.Thread(target=run, name="mirror", daemon=True).start()
        try:
            found: ReleaseRef | None = None
            while True:
                yield found
                found = self._next(wait=found is None)
        finally:
            self._stop.set()

    def observe(self, ref: ReleaseRef) -> Observation:
        self._check()
        objects, now = self.objects(ref), datetime.now(UTC)
        seen = observation_of(objects, now)
        asked = self._coming.of(ref, waits=waits_for_secrets(seen))
        return with_cause(seen, asked, objects.events, now)

    def refs(self) -> list[ReleaseRef]:
        self._check()
        return self._store.refs()

    def rooms(self, placements: Sequence[Placement]) -> list[Room]:
        self._check()
        nodes, others = self._machines.all()
        pods = [*self._store.all_of(PODS), *others]
        return rooms(nodes, pods, placements, grows=self._grows)

    def told_at(self, ref: ReleaseRef) -> float | None:
        return self._store.told_at(ref)

    def objects(self, ref: ReleaseRef) -> ReleaseObjects:
        """What is known of one release, true or not any more."""
        by_kind: dict[str, list[Json]] = {kind.name: [] for kind in KINDS}
        items = self._store.of_release(ref)
        for item in items:
            by_kind[item["kind"]].append(item)
        about = {(ref.namespace, kind, name) for kind, name in subjects(ref, items)}
        pods = by_kind[PODS.name]
        return ReleaseObjects(
            record=newest_record(by_kind[RECORDS.name]),
            workloads=[*by_kind[STATEFUL_SETS.name], *by_kind[DEPLOYMENTS.name]],
            replica_sets=by_kind[REPLICA_SETS.name],
            pods=pods,
            claims=by_kind[CLAIMS.name],
            events=self._store.events_about(about),
            logs=self._words.of(ref, speaker_of(pods)),
            devices=self._devices(ref, pods),
        )

    # -- whether it can tell ---------------------------------------------------------------------
    def _check(self) -> None:
        if not all(one.listed for one in self._followers):
            raise ProviderUnavailable(
                "What runs on the cluster is still being looked through.", provider="cluster"
            )
        now = time.monotonic()
        heard = [one.deaf_since or now for one in self._followers]
        if now - min(*heard, self._pulse.answered_at) > TRUE_FOR_S:
            raise ProviderUnavailable("The cluster does not answer.", provider="cluster")

    # -- telling ---------------------------------------------------------------------------------
    def _tell(self, refs: set[ReleaseRef]) -> None:
        if not refs:
            return
        with self._news:
            self._pending.update(dict.fromkeys(refs))
            self._news.notify()

    def _next(self, *, wait: bool) -> ReleaseRef | None:
        with self._news:
            if wait and not self._pending:
                self._news.wait(HEARTBEAT_S)
            if not self._pending:
                return None
            ref = next(iter(self._pending))
            del self._pending[ref]
            return ref

    def _devices(self, ref: ReleaseRef, pods: list[Json]) -> Mapping[str, Devices]:
        names = waited_for(pods)
        nodes = self._machines.known(ref) if names else []
        return count(names, nodes, self._store.all_of(PODS)) if nodes else {}


def _joined(*selectors: str) -> str:
    return ",".join(one for one in selectors if one)
