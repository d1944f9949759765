"""The port's Kubernetes side: a service is a Helm release in its tenant's namespace.

All state is in the cluster: Helm's records carry the digest of what was applied, so that any process
of the platform can be killed at any time and another goes on. Which rights it needs is in rights.py.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from datalab.core.errors import ProviderUnavailable
from datalab.providers.charts.base import ChartEngine
from datalab.providers.charts.cache import chart_digest
from datalab.providers.cluster.base import (
    Capacity,
    Observation,
    Release,
    ReleaseRef,
    Volume,
)
from datalab.providers.cluster.kubernetes import leftovers, logs, records
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.providers.cluster.kubernetes.capacity import NODES, capacity_of
from datalab.providers.cluster.kubernetes.delivering import ByInjector, Way
from datalab.providers.cluster.kubernetes.gathering import gather
from datalab.providers.cluster.kubernetes.kinds import (
    DEPLOYMENTS,
    HELM,
    PODS,
    RECORDS,
    STATEFUL_SETS,
)
from datalab.providers.cluster.kubernetes.mirror import Mirror
from datalab.providers.cluster.kubernetes.observing import (
    observation_of,
    waits_for_secrets,
    with_cause,
)
from datalab.providers.cluster.kubernetes.reading import INSTANCE, is_going, label, name_of
from datalab.providers.cluster.kubernetes.releases import Releases
from datalab.providers.cluster.kubernetes.shaping import (
    digest_of,
    in_place,
    shaped,
    values_for,
)
from datalab.providers.cluster.kubernetes.tenants import TenantNamespaces
from datalab.providers.cluster.room import Room

HELM_ENDS_WITHIN = timedelta(seconds=10)
"""A helm that was not killed has long finished then: what it left pending before was interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesRuntime:
    """Every method may be called from any thread and process.

    `grows`: machines come as they are needed, so what is not there can be asked for.
    """

    api: KubernetesApi
    releases_of_helm: Releases
    charts: ChartEngine
    tenants: TenantNamespaces
    secrets: Way = field(default_factory=ByInjector)
    grows: bool = False

    @property
    def injects_credentials(self) -> bool:
        return self.secrets.fetches

    @property
    def identifies_tools(self) -> bool:
        """The relay for S3 keys is in the pod."""
        return True

    def ping(self) -> None:
        self.api.get("/version")

    def ensure_namespace(self, namespace: str, *, quota: Mapping[str, str]) -> None:
        """ProviderRefused where somebody else has one of that name."""
        self.tenants.ensure(namespace, quota)

    def remove_namespace(self, namespace: str) -> None:
        """ProviderUnavailable while it takes its time: asked again, it goes on."""
        self.tenants.remove(namespace)

    def apply(self, release: Release) -> None:
        """Does nothing where the same has been applied and everything is in place."""
        ref = release.ref
        self.tenants.check(ref.namespace)
        rendered = self.charts.render(
            release.chart,
            release=ref.name,
            namespace=ref.namespace,
            values=values_for(release, _defaults(release.chart)),
        )
        manifests = shaped(rendered, release)
        self.secrets.bring(release)
        digest = digest_of(release, release.digest or chart_digest(release.chart))
        secret = self._newest_record(ref)
        if self._is_applied(secret, digest) and in_place(manifests, self._workloads(ref)):
            return
        self._heal(ref, secret, manifests)
        self.releases_of_helm.install(release, manifests, digest=digest)

    def remove(self, ref: ReleaseRef) -> None:
        """Its storage goes as well, unless the chart marks it `helm.sh/resource-policy: keep`."""
        if self._newest_record(ref) is not None:
            self.releases_of_helm.uninstall(ref)
        elif not all(map(is_going, self._workloads(ref))):
            leftovers.sweep(self.api, ref)
        leftovers.remove_claims(self.api, ref)
        self.secrets.take_away(ref)

    def observe(self, ref: ReleaseRef) -> Observation:
        objects, now = gather(self.api, ref), datetime.now(UTC)
        seen = observation_of(objects, now)
        asked = self.secrets.asked(ref) if waits_for_secrets(seen) else None
        return with_cause(seen, asked, objects.events, now)

    def deliver(self, ref: ReleaseRef, files: Mapping[str, bytes]) -> bool:
        """The node shows them to the tool within a minute or two."""
        return self.secrets.deliver(ref, files)

    def releases(self, namespace: str) -> Sequence[ReleaseRef]:
        secrets = self.api.list(RECORDS.path(namespace), labels=HELM, metadata_only=True)
        names = {label(one, "name") for one in secrets.items}
        names |= {label(one, INSTANCE) for one in self._listed(namespace, labels=INSTANCE)}
        return [ReleaseRef(namespace=namespace, name=name) for name in sorted(names - {""})]

    def volumes(self, namespace: str, *, beside: Collection[str]) -> Sequence[Volume]:
        return leftovers.volumes(self.api, namespace, beside)

    def logs(self, ref: ReleaseRef, *, tail: int) -> str:
        pods = self.api.list(PODS.path(ref.namespace), labels=PODS.of_release(ref.name))
        return logs.tail(self.api, pods.items, tail)

    def not_enforced(self) -> Sequence[str]:
        return [*NOT_ENFORCED, *self.secrets.not_enforced]

    def capacity(self) -> Capacity:
        return capacity_of(self.api.list(NODES).items, grows=self.grows)

    def room(self, taken: Mapping[str, int]) -> Room | None:
        """Nobody asks the cluster for that: the watcher writes it down."""

    def changes(self) -> Iterator[ReleaseRef | None]:
        return self.mirror().changes()

    def mirror(self) -> Mirror:
        return Mirror(self.api, grows=self.grows, asked=self.secrets.asked)

    # -- what stands there -----------------------------------------------------------------------
    def _newest_record(self, ref: ReleaseRef) -> Json | None:
        found = self.api.list(
            RECORDS.path(ref.namespace), labels=RECORDS.of_release(ref.name), metadata_only=True
        )
        return records.newest(found.items)

    def _is_applied(self, secret: Json | None, digest: str) -> bool:
        if secret is None:
            return False
        record = records.record_of(secret)
        return (record.status, record.digest) == (records.DEPLOYED, digest)

    def _workloads(self, ref: ReleaseRef) -> list[Json]:
        return self._listed(ref.namespace, labels=f"{INSTANCE}={ref.name}")

    def _listed(self, namespace: str, *, labels: str) -> list[Json]:
        """Deployments and StatefulSets. A list leaves out what kind its items are."""
        return [
            {**one, "kind": kind.name}
            for kind in (STATEFUL_SETS, DEPLOYMENTS)
            for one in self.api.list(kind.path(namespace), labels=labels).items
        ]

    def _heal(
        self, ref: ReleaseRef, secret: Json | None, manifests: Sequence[Mapping[str, Any]]
    ) -> None:
        """Forget the revision at which helm was killed: then it goes on from the one before.

        What that revision has made names the release in its annotations, so Helm takes it over;
        what is not wanted any more (it may be rolled back by now) nobody but us knows of.
        """
        if secret is None or records.record_of(secret).status not in records.INTERRUPTED:
            return
        if datetime.now(UTC) - records.begun_at(secret) < HELM_ENDS_WITHIN:
            raise ProviderUnavailable(
                "Something else changes this service right now. This is tried again.",
                provider="cluster",
            )
        # First, so that whoever comes after a kill here still finds that there is something to do.
        leftovers.sweep(self.api, ref, beside=manifests)
        self.api.delete(f"{RECORDS.path(ref.namespace)}/{name_of(secret)}")


def _defaults(chart: Path) -> dict[str, Any]:
    file = chart / "values.yaml"
    found = yaml.safe_load(file.read_text()) if file.is_file() else None
    return found if isinstance(found, dict) else {}


NOT_ENFORCED = (
    "The size of a tool's storage: some storage classes, those of plain folders among them, let it "
    "grow beyond what was asked.",
    "The borders between tenants' networks where the cluster's network does not enforce "
    "NetworkPolicies.",
    "What a tool takes of a machine beside cpu, memory and devices, such as its disk's speed.",
)
