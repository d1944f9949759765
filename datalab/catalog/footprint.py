"""What a service takes of the quota, counted from its rendered manifests. Pure.

A container counts with the larger of its request and its limit: the platform promises both. Init
containers run one after the other before the others, each beside the sidecars before it, so the
largest of these moments counts, as in
https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from datalab.catalog.rules import Object, claims, inner
from datalab.core.devices import is_device, is_whole
from datalab.core.errors import InvalidInput
from datalab.core.quantities import Resource, to_units

Amounts = dict[Resource, int]
_Counts = dict[str, int]
"""By resource, devices by their own names."""

WORKLOADS = frozenset({"Deployment", "StatefulSet"})


def count(
    manifests: Sequence[Object], *, injected: Mapping[Resource, int] | None = None
) -> Amounts:
    """cpu in millicores, memory and storage in bytes, whole GPUs in pieces, one service.

    `injected` is what a webhook of the cluster adds to each pod that asks for its secrets, unless
    the pod says how much that may be; empty where nothing is added. A suspended workload is counted
    as if it ran: that is what resuming it takes.
    InvalidInput where a container has no limit for cpu or memory, or a quantity is none.
    """
    found = _total(manifests, injected or {})
    whole = sum(amount for name, amount in found.items() if is_whole(name))
    total = {**found, Resource.GPU: whole, Resource.SERVICES: 1}
    return {resource: total.get(resource, 0) for resource in Resource}


def of_pods(
    manifests: Sequence[Object], *, injected: Mapping[Resource, int] | None = None
) -> list[dict[str, int]]:
    """What one pod of each workload needs of a machine: cpu, memory, and devices by name."""
    specs = [inner(one, "spec") for one in manifests if one.get("kind") in WORKLOADS]
    return [_pod(spec.get("template") or {}, injected or {}) for spec in specs]


def count_devices(manifests: Sequence[Object]) -> dict[str, int]:
    """Each device by its name, whole GPUs and slices alike. What asks for none is left out."""
    found = _total(manifests, {})
    return {name: amount for name, amount in sorted(found.items()) if is_device(name) and amount}


def _total(manifests: Sequence[Object], injected: Mapping[Resource, int]) -> _Counts:
    return _sum(_of(manifest, injected) for manifest in manifests)


def _sum(parts: Iterable[Mapping[str, int]]) -> _Counts:
    total: _Counts = {}
    for part in parts:
        for name, amount in part.items():
            total[name] = total.get(name, 0) + amount
    return total


def _most(parts: Iterable[Mapping[str, int]]) -> _Counts:
    most: _Counts = {}
    for part in parts:
        for name, amount in part.items():
            most[name] = max(most.get(name, 0), amount)
    return most


def _of(manifest: Object, injected: Mapping[Resource, int]) -> _Counts:
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


def _pod(template: Object, injected: Mapping[Resource, int]) -> _Counts:
    spec = template.get("spec") or {}
    sidecars: list[_Counts] = []
    moments: list[_Counts] = []
    for init in spec.get("initContainers") or []:
        if init.get("restartPolicy") == "Always":
            sidecars.append(_container(init))
        else:
            moments.append(_sum([*sidecars, _container(init)]))
    tools = [_container(one) for one in spec.get("containers") or []]
    # The agent's own init container takes no more than the agent, and so never the most.
    return _most([*moments, _sum([*sidecars, *tools, _agent(template, injected)])])


_AGENT = "vault.hashicorp.com/agent-"
_AGENTS_OWN = {Resource.CPU: "cpu", Resource.MEMORY: "mem"}


def _agent(template: Object, injected: Mapping[Resource, int]) -> _Counts:
    """https://developer.hashicorp.com/vault/docs/platform/k8s/injector/annotations"""
    said = (template.get("metadata") or {}).get("annotations") or {}
    if str(said.get(f"{_AGENT}inject", "")).lower() != "true":
        return {}
    return {
        str(resource): max(
            _said(said, resource, f"{_AGENT}{kind}-{_AGENTS_OWN[resource]}", amount)
            for kind in ("requests", "limits")
        )
        for resource, amount in injected.items()
    }


def _said(annotations: Object, resource: Resource, name: str, otherwise: int) -> int:
    if name not in annotations:
        return otherwise
    return _units(resource, annotations[name], f"annotations.{name}")


def _container(container: Object) -> _Counts:
    resources = container.get("resources") or {}
    name = str(container.get("name", ""))
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    amounts: _Counts = {}
    for resource in (Resource.CPU, Resource.MEMORY):
        if str(resource) not in limits:
            raise InvalidInput(
                "Every container needs a limit for cpu and memory.",
                fields={"resources": f"{name} has no limit for {resource}"},
            )
        asked = (limits[str(resource)], requests.get(str(resource), 0))
        amounts[resource] = max(_units(resource, quantity, "resources") for quantity in asked)
    return {**amounts, **_most([_devices(limits), _devices(requests)])}


def _devices(quantities: Object) -> _Counts:
    return {
        name: _units(Resource.GPU, quantities[name], "resources")
        for name in quantities
        if is_device(name)
    }


def _units(resource: Resource, quantity: Any, field: str) -> int:
    try:
        return to_units(resource, quantity)
    except ValueError as error:
        raise InvalidInput(f"{resource}: {error}.", fields={field: str(error)}) from error
