"""What a service takes of the quota, counted from its rendered manifests. Pure.

A container counts with the larger of its request and its limit: the platform promises both. Init
containers run one after the other before the others, so the largest of them counts, as in
https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
"""

from collections.abc import Mapping, Sequence
from typing import Any

from datalab.catalog.pods import is_gpu
from datalab.catalog.rules import Object, claims
from datalab.core.errors import InvalidInput
from datalab.core.quantities import Resource, to_units

Amounts = dict[Resource, int]

WORKLOADS = frozenset({"Deployment", "StatefulSet"})
_COMPUTE = (Resource.CPU, Resource.MEMORY, Resource.GPU)


def count(
    manifests: Sequence[Object], *, injected: Mapping[Resource, int] | None = None
) -> Amounts:
    """cpu in millicores, memory and storage in bytes, gpu in pieces, one service.

    `injected` is what a webhook of the cluster adds to each pod that asks for its secrets. A
    suspended workload is counted as if it ran: that is what resuming it takes.
    InvalidInput where a container has no limit for cpu or memory, or a quantity is none.
    """
    total = dict.fromkeys(Resource, 0)
    total[Resource.SERVICES] = 1
    for manifest in manifests:
        for resource, amount in _of(manifest, injected or {}).items():
            total[resource] += amount
    return total


def _of(manifest: Object, injected: Mapping[Resource, int]) -> Amounts:
    kind, spec = manifest.get("kind"), manifest.get("spec") or {}
    if kind == "PersistentVolumeClaim":
        return {Resource.STORAGE: _storage(manifest)}
    if kind not in WORKLOADS:
        return {}
    replicas = max(1, int(spec.get("replicas", 1)))
    amounts = _pod(spec.get("template") or {}, injected)
    amounts[Resource.STORAGE] = sum(map(_storage, claims(spec)))
    return {resource: amount * replicas for resource, amount in amounts.items()}


def _storage(claim: Object) -> int:
    requests = ((claim.get("spec") or {}).get("resources") or {}).get("requests") or {}
    return _units(Resource.STORAGE, requests.get("storage", 0), "persistence")


def _pod(template: Object, injected: Mapping[Resource, int]) -> Amounts:
    spec = template.get("spec") or {}
    inits = spec.get("initContainers") or []
    staying = [one for one in inits if one.get("restartPolicy") == "Always"]
    passing = [_container(one) for one in inits if one.get("restartPolicy") != "Always"]
    beside = [_container(one) for one in staying]
    running = [*beside, *(_container(one) for one in spec.get("containers") or [])]
    extra = injected if _is_injected(template) else {}
    return {
        resource: max(
            sum(one[resource] for one in running) + extra.get(resource, 0),
            sum(one[resource] for one in beside)
            + max((one[resource] for one in passing), default=0),
        )
        for resource in _COMPUTE
    }


def _is_injected(template: Object) -> bool:
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    return str(annotations.get("vault.hashicorp.com/agent-inject", "")).lower() == "true"


def _container(container: Object) -> Amounts:
    resources = container.get("resources") or {}
    name = str(container.get("name", ""))
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    amounts = {}
    for resource in (Resource.CPU, Resource.MEMORY):
        if str(resource) not in limits:
            raise InvalidInput(
                "Every container needs a limit for cpu and memory.",
                fields={"resources": f"{name} has no limit for {resource}"},
            )
        asked = (limits[str(resource)], requests.get(str(resource), 0))
        amounts[resource] = max(_units(resource, quantity, "resources") for quantity in asked)
    amounts[Resource.GPU] = max(_gpus(limits), _gpus(requests))
    return amounts


def _gpus(quantities: Object) -> int:
    names = (name for name in quantities if is_gpu(name))
    return sum(_units(Resource.GPU, quantities[name], "resources") for name in names)


def _units(resource: Resource, quantity: Any, field: str) -> int:
    try:
        return to_units(resource, quantity)
    except ValueError as error:
        raise InvalidInput(f"{resource}: {error}.", fields={field: str(error)}) from error
