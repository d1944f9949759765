"""What the operator says about place and devices, on top of what a chart says."""

import copy
from typing import Any

from datalab.providers.cluster.placement import Placement, placed

SLICE = "nvidia.com/mig-1g.10gb"
TAINT = {"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}
POOL = Placement(node_selector={"pool": "gpu"}, tolerations=[TAINT], devices={SLICE: 1})


def workload(name: str, kind: str = "StatefulSet", **pod: Any) -> dict[str, Any]:
    limits = {"cpu": "1", "memory": "1Gi"}
    tool = {"name": "tool", "resources": {"limits": limits, "requests": dict(limits)}}
    spec = {"containers": [tool, {"name": "helper"}], **pod}
    return {"kind": kind, "metadata": {"name": name}, "spec": {"template": {"spec": spec}}}


def pods(*manifests: dict[str, Any], placement: Placement = POOL) -> list[dict[str, Any]]:
    found = placed(manifests, placement, release="lab")
    return [one["spec"]["template"]["spec"] for one in found]


def test_a_pod_goes_where_the_placement_says_beside_what_its_image_needs() -> None:
    system = {"kubernetes.io/os": "linux"}
    [pod] = pods(workload("lab", nodeSelector=system))
    assert pod["nodeSelector"] == {**system, "pool": "gpu"}
    assert pod["tolerations"] == [TAINT]


def test_the_first_container_of_the_tool_has_the_devices_and_no_other() -> None:
    database, tool = pods(workload("lab-db", "Deployment"), workload("lab"))
    assert [
        one.get("resources", {}).get("limits", {}).get(SLICE) for one in tool["containers"]
    ] == [
        "1",
        None,
    ]
    assert SLICE not in database["containers"][0]["resources"]["limits"]
    assert database["nodeSelector"] == {"pool": "gpu"}


def test_without_one_of_its_name_the_first_workload_is_the_tool() -> None:
    first, second = pods(workload("lab-tool"), workload("lab-db"))
    assert SLICE in first["containers"][0]["resources"]["limits"]
    assert SLICE not in second["containers"][0]["resources"]["limits"]


def test_its_devices_take_the_place_of_the_charts() -> None:
    said = workload("lab")
    [tool, _] = said["spec"]["template"]["spec"]["containers"]
    tool["resources"]["limits"]["nvidia.com/gpu"] = "2"
    tool["resources"]["requests"]["nvidia.com/gpu"] = "2"
    [pod] = pods(said)
    resources = pod["containers"][0]["resources"]
    assert resources["limits"] == {"cpu": "1", "memory": "1Gi", SLICE: "1"}
    assert resources["requests"] == {"cpu": "1", "memory": "1Gi"}


def test_a_placement_without_devices_leaves_the_charts_alone() -> None:
    said = workload("lab")
    [tool, _] = said["spec"]["template"]["spec"]["containers"]
    tool["resources"]["limits"]["nvidia.com/gpu"] = "2"
    [pod] = pods(said, placement=Placement(node_selector={"pool": "gpu"}))
    assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "2"


def test_what_was_rendered_stays_as_it_was() -> None:
    said = workload("lab")
    before = copy.deepcopy(said)
    pods(said)
    assert said == before


def test_without_one_nothing_is_changed() -> None:
    assert placed([workload("lab")], Placement(), release="lab") == [workload("lab")]


def test_it_is_kept_in_a_row_and_found_again() -> None:
    assert Placement.from_json(POOL.to_json()) == POOL
    assert Placement().to_json() == {}
    assert Placement.from_json({}) == Placement()
