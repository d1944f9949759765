"""The kinds of objects that a release is observed by: where they are, and what is kept of each."""

from collections.abc import Callable
from dataclasses import dataclass

from datalab.providers.cluster.kubernetes import slimming
from datalab.providers.cluster.kubernetes.reading import INSTANCE, Json

HELM = "owner=helm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`label` is the one that names the release; None: its objects are about others (events)."""

    name: str
    group: str
    plural: str
    slim: Callable[[Json], Json]
    label: str | None = INSTANCE
    selector: str = INSTANCE
    metadata_only: bool = False

    def path(self, namespace: str = "") -> str:
        """That of the collection, in one namespace or in all."""
        within = f"/namespaces/{namespace}" if namespace else ""
        return f"{self.group}{within}/{self.plural}"

    def of_release(self, name: str) -> str:
        """The selector of one release's objects."""
        found = f"{self.label}={name}"
        return found if self.selector == self.label else f"{self.selector},{found}"

    def kept(self, item: Json) -> Json:
        """A list leaves out what kind its items are."""
        return {**self.slim(item), "kind": self.name}


_APPS = "/apis/apps/v1"
RECORDS = Kind(
    name="Secret",
    group="/api/v1",
    plural="secrets",
    slim=slimming.slim_record,
    label="name",
    selector=HELM,
    metadata_only=True,
)
"""Helm's: of what is in a secret nothing is ever asked for."""
STATEFUL_SETS = Kind(
    name="StatefulSet", group=_APPS, plural="statefulsets", slim=slimming.slim_workload
)
DEPLOYMENTS = Kind(
    name="Deployment", group=_APPS, plural="deployments", slim=slimming.slim_workload
)
REPLICA_SETS = Kind(
    name="ReplicaSet", group=_APPS, plural="replicasets", slim=slimming.slim_workload
)
PODS = Kind(name="Pod", group="/api/v1", plural="pods", slim=slimming.slim_pod)
CLAIMS = Kind(
    name="PersistentVolumeClaim",
    group="/api/v1",
    plural="persistentvolumeclaims",
    slim=slimming.slim_claim,
)
EVENTS = Kind(
    name="Event",
    group="/api/v1",
    plural="events",
    slim=slimming.slim_event,
    label=None,
    selector="",
)
KINDS = (RECORDS, STATEFUL_SETS, DEPLOYMENTS, REPLICA_SETS, PODS, CLAIMS, EVENTS)

SECRETS_BY = frozenset({"ExternalSecret", "SecretStore"})
"""Called like the Secret that the External Secrets operator makes of them. Nobody watches these."""

TELLING = frozenset(
    {
        "BackOff",
        "Created",
        "Evicted",
        "FailedAttachVolume",
        "FailedBinding",
        "FailedCreate",
        "FailedCreatePodSandBox",
        "FailedMapVolume",
        "FailedMount",
        "InvalidProviderConfig",
        "Killing",
        "NodeNotReady",
        "ProvisioningFailed",
        "Pulled",
        "Pulling",
        "SuccessfulAttachVolume",
        "SuccessfulCreate",
        "TaintManagerEviction",
        "Unhealthy",
        "UpdateFailed",
    }
)
"""Reasons of the events that observing reads; the others are not kept."""


def is_telling(event: Json) -> bool:
    return event.get("reason") in TELLING
