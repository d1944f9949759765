"""What a person can have right now, over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from pytest_django import Settings
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.catalog.presets import placements
from datalab.launcher.models import Service
from datalab.providers import registry
from datalab.providers.cluster.base import Capacity
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.providers.cluster.placement import Placement
from datalab.providers.cluster.room import room_of
from datalab.quotas.models import DeviceQuota, MemberQuota
from datalab.quotas.room import write_down
from datalab.tenants.models import Quota, Tenant

ClientOf = Callable[[User], APIClient]
ROOM = "/api/v1/tenants/acme/room"
PREVIEW = "/api/v1/tenants/acme/charts/datalab/jupyter/preview"
LAUNCH = "/api/v1/tenants/acme/services"
GPU = "nvidia.com/gpu"
GI = 1024**3
PRESETS: list[dict[str, Any]] = [
    {"id": "small", "title": "Small", "resources": {"cpu": "1", "memory": "2Gi"}},
    {"id": "gpu", "title": "GPU", "resources": {"devices": {GPU: 1}}, "nodeSelector": {"a": "b"}},
]


@pytest.fixture(autouse=True)
def presets(acme: Tenant, settings: Settings) -> None:
    settings.PRESETS = PRESETS
    limits = {"limit_cpu": 4000, "limit_memory": 16 * GI, "limit_gpu": 2, "limit_services": 9}
    Quota.objects.filter(tenant=acme).update(**limits)


def machines(*gpus_free: int, there: int = 2, age: timedelta = timedelta()) -> None:
    """As the watcher writes them down: one for everybody, and some for the preset."""
    anywhere = room_of([({"cpu": 8000, "memory": 8 * GI}, {"cpu": 6500})])
    has = {"cpu": 8000, "memory": 64 * GI, GPU: there}
    kept = room_of([(has, {GPU: there - free}) for free in gpus_free])
    places = placements()
    write_down(
        {place: kept if one.node_selector else anywhere for place, one in places.items()},
        now() - age,
    )


def of_preset(client: APIClient, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = client.get(ROOM).json()["presets"]
    return next(one for one in found if one["id"] == name)


def test_what_is_free_and_what_the_quota_leaves(client_of: ClientOf, bob: User) -> None:
    machines(2)
    cpu, memory = client_of(bob).get(ROOM).json()["resources"]
    assert cpu == {
        "resource": "cpu",
        "there": "8",
        "free": "1500m",
        "largest": "1500m",
        "left": "4",
        "mine": None,
    }
    assert (memory["resource"], memory["free"], memory["left"]) == ("memory", "8Gi", "16Gi")


def test_a_device_that_no_machine_has_is_not_told(client_of: ClientOf, bob: User) -> None:
    write_down({Placement().place: room_of([({"cpu": 8000, "memory": GI, GPU: 0}, {})])}, now())
    told = client_of(bob).get(ROOM).json()["resources"]
    assert [one["resource"] for one in told] == ["cpu", "memory"]


def test_a_preset_is_told_by_the_machines_that_it_leads_to(client_of: ClientOf, bob: User) -> None:
    machines(1, 2)
    found = of_preset(client_of(bob), "gpu")
    assert (found["state"], found["because"]) == ("fits", "")
    [devices] = found["resources"]
    assert devices == {
        "resource": GPU,
        "there": "4",
        "free": "3",
        "largest": "2",
        "left": "2",
        "mine": 0,
    }


def test_without_a_free_device_it_will_wait_and_can_be_launched(
    client_of: ClientOf, bob: User
) -> None:
    machines(1, there=1)
    client = client_of(bob)
    body = {"chart": "jupyter", "name": "nb", "preset": "gpu"}
    assert client.post(LAUNCH, body, format="json").status_code == 202
    machines(0, there=1)
    found = of_preset(client, "gpu")
    assert found["state"] == "waits"
    assert found["because"] == f"Will wait: no free {GPU}; 1 of 1 in use, 1 by you."
    assert found["resources"][0]["mine"] == 1
    preview = client.post(PREVIEW, {"preset": "gpu"}, format="json").json()
    assert preview["room"]["state"] == "waits"
    assert preview["fits"] is True
    assert client.post(LAUNCH, {**body, "name": "nb2"}, format="json").status_code == 202


def test_what_the_quota_forbids_is_refused_with_its_reason(
    client_of: ClientOf, bob: User, acme: Tenant
) -> None:
    machines(2)
    Quota.objects.filter(tenant=acme).update(limit_gpu=0)
    found = of_preset(client_of(bob), "gpu")
    assert found["state"] == "refused"
    assert found["because"] == "Over the quota: gpu: 1 asked, 0 of 0 free."
    assert found["resources"][0]["left"] == "0"


@pytest.mark.parametrize("whose", ["tenant", "member"])
def test_the_tighter_limit_says_what_is_left(
    client_of: ClientOf, bob: User, acme: Tenant, whose: str
) -> None:
    machines(2)
    if whose == "member":
        MemberQuota.objects.create(tenant=acme, user=bob, limit_cpu=500)
        Quota.objects.filter(tenant=acme).update(counts_members=True)
    else:
        Quota.objects.filter(tenant=acme).update(limit_cpu=500)
    assert client_of(bob).get(ROOM).json()["resources"][0]["left"] == "500m"
    assert of_preset(client_of(bob), "small")["state"] == "refused"


def test_a_slice_without_a_limit_is_none_of_this_tenants(
    client_of: ClientOf, bob: User, acme: Tenant, settings: Settings
) -> None:
    name = "nvidia.com/mig-1g.10gb"
    settings.PRESETS = [{**PRESETS[1], "resources": {"devices": {name: 1}}}]
    machines(2)
    assert of_preset(client_of(bob), "gpu")["resources"][0]["left"] == "0"
    DeviceQuota.objects.create(tenant=acme, name=name, limit=3, used=1)
    assert of_preset(client_of(bob), "gpu")["resources"][0]["left"] == "2"


def test_what_was_written_down_long_ago_is_not_believed(
    client_of: ClientOf, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody watches any more, and a cluster is not asked for that."""
    monkeypatch.setattr(MemoryRuntime, "room", lambda *_: None)
    machines(2, age=timedelta(minutes=2))
    found = of_preset(client_of(bob), "gpu")
    assert (found["state"], found["because"]) == ("unknown", "")
    assert found["resources"][0]["free"] is None
    assert client_of(bob).post(PREVIEW, {}, format="json").json()["room"]["state"] == "unknown"


