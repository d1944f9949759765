"""How much room a cluster's machines have for pods of one placement. Pure.

Reckoned as the scheduler does it: by requests, whatever is really used.
https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from datalab.core.devices import is_device
from datalab.core.quantities import Resource, to_units
from datalab.providers.cluster.kubernetes.reading import Json
from datalab.providers.cluster.placement import Placement
from datalab.providers.cluster.room import Amounts, Room, room_of

_SIZES = (Resource.CPU, Resource.MEMORY)
_KEEPS_OUT = {"NoSchedule", "NoExecute"}
_OVER = {"Failed", "Succeeded"}


def rooms(
    nodes: Sequence[Json], pods: Iterable[Json], placements: Iterable[Placement], *, grows: bool
) -> list[Room]:
    """`pods` are all of the cluster, not only tools."""
    taken = taken_by_node(pods)
    return [
        room_of(
            (
                (_allocatable(node), taken.get(node["metadata"]["name"], {}))
                for node in nodes
                if takes(node, placement)
            ),
            grows=grows,
        )
        for placement in placements
    ]


def takes(node: Json, placement: Placement) -> bool:
    """Whether the scheduler would look at the machine at all."""
    spec, labels = node.get("spec") or {}, node["metadata"].get("labels") or {}
    selected = placement.node_selector.items() <= labels.items()
    taints = [one for one in spec.get("taints") or () if one.get("effect") in _KEEPS_OUT]
    tolerated = all(
        any(_tolerates(one, taint) for one in placement.tolerations) for taint in taints
    )
    return selected and tolerated and not spec.get("unschedulable")


def _tolerates(toleration: Mapping[str, object], taint: Json) -> bool:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"""
    if toleration.get("effect", taint.get("effect")) != taint.get("effect"):
        return False
    if toleration.get("key", taint.get("key")) != taint.get("key"):
        return False
    exists = toleration.get("operator") == "Exists"
    return exists or toleration.get("value", "") == (taint.get("value") or "")


def taken_by_node(pods: Iterable[Json]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for pod in pods:
        node = pod["spec"].get("nodeName")
        if node and pod["status"].get("phase") not in _OVER:
            total = found.setdefault(node, {})
            for name, amount in _of_pod(pod).items():
                total[name] = total.get(name, 0) + amount
    return found


def _of_pod(pod: Json) -> dict[str, int]:
    """https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers"""
    spec = pod["spec"]
    sidecars: dict[str, int] = {}
    moments = []
    for init in spec.get("initContainers") or ():
        asked = _sum(sidecars, _of_container(init))
        moments.append(asked)
        if init.get("restartPolicy") == "Always":
            sidecars = asked
    whole = sidecars
    for container in spec.get("containers") or ():
        whole = _sum(whole, _of_container(container))
    return {
        name: max(one.get(name, 0) for one in (whole, *moments))
        for name in {name for one in (whole, *moments) for name in one}
    }


def _of_container(container: Json) -> dict[str, int]:
    """What is limited and not requested is requested by its limit."""
    resources = container.get("resources") or {}
    asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return dict(_counted(asked))


def _allocatable(node: Json) -> Amounts:
    return dict(_counted(node.get("status", {}).get("allocatable") or {}))


def _counted(quantities: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for resource in _SIZES:
        yield str(resource), _units(resource, str(quantities.get(str(resource), "0")))
    for name in filter(is_device, quantities):
        yield name, _units(Resource.GPU, str(quantities[name]))


@lru_cache(maxsize=10_000)
def _units(resource: Resource, text: str) -> int:
    """Thousands of pods say the same few words."""
    return to_units(resource, text)


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {*one, *other}}
