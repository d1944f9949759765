"""Objects as the API server tells them, as short as they can be said."""

from datetime import UTC, datetime, timedelta
from typing import Any

from datalab.providers.cluster.kubernetes.kinds import (
    CLAIMS,
    DEPLOYMENTS,
    EVENTS,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
)
from datalab.providers.cluster.kubernetes.objects import HelmRecord
from datalab.providers.cluster.kubernetes.reading import INSTANCE, REVISION

Json = dict[str, Any]
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
DEPLOYED = HelmRecord(revision=1, status="deployed", digest="d")
_NEWEST = "web-7"


def ago(seconds: float) -> str:
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def stateful_set(*, replicas: int = 1, generation: int = 1, observed: int | None = None) -> Json:
    status = {
        "observedGeneration": generation if observed is None else observed,
        "updateRevision": _NEWEST,
    }
    return STATEFUL_SETS.kept(
        {
            "metadata": _metadata("web", generation=generation),
            "spec": {"replicas": replicas, "template": {}},
            "status": status,
        }
    )


def deployment(*, failure: str = "") -> Json:
    conditions = [{"type": "ReplicaFailure", "status": "True", "message": failure}]
    return DEPLOYMENTS.kept(
        {
            "metadata": _metadata("web", generation=1, annotations={REVISION: "2"}),
            "spec": {"replicas": 1},
            "status": {"observedGeneration": 1, "conditions": conditions if failure else []},
        }
    )


def replica_set(name: str, *, revision: int) -> Json:
    owners = [{"uid": "uid-of-web", "kind": "Deployment", "name": "web"}]
    metadata = _metadata(name, annotations={REVISION: str(revision)}, ownerReferences=owners)
    return REPLICA_SETS.kept({"metadata": metadata, "spec": {"replicas": 1}, "status": {}})


def pod(
    name: str = "web-0",
    *,
    owner: str = "web",
    revision: str = _NEWEST,
    node: str | None = "node1",
    unschedulable: str = "",
    ready: bool = False,
    ready_since: float = 100,
    statuses: list[Json] | None = None,
    inits: list[Json] | None = None,
    init_statuses: list[Json] | None = None,
    containers: list[Json] | None = None,
    going: bool = False,
    **status: Any,
) -> Json:
    labels = {INSTANCE: "web", "controller-revision-hash": revision}
    metadata = _metadata(name, labels=labels, ownerReferences=[{"uid": f"uid-of-{owner}"}])
    if going:
        metadata["deletionTimestamp"] = ago(1)
    scheduled: Json = {"type": "PodScheduled", "status": "True" if node else "False"}
    if unschedulable:
        scheduled |= {"reason": "Unschedulable", "message": unschedulable}
    conditions = [
        *([scheduled] if node or unschedulable else []),
        {
            "type": "Ready",
            "status": "True" if ready else "False",
            "lastTransitionTime": ago(ready_since),
        },
        *status.pop("conditions", []),
    ]
    return PODS.kept(
        {
            "metadata": metadata,
            "spec": {
                **({"nodeName": node} if node else {}),
                "containers": containers or [container()],
                "initContainers": inits or [],
            },
            "status": {
                "phase": "Running" if ready else "Pending",
                "conditions": conditions,
                "containerStatuses": statuses or [],
                "initContainerStatuses": init_statuses or [],
                **status,
            },
        }
    )


def container(name: str = "tool", *, memory: str = "64Mi", **more: Any) -> Json:
    limits = {"memory": memory}
    return {"name": name, "image": "web:1", "resources": {"limits": limits}, **more}


def waiting(reason: str, message: str = "", **more: Any) -> Json:
    return _status({"waiting": {"reason": reason, "message": message}}, **more)


def running(*, since: float = 10, **more: Any) -> Json:
    return _status({"running": {"startedAt": ago(since)}}, **more)


def ended(
    *, code: int = 1, reason: str = "Error", message: str = "", ran: float = 2, since: float = 5
) -> Json:
    return {
        "terminated": {
            "exitCode": code,
            "reason": reason,
            "message": message,
            "startedAt": ago(since + ran),
            "finishedAt": ago(since),
            "containerID": "containerd://1",
        }
    }


def _status(state: Json, *, name: str = "tool", **more: Any) -> Json:
    return {"name": name, "state": state, "ready": False, "restartCount": 0, **more}


def event(
    reason: str, message: str, *, about: str = "web-0", kind: str = "Pod", since: float = 3
) -> Json:
    return EVENTS.kept(
        {
            "metadata": _metadata(f"{about}.{reason}.{since}"),
            "involvedObject": {"kind": kind, "name": about, "uid": f"uid-of-{about}"},
            "reason": reason,
            "message": message,
            "lastTimestamp": ago(since),
        }
    )


def claim(name: str = "home-web-0", *, phase: str = "Bound", going: bool = False) -> Json:
    metadata = _metadata(name)
    if going:
        metadata["deletionTimestamp"] = ago(1)
    return CLAIMS.kept({"metadata": metadata, "spec": {}, "status": {"phase": phase}})


def _metadata(name: str, **more: Any) -> Json:
    return {
        "name": name,
        "namespace": "dl-acme",
        "uid": f"uid-of-{name}",
        "labels": {INSTANCE: "web"},
        **more,
    }
