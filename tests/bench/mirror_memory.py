"""What the mirror of a large cluster takes: memory, and the time to learn and to tell.

    python -m tests.bench.mirror_memory --kubeconfig FILE [--pods 5000]

Reads one pod as the API server tells it, and lets the mirror's store learn so many releases of one
pod each, page by page as from a list, with an event storm of three events a pod. Prints JSON.
"""

import argparse
import json
import time
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.kubernetes.api import PAGE, KubernetesApi
from datalab.providers.cluster.kubernetes.kinds import EVENTS, PODS, RECORDS, STATEFUL_SETS, Kind
from datalab.providers.cluster.kubernetes.mirror import Mirror
from datalab.providers.cluster.kubernetes.reading import INSTANCE
from datalab.providers.cluster.kubernetes.store import Store

Json = dict[str, Any]
_REASONS = ("Pulled", "Created", "Unhealthy")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kubeconfig", type=Path, required=True)
    asked.add_argument("--pods", type=int, default=5000)
    given = asked.parse_args()
    api = KubernetesApi(kubeconfig=given.kubeconfig)
    pod = next(one for one in api.list("/api/v1/pods").items if one["spec"].get("nodeName"))
    mirror = Mirror(api)
    store = mirror._store  # noqa: SLF001 - fed by hand
    before = _rss()
    began = time.monotonic()
    for kind, items in _kinds(pod, given.pods):
        _learn(store, kind, items)
    learned = time.monotonic() - began
    began = time.monotonic()
    refs = store.refs()
    for ref in refs:
        mirror.objects(ref)
    told = time.monotonic() - began
    print(  # noqa: T201
        json.dumps(
            {
                "pods": given.pods,
                "bytes_of_one_pod_as_told": len(json.dumps(pod)),
                "rss_before_mib": round(before),
                "rss_after_mib": round(_rss()),
                "learned_in_s": round(learned, 1),
                "told_each_in_ms": round(told / len(refs) * 1000, 3),
            },
            indent=2,
        )
    )


def _learn(store: Store, kind: Kind, items: Iterator[Json]) -> None:
    """As a follower does from its pages: what is not kept is forgotten before the next page."""
    kept: list[Json] = []
    page: list[Json] = []
    for item in items:
        page.append(item)
        if len(page) == PAGE:
            kept += [kind.kept(one) for one in json.loads(json.dumps(page))]
            page.clear()
    kept += [kind.kept(one) for one in json.loads(json.dumps(page))]
    store.replace(kind, kept)


def _kinds(pod: Json, number: int) -> Iterator[tuple[Kind, Iterator[Json]]]:
    yield RECORDS, (_record(index) for index in range(number))
    yield STATEFUL_SETS, (_set(index) for index in range(number))
    yield PODS, (_pod(pod, index) for index in range(number))
    yield EVENTS, (_event(index, reason) for index in range(number) for reason in _REASONS)


def _ref(index: int) -> ReleaseRef:
    return ReleaseRef(namespace=f"dl-tenant-{index % 40}", name=f"web-{index}")


def _metadata(index: int, name: str, **more: Any) -> Json:
    ref = _ref(index)
    labels = {INSTANCE: ref.name}
    return {"name": name, "namespace": ref.namespace, "uid": name, "labels": labels, **more}


def _record(index: int) -> Json:
    name = _ref(index).name
    labels = {"owner": "helm", "name": name, "status": "deployed", "version": "1"}
    return {"metadata": {**_metadata(index, f"sh.helm.release.v1.{name}.v1"), "labels": labels}}


def _set(index: int) -> Json:
    name = _ref(index).name
    status = {"observedGeneration": 1, "updateRevision": "r"}
    return {
        "metadata": _metadata(index, name, generation=1),
        "spec": {"replicas": 1},
        "status": status,
    }


def _pod(pod: Json, index: int) -> Json:
    found = deepcopy(pod)
    name = f"{_ref(index).name}-0"
    found["metadata"] |= _metadata(index, name, ownerReferences=[{"uid": _ref(index).name}])
    return found


def _event(index: int, reason: str) -> Json:
    name = f"{_ref(index).name}-0"
    return {
        "metadata": _metadata(index, f"{name}.{reason}"),
        "involvedObject": {"kind": "Pod", "name": name, "uid": name},
        "reason": reason,
        "message": f"{reason}: something about the container of {name}, as long as such things are",
        "lastTimestamp": datetime.now(UTC).isoformat(),
    }


def _rss() -> float:
    return psutil.Process().memory_info().rss / 2**20


if __name__ == "__main__":
    main()