def test_on_one_machine_what_is_promised_is_taken(
    client_of: ClientOf, bob: User, mallory: User, globex: Tenant
) -> None:
    """Another tenant's too, as a number."""
    runtime = registry.cluster_runtime()
    assert isinstance(runtime, MemoryRuntime)
    runtime.holds = Capacity(cpu=4000, memory=8 * GI, storage=1, devices={GPU: 1})
    Quota.objects.filter(tenant=globex).update(used_cpu=3500)
    answer = client_of(bob).get(ROOM)
    cpu, _, gpu = answer.json()["resources"]
    assert (cpu["there"], cpu["free"]) == ("4", "500m")
    assert (gpu["resource"], gpu["free"]) == (GPU, "1")
    assert "globex" not in answer.content.decode().lower()
    assert of_preset(client_of(bob), "small")["because"] == (
        "Will wait: no machine has 1 core free; the most is 0.5."
    )


def test_it_costs_as_many_queries_for_many_presets_as_for_one(
    client_of: ClientOf, bob: User, settings: Settings
) -> None:
    machines(2)
    client = client_of(bob)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(ROOM).status_code == 200
        return len(asked)

    queries()
    few = queries()
    settings.PRESETS = [
        {**PRESETS[1], "id": f"p{n}", "resources": {"devices": {f"v{n}.com/gpu": 1}}}
        for n in range(40)
    ]
    assert queries() == few


def test_the_runtime_is_not_asked_where_a_watcher_tells(
    client_of: ClientOf, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines(2)
    monkeypatch.delattr(MemoryRuntime, "capacity")
    monkeypatch.delattr(MemoryRuntime, "room")
    client = client_of(bob)
    assert client.get(ROOM).status_code == 200
    assert client.post(PREVIEW, {"preset": "gpu"}, format="json").status_code == 200


def test_a_place_has_the_same_name_for_whatever_devices() -> None:
    one, other = (Placement(node_selector={"a": "b"}, devices={GPU: n}) for n in (0, 2))
    assert one.place == other.place != Placement().place


def test_paused_devices_are_nobodys(client_of: ClientOf, bob: User) -> None:
    machines(2)
    client = client_of(bob)
    client.post(LAUNCH, {"chart": "jupyter", "name": "nb", "preset": "gpu"}, format="json")
    Service.objects.update(holds_compute=False)
    assert of_preset(client, "gpu")["resources"][0]["mine"] == 0
