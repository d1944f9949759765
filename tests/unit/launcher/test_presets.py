"""Launching by a preset: the server says what it means, and what was launched keeps it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils.timezone import now
from pytest_django import Settings
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.launcher.models import Service
from datalab.launcher.tasks import reconcile_due_services
from datalab.providers import registry
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.quotas.models import DeviceQuota
from datalab.tenants.models import Quota, Tenant

ClientOf = Callable[[User], APIClient]
URL = "/api/v1/tenants/acme/services"
FORM = "/api/v1/tenants/acme/charts/datalab/jupyter/form"
PREVIEW = "/api/v1/tenants/acme/charts/datalab/jupyter/preview"
SLICE = "nvidia.com/mig-1g.10gb"
PRESETS: list[dict[str, Any]] = [
    {"id": "small", "title": "Small", "resources": {"cpu": "500m", "memory": "1Gi"}},
    {
        "id": "slice",
        "title": "A slice",
        "resources": {"cpu": "2", "memory": "4Gi", "devices": {SLICE: 1}},
        "nodeSelector": {"pool": "gpu"},
        "tolerations": [{"key": "gpu", "operator": "Exists"}],
    },
    {"id": "whole", "title": "A whole one", "resources": {"devices": {"amd.com/gpu": 1}}},
    {"id": "theirs", "title": "Theirs", "tenants": ["globex"]},
]
BODY: dict[str, Any] = {"chart": "jupyter", "name": "nb", "preset": "slice"}

pytestmark = pytest.mark.usefixtures("presets")


@pytest.fixture
def presets(acme: Tenant, settings: Settings) -> None:
    settings.PRESETS = PRESETS
    DeviceQuota.objects.create(tenant=acme, name=SLICE, limit=1)
    Quota.objects.filter(tenant=acme).update(limit_gpu=1)


def settle() -> MemoryRuntime:
    Service.objects.update(check_after=now())
    reconcile_due_services()
    runtime = registry.cluster_runtime()
    assert isinstance(runtime, MemoryRuntime)
    return runtime


@pytest.mark.django_db(transaction=True)
def test_what_it_means_is_reserved_and_reaches_the_runtime(
    client_of: ClientOf, bob: User, acme: Tenant
) -> None:
    answer = client_of(bob).post(URL, BODY, format="json")
    assert (answer.status_code, answer.json()["preset"]) == (202, "slice")
    assert answer.json()["resources"] == {
        "cpu": "2",
        "memory": "4Gi",
        "gpu": 0,
        "storage": "10Gi",
        "devices": {SLICE: 1},
    }
    assert DeviceQuota.objects.get(tenant=acme, name=SLICE).used == 1
    [release] = settle().applied.values()
    assert release.placement.to_json() == {
        "node_selector": {"pool": "gpu"},
        "tolerations": [{"key": "gpu", "operator": "Exists"}],
        "devices": {SLICE: 1},
    }


def test_the_quota_of_its_device_holds(client_of: ClientOf, bob: User) -> None:
    client = client_of(bob)
    assert client.post(URL, BODY, format="json").status_code == 202
    refused = client.post(URL, {**BODY, "name": "nb2"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    assert [one["resource"] for one in refused.json()["resources"]] == [SLICE]


@pytest.mark.parametrize("url", [URL, PREVIEW])
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        pytest.param({"preset": "none"}, "preset", id="one that there is not"),
        pytest.param({"preset": "theirs"}, "preset", id="another tenant's"),
        pytest.param({"resources": {"cpu": "8"}}, "resources.cpu", id="more than it says"),
        pytest.param({"resources": {"gpu": 1}}, "resources.gpu", id="a whole one beside a slice"),
        pytest.param({"preset": 5 * [1]}, "preset", id="no text"),
        pytest.param(
            {"values": {"nodeSelector": {"pool": "gpu"}}}, "values.nodeSelector", id="a place"
        ),
        pytest.param(
            {"values": {"tolerations": [{"operator": "Exists"}]}},
            "values.tolerations",
            id="what others are kept from",
        ),
    ],
)
def test_what_cannot_be_had_is_refused_with_its_field(
    client_of: ClientOf, bob: User, url: str, changed: dict[str, Any], field: str
) -> None:
    answer = client_of(bob).post(url, {**BODY, **changed}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert list(answer.json()["fields"]) == [field]
    assert "theirs" not in str(answer.json())


def test_what_it_does_not_say_can_be_chosen_beside_it(client_of: ClientOf, bob: User) -> None:
    body = {**BODY, "resources": {"storage": "3Gi"}}
    assert client_of(bob).post(URL, body, format="json").json()["resources"]["storage"] == "3Gi"


def test_a_whole_device_counts_as_gpu_too(client_of: ClientOf, bob: User, acme: Tenant) -> None:
    answer = client_of(bob).post(URL, {**BODY, "preset": "whole"}, format="json")
    assert answer.json()["resources"]["devices"] == {"amd.com/gpu": 1}
    assert Quota.objects.get(tenant=acme).used_gpu == 1


def test_the_form_offers_what_the_tenant_may_have(client_of: ClientOf, bob: User) -> None:
    offered = client_of(bob).get(FORM).json()["presets"]
    assert [one["id"] for one in offered] == ["small", "slice", "whole"]
    assert offered[1]["resources"] == {"cpu": "2", "memory": "4Gi", "devices": {SLICE: 1}}


def test_nobody_is_told_where_it_runs(client_of: ClientOf, bob: User) -> None:
    """Labels and taints of machines are the operator's own affair."""
    assert "pool" not in client_of(bob).get(FORM).content.decode()
    assert "pool" not in client_of(bob).post(URL, BODY, format="json").content.decode()


