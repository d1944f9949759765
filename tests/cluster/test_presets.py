"""Devices and machines by preset, on a node that claims to have devices and is kept for them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.providers.cluster.kubernetes.gathering import NODES
from datalab.providers.cluster.kubernetes.reading import INSTANCE
from tests.cluster.crew import Crew, running_crew
from tests.parts.ports import wait_until

pytestmark = [pytest.mark.kubernetes, pytest.mark.alone, pytest.mark.timeout(420)]

GPU, SLICE, AMD = "nvidia.com/gpu", "nvidia.com/mig-1g.10gb", "amd.com/gpu"
DEVICES = {GPU: 1, SLICE: 2, AMD: 1}
LABEL, TAINT = (
    {"presets.test/pool": "devices"},
    {"key": "presets.test/kept", "effect": "NoSchedule"},
)
TOLERATION = {"key": "presets.test/kept", "operator": "Exists", "effect": "NoSchedule"}
PRESETS = [
    {
        "id": name,
        "title": f"1 {device}",
        "resources": {"devices": {device: 1}},
        "nodeSelector": LABEL,
        "tolerations": [TOLERATION],
    }
    for name, device in (("gpu", GPU), ("slice", SLICE), ("amd", AMD))
]
NO_DEVICE = {**PRESETS[0], "id": "pool", "resources": {}}
NOWHERE = {**NO_DEVICE, "id": "nowhere", "nodeSelector": {"presets.test/pool": "none"}}


@pytest.fixture(scope="module")
def pool(api: KubernetesApi) -> Iterator[str]:
    """The first node: with devices, labelled, and kept for what tolerates it. As before after it."""
    found = api.list(NODES).items[0]
    node, before = f"{NODES}/{found['metadata']['name']}", found["spec"].get("taints") or []
    none = dict.fromkeys(DEVICES)
    api.merge(f"{node}/status", capacity({name: str(n) for name, n in DEVICES.items()}))
    api.merge(node, {"metadata": {"labels": LABEL}, "spec": {"taints": [*before, TAINT]}})
    wait_until(lambda: DEVICES.keys() <= allocatable(api, node).keys(), seconds=60)
    yield node
    gone = {"metadata": {"labels": dict.fromkeys(LABEL)}, "spec": {"taints": before or None}}
    api.merge(node, gone)
    api.merge(f"{node}/status", {"status": {"capacity": none, "allocatable": none}})


def capacity(amounts: Json) -> Json:
    return {"status": {"capacity": amounts}}


def allocatable(api: KubernetesApi, node: str) -> Json:
    found: Json = (api.get(node) or {})["status"]["allocatable"]
    return found


@pytest.fixture(scope="module")
def one_crew(kubeconfig: Path, tiny_image: str, pool: str) -> Iterator[Crew]:
    told = {"DATALAB_PRESETS": json.dumps([*PRESETS, NO_DEVICE, NOWHERE])}
    with running_crew(kubeconfig, image=tiny_image, settings=told) as crew:
        crew.rows(
            'INSERT INTO quotas_devicequota (tenant_id, name, "limit", used)'
            " SELECT id, %s, 8, 0 FROM tenants_tenant RETURNING id",
            SLICE,
        )
        crew.start("portal", "worker", "watcher")
        wait_until(lambda: of_preset(crew, "gpu")["state"] == "fits", seconds=60)
        yield crew


@pytest.fixture
def crew(one_crew: Crew) -> Iterator[Crew]:
    yield one_crew
    one_crew.remove(*one_crew.phases(), seconds=150)
    assert one_crew.tell("drift") == {}


def launch(crew: Crew, name: str, preset: str) -> None:
    body = {"catalog": "tests", "chart": "web", "name": name, "preset": preset}
    answer = crew.call("POST", f"{crew.tenants[0]}/services", json=body)
    assert answer.status_code == 202, answer.text


def of_preset(crew: Crew, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = crew.call("GET", f"{crew.tenants[0]}/room").json()["presets"]
    return next(one for one in found if one["id"] == name)


def free(crew: Crew, preset: str) -> str:
    [device] = of_preset(crew, preset)["resources"]
    return f"{device['free']} of {device['there']}"


def pod_of(crew: Crew, name: str) -> Json:
    path = f"/api/v1/namespaces/{crew.tenants[0]}/pods"
    [found] = crew.api.list(path, labels=f"{INSTANCE}={name}").items
    return found


@pytest.mark.parametrize(("preset", "device"), [("gpu", GPU), ("slice", SLICE), ("amd", AMD)])
def test_a_launch_by_preset_lands_with_its_device_where_the_preset_says(
    crew: Crew, preset: str, device: str
) -> None:
    launch(crew, "web", preset)
    service = crew.until("web", "running")
    assert (service["preset"], service["resources"]["devices"]) == (preset, {device: 1})
    spec = pod_of(crew, "web")["spec"]
    assert spec["nodeSelector"] == LABEL
    assert TOLERATION in spec["tolerations"]
    [container] = spec["containers"]
    assert container["resources"]["limits"][device] == "1"
    assert container["resources"]["requests"][device] == "1"


def test_without_a_preset_nothing_lands_there(crew: Crew) -> None:
    crew.launch("web")
    wait_until(lambda: reason(crew, "web") == "Taint", seconds=60)


def test_a_machine_that_there_is_not_is_told_before_and_after(crew: Crew) -> None:
    assert of_preset(crew, "pool")["state"] == "fits"
    said = of_preset(crew, "nowhere")["because"]
    assert said == "Will wait: there is no machine of the kind that it asks for."
    launch(crew, "web", "nowhere")
    wait_until(lambda: reason(crew, "web") in {"NoSuchMachine", "Taint"}, seconds=60)


def test_what_is_free_follows_launches_and_removals(crew: Crew) -> None:
    wait_until(lambda: free(crew, "slice") == "2 of 2", seconds=60)
    launch(crew, "first", "slice")
    wait_until(lambda: free(crew, "slice") == "1 of 2", seconds=60)
    launch(crew, "second", "slice")
    wait_until(lambda: of_preset(crew, "slice")["state"] == "waits", seconds=60)
    [device] = of_preset(crew, "slice")["resources"]
    assert (device["free"], device["largest"], device["mine"]) == ("0", "0", 2)
    crew.remove("first")
    wait_until(lambda: free(crew, "slice") == "1 of 2", seconds=60)


def test_without_a_free_device_it_is_said_before_and_after_the_launch(crew: Crew) -> None:
    launch(crew, "first", "gpu")
    crew.until("first", "running")
    wait_until(lambda: of_preset(crew, "gpu")["state"] == "waits", seconds=60)
    said = of_preset(crew, "gpu")["because"]
    assert said == f"Will wait: no free {GPU}; 1 of 1 in use, 1 by you."
    launch(crew, "second", "gpu")
    wait_until(lambda: reason(crew, "second") == "DeviceInUse", seconds=60)
    said = f"Will wait: no free {GPU}; 1 of 1 in use and 1 waited for already, 2 by you."
    wait_until(lambda: of_preset(crew, "gpu")["because"] == said, seconds=60)
    crew.remove("first")
    crew.until("second", "running", seconds=120)


def test_what_waits_is_not_free_for_the_next_one(crew: Crew, tiny_image: str) -> None:
    """A pod that has no machine yet, with room for it: as between two people who launch at once."""
    wait_until(lambda: free(crew, "slice") == "2 of 2", seconds=60)
    pods = f"/api/v1/namespaces/{crew.tenants[0]}/pods"
    container = {"name": "x", "image": tiny_image, "resources": {"limits": {SLICE: "1"}}}
    spec = {
        "schedulerName": "nobody",
        "containers": [container],
        "nodeSelector": LABEL,
        "tolerations": [TOLERATION],
    }
    crew.api.create(
        pods, {"metadata": {"name": "soon", "labels": {INSTANCE: "soon"}}, "spec": spec}
    )
    wait_until(lambda: free(crew, "slice") == "1 of 2", seconds=60)
    crew.api.delete(f"{pods}/soon")
    wait_until(lambda: free(crew, "slice") == "2 of 2", seconds=60)


def test_another_preset_gives_the_device_back_and_takes_the_other(crew: Crew) -> None:
    launch(crew, "web", "slice")
    crew.until("web", "running")
    path = f"{crew.tenants[0]}/services/web"
    assert crew.call("PATCH", path, json={"preset": "amd"}).status_code == 202
    wait_until(lambda: limits(crew, "web").get(AMD) == "1", seconds=90)
    assert SLICE not in limits(crew, "web")
    crew.until("web", "running")
    wait_until(lambda: (free(crew, "slice"), free(crew, "amd")) == ("2 of 2", "0 of 1"), seconds=60)


def limits(crew: Crew, name: str) -> Json:
    path = f"/api/v1/namespaces/{crew.tenants[0]}/pods"
    found = crew.api.list(path, labels=f"{INSTANCE}={name}").items
    alive = [one for one in found if "deletionTimestamp" not in one["metadata"]]
    return alive[0]["spec"]["containers"][0]["resources"]["limits"] if alive else {}


def reason(crew: Crew, name: str) -> str:
    found = crew.service(name).get("reason") or {}
    return str(found.get("code", ""))
