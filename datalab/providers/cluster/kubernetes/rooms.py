"""How much room a cluster's machines have for pods of one placement. Pure.

Reckoned as the scheduler does it: by requests, whatever is really used. What it is about to give to
pods that wait is given already, so that two people are not both told that they can have it.
"""

from collections.abc import Iterable, Mapping, Sequence

from datalab.providers.cluster.kubernetes.asking import allocatable, in_all, of_pod
from datalab.providers.cluster.kubernetes.reading import Json, name_of
from datalab.providers.cluster.kubernetes.waiting import Machine, Waiting, seat, waiting
from datalab.providers.cluster.placement import Placement
from datalab.providers.cluster.room import Amounts, Room, room_of

_KEEPS_OUT = {"NoSchedule", "NoExecute"}
_OVER = {"Failed", "Succeeded"}


def rooms(
    nodes: Sequence[Json], pods: Iterable[Json], placements: Sequence[Placement], *, grows: bool
) -> list[Room]:
    """`pods` are all of the cluster, not only tools."""
    pods = list(pods)
    queue, taken = waiting(pods), taken_by_node(pods)
    machines = {
        name_of(node): Machine(has=allocatable(node), taken=taken.get(name_of(node), {}))
        for node in nodes
    }
    asking = [*placements, *(one.placement for one in queue)]
    names = {place: _names(nodes, one) for place, one in {one.place: one for one in asking}.items()}
    for one in queue:
        seat(one, [machines[name] for name in names[one.placement.place]])
    found = []
    for placement in placements:
        mine = names[placement.place]
        rivals = [one for one in queue if not mine.keys().isdisjoint(names[one.placement.place])]
        found.append(_room([machines[name] for name in mine], rivals, grows=grows))
    return found


def _names(nodes: Sequence[Json], placement: Placement) -> dict[str, None]:
    """Of the machines that it leads to, in their order."""
    return dict.fromkeys(name_of(node) for node in nodes if takes(node, placement))


def _room(machines: Sequence[Machine], queue: Sequence[Waiting], *, grows: bool) -> Room:
    return room_of(
        ((one.has, one.gone) for one in machines),
        grows=grows,
        promised=in_all(one.promised for one in machines),
        waiting=in_all(one.in_all for one in queue),
    )


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
    found: dict[str, list[Amounts]] = {}
    for pod in pods:
        node = pod["spec"].get("nodeName")
        if node and pod["status"].get("phase") not in _OVER:
            found.setdefault(node, []).append(of_pod(pod))
    return {node: in_all(asked) for node, asked in found.items()}
