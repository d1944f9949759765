"""Asking the API server for all that there is of one release: for whoever has just changed it."""

from collections.abc import Iterable, Mapping, Sequence

from datalab.core.delivery import secret_name
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.kubernetes import records
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.devices import count, waited_for
from datalab.providers.cluster.kubernetes.kinds import (
    CLAIMS,
    DEPLOYMENTS,
    EVENTS,
    PODS,
    RECORDS,
    REPLICA_SETS,
    SECRETS_BY,
    STATEFUL_SETS,
    Kind,
    is_telling,
)
from datalab.providers.cluster.kubernetes.objects import Devices, HelmRecord, ReleaseObjects
from datalab.providers.cluster.kubernetes.pods import is_ready
from datalab.providers.cluster.kubernetes.reading import Json
from datalab.providers.cluster.kubernetes.slimming import slim_node
from datalab.providers.cluster.kubernetes.speaking import speaker_of

NODES = "/api/v1/nodes"


def gather(api: KubernetesApi, ref: ReleaseRef) -> ReleaseObjects:
    """Four to six requests, and one or two more where something does not run. Raises ProviderError."""
    secrets = _of(api, ref, RECORDS)
    sets = _of(api, ref, STATEFUL_SETS)
    deployments = _of(api, ref, DEPLOYMENTS)
    replica_sets = _of(api, ref, REPLICA_SETS) if deployments else []
    pods = _of(api, ref, PODS)
    claims = _of(api, ref, CLAIMS)
    parts = [*sets, *deployments, *replica_sets, *pods, *claims]
    all_well = bool(pods) and all(is_ready(one) for one in pods)
    return ReleaseObjects(
        record=newest_record(secrets),
        workloads=[*sets, *deployments],
        replica_sets=replica_sets,
        pods=pods,
        claims=claims,
        events=_events(api, ref, parts, all_well=all_well) if sets or deployments else [],
        logs=_last_words(api, pods),
        devices=_devices(api, pods),
    )


def newest_record(secrets: Iterable[Json]) -> HelmRecord | None:
    """Of the secrets of one release: Helm keeps one a revision."""
    found = records.newest(secrets)
    return records.record_of(found) if found else None


def _of(api: KubernetesApi, ref: ReleaseRef, kind: Kind) -> list[Json]:
    found = api.list(
        kind.path(ref.namespace),
        labels=kind.of_release(ref.name),
        metadata_only=kind.metadata_only,
    )
    return [kind.kept(one) for one in found.items]


def _events(
    api: KubernetesApi, ref: ReleaseRef, parts: Sequence[Json], *, all_well: bool
) -> list[Json]:
    """Of what runs well only what made it leave its former machine is told."""
    fields = "reason=Evicted" if all_well else ""
    found = api.list(EVENTS.path(ref.namespace), fields=fields).items
    return about([EVENTS.kept(one) for one in found if is_telling(one)], ref, parts)


def about(events: Iterable[Json], ref: ReleaseRef, parts: Iterable[Json]) -> list[Json]:
    """Those about one of the parts, or about a former one of its name."""
    names = subjects(ref, parts)
    return [
        one
        for one in events
        if (one["involvedObject"].get("kind"), one["involvedObject"].get("name")) in names
    ]


def subjects(ref: ReleaseRef, parts: Iterable[Json]) -> set[tuple[str, str]]:
    """Kind and name of whatever an event about a release may be about."""
    names = {(one["kind"], one["metadata"]["name"]) for one in parts}
    names |= {("Pod", f"{name}-0") for kind, name in names if kind == "StatefulSet"}
    return names | {(kind, secret_name(ref.name)) for kind in SECRETS_BY}


def _last_words(api: KubernetesApi, pods: Sequence[Json]) -> str:
    speaker = speaker_of(pods)
    return (api.text(speaker.path, **speaker.query) or "") if speaker else ""


def _devices(api: KubernetesApi, pods: Sequence[Json]) -> Mapping[str, Devices]:
    names = waited_for(pods)
    if not names:
        return {}
    nodes = [slim_node(one) for one in api.list(NODES).items]
    found = api.list(PODS.path(), labels=PODS.selector).items
    return count(names, nodes, [PODS.kept(one) for one in found])
