"""What a pod asks for and a machine has, as the scheduler counts it. Pure.

https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from datalab.core.devices import is_device
from datalab.core.quantities import Resource, to_units
from datalab.providers.cluster.kubernetes.reading import Json
from datalab.providers.cluster.room import Amounts

_SIZES = (Resource.CPU, Resource.MEMORY)


def of_pod(pod: Json) -> dict[str, int]:
    """https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers"""
    spec = pod["spec"]
    sidecars: dict[str, int] = {}
    moments = []
    for init in spec.get("initContainers") or ():
        asked = in_all([sidecars, _of_container(init)])
        moments.append(asked)
        if init.get("restartPolicy") == "Always":
            sidecars = asked
    whole = sidecars
    for container in spec.get("containers") or ():
        whole = in_all([whole, _of_container(container)])
    return {
        name: max(one.get(name, 0) for one in (whole, *moments))
        for name in {name for one in (whole, *moments) for name in one}
    }


def _of_container(container: Json) -> dict[str, int]:
    """What is limited and not requested is requested by its limit."""
    resources = container.get("resources") or {}
    asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return dict(_counted(asked))


def allocatable(node: Json) -> Amounts:
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


def in_all(many: Iterable[Amounts]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in many:
        for name, amount in one.items():
            found[name] = found.get(name, 0) + amount
    return found
