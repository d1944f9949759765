"""What a cluster's machines have left, reckoned as its scheduler does."""

from typing import Any

import pytest

from datalab.providers.cluster.kubernetes.reading import INSTANCE, Json
from datalab.providers.cluster.kubernetes.rooms import rooms, taken_by_node, takes
from datalab.providers.cluster.kubernetes.slimming import slim_pod
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


def pod(
    *containers: Json,
    node: str = "a",
    phase: str = "Running",
    since: int = 0,
    going: bool = False,
    held: str = "",
    **spec: Any,
) -> Json:
    """Of the release `web`. Without a machine it waits for one, `since` some second."""
    metadata = {
        "labels": {INSTANCE: "web"},
        "creationTimestamp": f"2026-01-01T00:00:{since:02}Z",
        **({"deletionTimestamp": "2026-01-01T00:01:00Z"} if going else {}),
    }
    return {
        "metadata": metadata,
        "spec": {"nodeName": node, "containers": list(containers), **spec},
        "status": {
            "phase": phase if node else "Pending",
            "conditions": [{"type": "PodScheduled", "reason": held}],
        },
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


GPUS = {"resources": {"limits": {GPU: "1"}}}


def test_what_waits_and_fits_is_as_good_as_there() -> None:
    """Of two people who look at the last device, only the first is told that it fits."""
    there = [pod(GPUS), pod(GPUS, asks(cpu="3"), node="")]
    [found] = rooms([node()], there, [Placement()], grows=False)
    assert (found.free[GPU], found.free["cpu"]) == (0, 1000)
    assert not found.takes({GPU: 1})
    assert (found.promised[GPU], found.waiting[GPU]) == (1, 1)


def test_what_fits_nowhere_keeps_nobody_else_out() -> None:
    both = {"resources": {"limits": {GPU: "2"}}}
    there = [pod(GPUS), pod(both, asks(cpu="3"), node="")]
    [found] = rooms([node()], there, [Placement()], grows=False)
    assert (found.free[GPU], found.free["cpu"]) == (1, 4000)
    assert (found.promised.get(GPU, 0), found.waiting[GPU]) == (0, 2)


def test_of_those_that_wait_the_first_gets_what_there_is() -> None:
    first, second = asks(cpu="3"), asks(cpu="2")
    for late, free in ((first, 2000), (second, 1000)):
        early = second if late is first else first
        there = [pod(late, node="", since=2), pod(early, node="", since=1)]
        [found] = rooms([node()], there, [Placement()], grows=False)
        assert found.free["cpu"] == free
        assert found.waiting["cpu"] == 5000


def test_as_many_of_a_kind_are_placed_as_there_is_room_for() -> None:
    there = [pod(asks(cpu="3"), node="", since=second) for second in range(5)]
    [found] = rooms([node("a"), node("b")], there, [Placement()], grows=False)
    assert (found.free["cpu"], found.promised["cpu"], found.waiting["cpu"]) == (2000, 6000, 15000)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(pod(GPUS, node="", going=True), id="it is being deleted"),
        pytest.param(pod(GPUS, node="", held="SchedulingGated"), id="some other queue holds it"),
        pytest.param({**pod(GPUS, node=""), "metadata": {"labels": {}}}, id="of no release"),
    ],
)
def test_what_the_scheduler_is_not_asked_for_waits_for_nothing(other: Json) -> None:
    [found] = rooms([node()], [other], [Placement()], grows=False)
    assert (found.free[GPU], found.waiting) == (2, {})


def test_it_waits_for_its_own_machines_only() -> None:
    there = [node("a"), node("b", taints=[KEPT])]
    gpus = Placement(node_selector={"pool": "b"}, tolerations=[KEPT])
    mine = pod(GPUS, node="", nodeSelector={"pool": "b"}, tolerations=[KEPT])
    anywhere, kept = rooms(there, [mine], [Placement(), gpus], grows=False)
    assert (anywhere.free[GPU], anywhere.waiting) == (2, {})
    assert (kept.free[GPU], kept.waiting[GPU]) == (1, 1)


def test_what_is_kept_of_a_pod_says_where_it_waits_until_it_is_there() -> None:
    whole = pod(GPUS, node="", nodeSelector={"pool": "b"}, tolerations=[KEPT])
    assert slim_pod(whole)["spec"]["nodeSelector"] == {"pool": "b"}
    assert slim_pod(whole)["spec"]["tolerations"] == [KEPT]
    whole["spec"]["nodeName"] = "b"
    assert slim_pod(whole)["spec"].keys() == {"nodeName", "containers", "initContainers"}
