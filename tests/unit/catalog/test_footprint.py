from typing import Any

import pytest

from datalab.catalog.footprint import count, count_devices
from datalab.core.errors import InvalidInput
from datalab.core.quantities import Resource

GI = 1024**3


def container(cpu: str = "1", memory: str = "1Gi", **more: Any) -> dict[str, Any]:
    return {"name": "c", "resources": {"limits": {"cpu": cpu, "memory": memory, **more}}}


def workload(*containers: Any, replicas: int = 1, **pod: Any) -> dict[str, Any]:
    template = {
        "metadata": pod.pop("metadata", {}),
        "spec": {"containers": list(containers), **pod},
    }
    return {"kind": "StatefulSet", "spec": {"replicas": replicas, "template": template}}


def claim(size: str) -> dict[str, Any]:
    return {"kind": "PersistentVolumeClaim", "spec": {"resources": {"requests": {"storage": size}}}}


INJECT = {"annotations": {"vault.hashicorp.com/agent-inject": "true"}}
AGENT = "vault.hashicorp.com/agent"
MI = 1024**2


def agent(**said: str) -> dict[str, Any]:
    """The annotations of a pod that says how much its agent may be."""
    told = {f"{AGENT}-{name.replace('_', '-')}": amount for name, amount in said.items()}
    return {"annotations": {f"{AGENT}-inject": "true", **told}}


def sidecar(cpu: str, memory: str) -> dict[str, Any]:
    return {**container(cpu, memory), "restartPolicy": "Always"}


INJECTED = {Resource.CPU: 250, Resource.MEMORY: 128 * 1024**2}


@pytest.mark.parametrize(
    ("manifests", "cpu", "memory", "gpu", "storage"),
    [
        pytest.param([workload(container())], 1000, GI, 0, 0, id="one container"),
        pytest.param([workload(container(), container("500m"))], 1500, 2 * GI, 0, 0, id="two"),
        pytest.param([workload(container(), replicas=3)], 3000, 3 * GI, 0, 0, id="three replicas"),
        pytest.param([workload(container(), replicas=0)], 1000, GI, 0, 0, id="suspended"),
        pytest.param([claim("10Gi"), workload(container())], 1000, GI, 0, 10 * GI, id="a volume"),
        pytest.param(
            [workload(container(**{"nvidia.com/gpu": "2"}))], 1000, GI, 2, 0, id="two GPUs"
        ),
        pytest.param(
            [workload(container(**{"nvidia.com/mig-1g.5gb": "1"}))], 1000, GI, 0, 0, id="a slice is no GPU"
        ),
        pytest.param(
            [workload(container(), initContainers=[container("4", "512Mi")])],
            4000, GI, 0, 0, id="an init container that takes more for a moment",
        ),
        pytest.param(
            [workload(container(), initContainers=[{**container(), "restartPolicy": "Always"}])],
            2000, 2 * GI, 0, 0, id="a native sidecar stays",
        ),
        pytest.param(
            [workload(container(), metadata=INJECT)],
            1250, GI + 128 * 1024**2, 0, 0, id="what the injector adds",
        ),
        pytest.param(
            [workload(container(), metadata=agent(
                requests_cpu="50m", limits_cpu="100m", requests_mem="64Mi", limits_mem="64Mi",
            ))],
            1100, GI + 64 * MI, 0, 0, id="an agent that the pod itself bounds",
        ),
        pytest.param(
            [workload(container(), metadata=agent(requests_cpu="1", requests_mem="1Mi"))],
            2000, GI + 128 * MI, 0, 0, id="an agent of which the injector knows the rest",
        ),
        pytest.param(
            [workload(container(), initContainers=[sidecar("20m", "24Mi")], metadata=INJECT)],
            1270, GI + 152 * MI, 0, 0, id="a sidecar and the agent",
        ),
        pytest.param(
            [workload(container(), initContainers=[sidecar("1", "1Gi"), container("4", "4Gi")])],
            5000, 5 * GI, 0, 0, id="an init container after a sidecar runs beside it",
        ),
        pytest.param(
            [workload(container(), initContainers=[container("4", "4Gi"), sidecar("1", "1Gi")])],
            4000, 4 * GI, 0, 0, id="an init container before a sidecar does not",
        ),
        pytest.param([{"kind": "Service", "spec": {}}], 0, 0, 0, 0, id="nothing that runs"),
    ],
)  # fmt: skip
def test_what_manifests_take(
    manifests: list[Any], cpu: int, memory: int, gpu: int, storage: int
) -> None:
    counted = count(manifests, injected=INJECTED)
    assert counted == {
        Resource.CPU: cpu,
        Resource.MEMORY: memory,
        Resource.GPU: gpu,
        Resource.STORAGE: storage,
        Resource.SERVICES: 1,
    }


@pytest.mark.parametrize(
    ("manifests", "devices"),
    [
        pytest.param([workload(container())], {}, id="none"),
        pytest.param([workload(container(**{"nvidia.com/gpu": "0"}))], {}, id="none of them"),
        pytest.param(
            [workload(container(**{"nvidia.com/gpu": "1", "amd.com/gpu": "2"}))],
            {"amd.com/gpu": 2, "nvidia.com/gpu": 1},
            id="each on its own",
        ),
        pytest.param(
            [workload(container(**{"nvidia.com/mig-1g.5gb": "1"}), replicas=3)],
            {"nvidia.com/mig-1g.5gb": 3},
            id="a slice in three replicas",
        ),
        pytest.param(
            [workload(container(), initContainers=[container(**{"nvidia.com/gpu": "1"})])],
            {"nvidia.com/gpu": 1},
            id="an init container's",
        ),
    ],
)
def test_devices_count_by_their_own_names(manifests: list[Any], devices: dict[str, int]) -> None:
    assert count_devices(manifests) == devices


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param({"name": "c"}, id="no limits"),
        pytest.param(container(cpu="lots"), id="not a quantity"),
        pytest.param(container(memory="9" * 30), id="absurd"),
    ],
)
def test_what_cannot_be_counted_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        count([workload(bad)])


def test_where_nothing_is_injected_the_annotations_count_nothing() -> None:
    """On one machine the platform renders the secrets itself."""
    manifest = workload(container(), metadata=agent(limits_cpu="8", limits_mem="8Gi"))
    assert count([manifest])[Resource.CPU] == 1000


def test_an_agent_without_a_size_is_refused() -> None:
    manifest = workload(container(), metadata=agent(limits_cpu="lots"))
    with pytest.raises(InvalidInput):
        count([manifest], injected=INJECTED)
