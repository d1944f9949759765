"""The fields of each kind that observing reads; a mirror of thousands of pods keeps no more. Pure.

The shape stays the API server's own, so that what is true of a slim object is true of a whole one.
"""

from typing import Any

from datalab.providers.cluster.kubernetes.reading import INSTANCE, REVISION
from datalab.providers.cluster.kubernetes.records import DIGEST

Json = dict[str, Any]

_LABELS = (INSTANCE, "controller-revision-hash", "pod-template-hash")
_HELM_LABELS = ("owner", "name", "status", "version", DIGEST)
_LONGEST_MESSAGE = 2000
_PLACE = ("nodeSelector", "tolerations")
"""Which machines a pod may have: of those that have one nobody asks."""


def slim_pod(pod: Json) -> Json:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    return {
        "metadata": _metadata(pod),
        "spec": {
            **_some(spec, "nodeName", *(() if spec.get("nodeName") else _PLACE)),
            "containers": [_container(one) for one in spec.get("containers") or []],
            "initContainers": [_container(one) for one in spec.get("initContainers") or []],
        },
        "status": {
            **_some(status, "phase", "reason", "message"),
            "conditions": _conditions(status),
            "containerStatuses": [_status(one) for one in status.get("containerStatuses") or []],
            "initContainerStatuses": [
                _status(one) for one in status.get("initContainerStatuses") or []
            ],
        },
    }


def slim_workload(workload: Json) -> Json:
    """StatefulSets, Deployments and ReplicaSets. `kind` is not in the items of a list."""
    spec, status = workload.get("spec") or {}, workload.get("status") or {}
    return {
        "metadata": _metadata(workload),
        "spec": {"replicas": spec.get("replicas", 1)},
        "status": {
            **_some(status, "observedGeneration", "updateRevision"),
            "conditions": _conditions(status),
        },
    }


def slim_claim(claim: Json) -> Json:
    return {"metadata": _metadata(claim), "status": _some(claim.get("status") or {}, "phase")}


def slim_external_secret(asked: Json) -> Json:
    return {
        "metadata": _some(asked["metadata"], "creationTimestamp"),
        "status": {"conditions": _conditions(asked.get("status") or {})},
    }


def slim_event(event: Json) -> Json:
    """`lastTimestamp` is when it happened last, in whichever field that was said."""
    series = event.get("series") or {}
    last = (
        series.get("lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp")
    )
    return {
        "metadata": _some(event["metadata"], "name", "namespace", "uid"),
        "involvedObject": _some(event.get("involvedObject") or {}, "kind", "name", "uid"),
        "reason": str(event.get("reason") or ""),
        "message": str(event.get("message") or "")[:_LONGEST_MESSAGE],
        "lastTimestamp": last,
    }


def slim_record(secret: Json) -> Json:
    """Helm's secret, of which only the metadata was asked for."""
    metadata = secret["metadata"]
    labels = metadata.get("labels") or {}
    return {
        "metadata": {
            **_some(metadata, "name", "namespace", "uid", "resourceVersion"),
            "labels": _some(labels, *_HELM_LABELS),
        }
    }


def slim_node(node: Json) -> Json:
    return {
        "metadata": _some(node["metadata"], "name", "uid", "resourceVersion", "labels"),
        "spec": _some(node.get("spec") or {}, "taints", "unschedulable"),
        "status": _some(node.get("status") or {}, "allocatable"),
    }


def _metadata(item: Json) -> Json:
    metadata = item["metadata"]
    found = _some(
        metadata,
        "name",
        "namespace",
        "uid",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "resourceVersion",
    )
    found["labels"] = _some(metadata.get("labels") or {}, *_LABELS)
    if revision := (metadata.get("annotations") or {}).get(REVISION):
        found["annotations"] = {REVISION: revision}
    if owners := metadata.get("ownerReferences"):
        found["ownerReferences"] = [{"uid": one.get("uid")} for one in owners]
    return found


def _container(container: Json) -> Json:
    resources = container.get("resources") or {}
    return {**_some(container, "name", "image", "restartPolicy"), "resources": resources}


def _status(status: Json) -> Json:
    return _some(status, "name", "ready", "started", "restartCount", "state", "lastState")


def _conditions(status: Json) -> list[Json]:
    names = ("type", "status", "reason", "message", "lastTransitionTime")
    return [_some(one, *names) for one in status.get("conditions") or []]


def _some(item: Json, *names: str) -> Json:
    return {name: item[name] for name in names if item.get(name) is not None}