def test_a_preview_shows_what_the_launch_will_be(client_of: ClientOf, bob: User) -> None:
    preview = client_of(bob).post(PREVIEW, {"preset": "slice"}, format="json").json()
    assert preview["footprint"]["devices"] == {SLICE: 1}
    assert (preview["fits"], preview["findings"]) == (True, [])


def test_what_a_preset_does_not_say_stays_when_it_changes(client_of: ClientOf, bob: User) -> None:
    """Storage cannot shrink."""
    client = client_of(bob)
    client.post(URL, {**BODY, "resources": {"storage": "30Gi"}}, format="json")
    changed = client.patch(f"{URL}/nb", {"preset": "small"}, format="json")
    assert changed.json()["resources"] == {
        "cpu": "500m",
        "memory": "1Gi",
        "gpu": 0,
        "storage": "30Gi",
    }
    whole = client.patch(f"{URL}/nb", {"preset": "whole"}, format="json").json()["resources"]
    assert (whole["cpu"], whole["devices"]) == ("500m", {"amd.com/gpu": 1})
    refused = client.patch(f"{URL}/nb", {"preset": "small", "resources": {"cpu": "1"}}, "json")
    assert list(refused.json()["fields"]) == ["resources.cpu"]


@pytest.mark.django_db(transaction=True)
def test_another_preset_is_another_size(client_of: ClientOf, bob: User, acme: Tenant) -> None:
    client = client_of(bob)
    client.post(URL, BODY, format="json")
    settle()
    changed = client.patch(f"{URL}/nb", {"preset": "small"}, format="json")
    assert (changed.status_code, changed.json()["preset"]) == (202, "small")
    assert changed.json()["resources"]["cpu"] == "500m"
    assert DeviceQuota.objects.get(tenant=acme, name=SLICE).used == 0
    [release] = settle().applied.values()
    assert not release.placement


def test_sizes_of_ones_own_leave_the_preset(client_of: ClientOf, bob: User, acme: Tenant) -> None:
    client = client_of(bob)
    client.post(URL, BODY, format="json")
    changed = client.patch(f"{URL}/nb", {"resources": {"cpu": "1"}}, format="json")
    assert (changed.json()["preset"], changed.json()["resources"]["cpu"]) == ("", "1")
    assert "devices" not in changed.json()["resources"]
    assert DeviceQuota.objects.get(tenant=acme, name=SLICE).used == 0


@pytest.mark.parametrize(
    "offered",
    [
        pytest.param([], id="withdrawn"),
        pytest.param([{**PRESETS[1], "resources": {"cpu": "8"}}], id="another size"),
        pytest.param([{**PRESETS[1], "tenants": ["globex"]}], id="for others now"),
    ],
)
def test_what_was_launched_keeps_what_its_preset_said_then(
    client_of: ClientOf, bob: User, settings: Settings, offered: list[Any]
) -> None:
    client = client_of(bob)
    client.post(URL, BODY, format="json")
    settings.PRESETS = offered
    values = {"jupyter": {"opens": "tree"}}
    changed = client.patch(f"{URL}/nb", {"values": values}, format="json")
    assert (changed.status_code, changed.json()["preset"]) == (202, "slice")
    assert changed.json()["resources"]["devices"] == {SLICE: 1}
    assert changed.json()["resources"]["cpu"] == "2"
    assert Service.objects.get().placement["node_selector"] == {"pool": "gpu"}


def test_a_service_names_its_preset_as_the_form_does_until_it_is_withdrawn(
    client_of: ClientOf, bob: User, settings: Settings
) -> None:
    client = client_of(bob)
    assert client.post(URL, BODY, format="json").json()["preset"] == "slice"
    assert client.get(f"{URL}/nb").json()["preset_title"] == "A slice"
    settings.PRESETS = PRESETS[:1]
    assert client.get(f"{URL}/nb").json()["preset_title"] == ""
