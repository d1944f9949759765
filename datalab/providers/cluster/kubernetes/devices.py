"""How many devices there are and are in use, for those that wait for one. Pure."""

from collections.abc import Iterable, Mapping

from datalab.core.quantities import parse
from datalab.providers.cluster.kubernetes.objects import Devices
from datalab.providers.cluster.kubernetes.reading import Json, condition


def waited_for(pods: Iterable[Json]) -> set[str]:
    """The devices that pods without a machine ask for."""
    return {
        name
        for pod in pods
        if condition(pod, "PodScheduled").get("status") == "False"
        for name in _asked(pod)
    }


def count(
    names: Iterable[str], nodes: Iterable[Json], pods: Iterable[Json]
) -> Mapping[str, Devices]:
    """`pods` are all that have a machine and have not ended."""
    nodes, placed = list(nodes), [one for one in pods if _holds(one)]
    return {
        name: Devices(
            there=sum(int(parse(_allocatable(node).get(name, 0))) for node in nodes),
            used=sum(_asked(pod).get(name, 0) for pod in placed),
        )
        for name in names
    }


def _holds(pod: Json) -> bool:
    over = pod["status"].get("phase") in {"Failed", "Succeeded"}
    return bool(pod["spec"].get("nodeName")) and not over


def _asked(pod: Json) -> dict[str, int]:
    found: dict[str, int] = {}
    for container in pod["spec"].get("containers") or []:
        for name, amount in ((container.get("resources") or {}).get("limits") or {}).items():
            if "/" in name:
                found[name] = found.get(name, 0) + int(parse(amount))
    return found


def _allocatable(node: Json) -> Mapping[str, str]:
    return node["status"].get("allocatable") or {}
