"""What a cluster's machines have left, reckoned as its scheduler does."""

from typing import Any

import pytest

from datalab.providers.cluster.kubernetes.reading import Json
from datalab.providers.cluster.kubernetes.rooms import rooms, taken_by_node, takes
from datalab.providers.cluster.placement import Placement

GPU = "nvidia.com/gpu"
MI = 1024**2
KEPT = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}


def node(name: str = "a", **spec: Any) -> Json:
    allocatable = {"cpu": "4", "memory": "8Gi", GPU: "2", "pods": "110", "hugepages-2Mi": "0"}
    labels = {"pool": name}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
        "status": {"allocatable": allocatable},
    }


def pod(*containers: Json, node: str = "a", phase: str = "Running", **spec: Any) -> Json:
    return {
        "spec": {"nodeName": node, "containers": list(containers), **spec},
        "status": {"phase": phase},
    }


def asks(**requests: str) -> Json:
    return {"resources": {"requests": requests}}


def test_what_pods_ask_for_is_taken_whatever_they_use() -> None:
    limited = {"resources": {"limits": {"cpu": "1", "memory": "64Mi", GPU: "1"}}}
    both = {"resources": {"requests": {"cpu": "250m"}, "limits": {"cpu": "2"}}}
    [found] = rooms([node()], [pod(limited), pod(both)], [Placement()], grows=False)
    assert found.free["cpu"] == 4000 - 1250
    assert found.free["memory"] == (8192 - 64) * MI
    assert (found.there[GPU], found.free[GPU]) == (2, 1)


@pytest.mark.parametrize(
    "gone",
    [
        pytest.param(pod(asks(cpu="1"), phase="Succeeded"), id="ended"),
        pytest.param(pod(asks(cpu="1"), phase="Failed"), id="failed"),
        pytest.param(pod(asks(cpu="1"), node=""), id="on no machine yet"),
    ],
)
def test_what_does_not_run_takes_nothing(gone: Json) -> None:
    assert taken_by_node([gone]) == {}


def test_the_largest_moment_of_a_pod_counts() -> None:
    prepares = asks(cpu="3")
    sidecar = {**asks(cpu="500m"), "restartPolicy": "Always"}
    found = taken_by_node([pod(asks(cpu="1"), initContainers=[prepares, sidecar])])
    assert found["a"]["cpu"] == 3000
    found = taken_by_node([pod(asks(cpu="1"), initContainers=[sidecar, prepares])])
    assert found["a"]["cpu"] == 3500
    found = taken_by_node([pod(asks(cpu="4"), initContainers=[sidecar, prepares])])
    assert found["a"]["cpu"] == 4500


@pytest.mark.parametrize(
    ("spec", "tolerations", "expected"),
    [
        pytest.param({}, [], True, id="open to all"),
        pytest.param({"unschedulable": True}, [{"operator": "Exists"}], False, id="cordoned"),
        pytest.param({"taints": [KEPT]}, [], False, id="kept for others"),
        pytest.param(
            {"taints": [{**KEPT, "effect": "PreferNoSchedule"}]}, [], True, id="better not"
        ),
        pytest.param({"taints": [KEPT]}, [KEPT], True, id="tolerated by its value"),
        pytest.param(
            {"taints": [KEPT]}, [{"key": "gpu", "operator": "Exists"}], True, id="by its key"
        ),
        pytest.param({"taints": [KEPT]}, [{"operator": "Exists"}], True, id="whatever it is"),
        pytest.param({"taints": [KEPT]}, [{**KEPT, "value": "no"}], False, id="another value"),
        pytest.param({"taints": [KEPT]}, [{**KEPT, "key": "cpu"}], False, id="another key"),
        pytest.param(
            {"taints": [KEPT]}, [{**KEPT, "effect": "NoExecute"}], False, id="another effect"
        ),
        pytest.param(
            {"taints": [{"key": "gpu", "effect": "NoSchedule"}]},
            [{"key": "gpu"}],
            True,
            id="a taint without a value",
        ),
    ],
)
def test_taints_keep_out_whoever_does_not_tolerate_them(
    spec: Json, tolerations: list[Json], expected: bool
) -> None:
    assert takes(node(**spec), Placement(tolerations=tolerations)) is expected


def test_each_placement_has_room_of_its_own() -> None:
    there = [node("a"), node("b", taints=[KEPT])]
    gpus = Placement(node_selector={"pool": "b"}, tolerations=[KEPT])
    nowhere = Placement(node_selector={"pool": "c"})
    found = rooms(there, [pod(asks(cpu="1"), node="b")], [Placement(), gpus, nowhere], grows=True)
    assert [one.free.get("cpu") for one in found] == [4000, 3000, None]
    assert all(one.grows for one in found)
