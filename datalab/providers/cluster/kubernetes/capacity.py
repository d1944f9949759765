"""How much a cluster's machines have in all for tools. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from datalab.core.devices import is_device
from datalab.core.quantities import Resource, parse, to_units
from datalab.providers.cluster.base import Capacity

NODES = "/api/v1/nodes"
_NOT_FOR_TOOLS = {"node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"}
_KEEPS_OUT = {"NoSchedule", "NoExecute"}


def capacity_of(nodes: Iterable[Mapping[str, Any]], *, grows: bool) -> Capacity:
    """What tools may take, be it taken or not. Storage is the storage class's affair: unknown."""
    cpu = memory = 0
    devices: dict[str, int] = {}
    for node in filter(_takes_tools, nodes):
        there = node.get("status", {}).get("allocatable") or {}
        cpu += to_units(Resource.CPU, there.get("cpu", 0))
        memory += to_units(Resource.MEMORY, there.get("memory", 0))
        for name in filter(is_device, there):
            devices[name] = devices.get(name, 0) + int(parse(there[name]))
    return Capacity(cpu=cpu, memory=memory, storage=None, devices=devices, grows=grows)


def _takes_tools(node: Mapping[str, Any]) -> bool:
    """Other taints stay in the sum: machines with GPUs have one, which presets tolerate."""
    spec = node.get("spec") or {}
    taints = [one for one in spec.get("taints") or () if one.get("effect") in _KEEPS_OUT]
    return not spec.get("unschedulable") and not any(
        one.get("key") in _NOT_FOR_TOOLS for one in taints
    )
