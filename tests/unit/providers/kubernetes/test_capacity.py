"""How much a cluster has in all."""

from typing import Any

from datalab.providers.cluster.kubernetes.capacity import capacity_of


def node(allocatable: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    there = {"cpu": "3900m", "memory": "8Gi", "pods": "110", **(allocatable or {})}
    return {"spec": spec, "status": {"allocatable": there}}


def test_machines_add_up() -> None:
    found = capacity_of(
        [node(), node({"nvidia.com/gpu": "2", "nvidia.com/mig-1g.5gb": "4"})], grows=False
    )
    assert (found.cpu, found.memory, found.storage) == (7800, 16 * 1024**3, None)
    assert found.devices == {"nvidia.com/gpu": 2, "nvidia.com/mig-1g.5gb": 4}


def test_machines_that_take_no_tools_do_not_count() -> None:
    closed = node(unschedulable=True)
    control = node(
        taints=[{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
    )
    assert capacity_of([closed, control], grows=False).cpu == 0


def test_a_machine_for_gpus_counts_although_it_keeps_others_out() -> None:
    tainted = node(
        {"nvidia.com/gpu": "1"}, taints=[{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]
    )
    assert capacity_of([tainted], grows=False).devices == {"nvidia.com/gpu": 1}


def test_that_it_grows_is_said() -> None:
    assert capacity_of([], grows=True).grows
