"""A tenant's quota over HTTP: alice and bob in acme, carol looks on, root runs the platform."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.launcher import reservation
from datalab.launcher.drift import mend_drift
from datalab.launcher.models import Service
from datalab.quotas.models import DeviceQuota, MemberQuota
from datalab.tenants.models import Quota, Tenant

URL = "/api/v1/tenants/acme/quota"
SERVICES = "/api/v1/tenants/acme/services"
SLICE = "nvidia.com/mig-1g.5gb"
ClientOf = Callable[[User], APIClient]

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_user("root", is_platform_admin=True)


def body(name: str = "notebook", **resources: Any) -> dict[str, Any]:
    sizes = {"cpu": "1", "memory": "2Gi", "storage": "1Gi", **resources}
    return {"chart": "jupyter", "name": name, "resources": sizes}


def effective(answer: Any, resource: str) -> tuple[str, str]:
    found = next(one for one in answer["effective"] if one["resource"] == resource)
    return found["effective"], found["because"]


def test_the_picture_says_who_holds_what(client_of: ClientOf, alice: User, bob: User) -> None:
    client_of(bob).post(SERVICES, body(), format="json")
    quota = client_of(alice).get(URL).json()
    holder = quota["reserved_by"]["services"][0]
    assert (holder["name"], holder["owner"], holder["resources"]["cpu"]) == ("notebook", "bob", "1")
    used = {one["username"]: one["used"]["cpu"] for one in quota["per_member"]}
    assert used == {"alice": "0", "bob": "1", "carol": "0"}
    mine = client_of(bob).get(URL).json()["per_member"]
    assert [one["username"] for one in mine] == ["bob"]


def test_the_effective_limit_is_said_in_one_sentence(
    client_of: ClientOf, alice: User, bob: User
) -> None:
    client_of(bob).post(SERVICES, body(), format="json")
    free = effective(client_of(bob).get(URL).json(), "cpu")
    assert free == ("8", "1 that you hold + 7: the tenant has 7 of 8 free")
    client_of(alice).put(f"{URL}/members/bob", {"limits": {"cpu": "4"}}, format="json")
    own = effective(client_of(bob).get(URL).json(), "cpu")
    assert own == ("4", "your own limit, 4; the tenant has 7 of 8 free")


def test_a_limit_below_what_is_used_is_accepted_and_explained(
    client_of: ClientOf, bob: User, root: User
) -> None:
    client_of(bob).post(SERVICES, body(cpu="3"), format="json")
    answer = client_of(root).put(URL, {"limits": {"cpu": "2"}}, format="json")
    assert answer.status_code == 200
    assert answer.json()["notes"] == [
        "3 of 2 cpu are used: nothing stops, new launches that take cpu wait until 1 and what "
        "they need are given back."
    ]
    assert answer.json()["available"]["cpu"] == "0"
    assert client_of(bob).post(SERVICES, body("two"), format="json").status_code == 409
    assert Service.objects.get(name="notebook").wanted == "running"
    event = Event.objects.get(type="quota.changed")
    assert event.before is not None
    assert event.after is not None
    assert (event.before["cpu"], event.after["cpu"]) == ("8", "2")


def test_full_storage_lets_a_small_service_start_to_clean_up(
    client_of: ClientOf, bob: User, root: User
) -> None:
    client_of(bob).post(SERVICES, body(storage="10Gi"), format="json")
    client_of(root).put(URL, {"limits": {"storage": "5Gi"}}, format="json")
    refused = client_of(bob).post(SERVICES, body("more"), format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    assert "a service without storage of its own" in refused.json()["detail"]
    small = {
        "chart": "jupyter",
        "name": "sweeper",
        "resources": {"cpu": "500m", "memory": "1Gi"},
        "values": {"persistence": {"enabled": False}},
    }
    assert client_of(bob).post(SERVICES, small, format="json").status_code == 202
    assert any("to clean up" in note for note in client_of(bob).get(URL).json()["notes"])


def test_a_clean_up_service_does_not_pass_by_the_other_limits(
    client_of: ClientOf, bob: User, root: User
) -> None:
    client_of(bob).post(SERVICES, body(storage="10Gi"), format="json")
    client_of(root).put(URL, {"limits": {"storage": "5Gi", "cpu": "1"}}, format="json")
    small = {
        "chart": "jupyter",
        "resources": {"cpu": "500m", "memory": "1Gi"},
        "values": {"persistence": {"enabled": False}},
    }
    refused = client_of(bob).post(SERVICES, small, format="json")
    assert [one["resource"] for one in refused.json()["resources"]] == ["cpu"]


def test_a_member_is_refused_by_their_own_limit_and_told_so(
    client_of: ClientOf, alice: User, bob: User
) -> None:
    client_of(bob).post(SERVICES, body("before"), format="json")
    client_of(alice).put(f"{URL}/member-default", {"limits": {"cpu": "1500m"}}, format="json")
    preview = client_of(bob).post(
        "/api/v1/tenants/acme/charts/datalab/jupyter/preview", body("x"), format="json"
    )
    assert preview.json()["own"]["after"] == {"cpu": "2"}
    assert not preview.json()["fits"]
    refused = client_of(bob).post(SERVICES, body("two"), format="json").json()
    assert [(one["resource"], one["whose"]) for one in refused["resources"]] == [("cpu", "member")]
    assert client_of(alice).post(SERVICES, body("hers"), format="json").status_code == 202


def test_a_paused_service_is_resumed_within_the_owners_limit(
    client_of: ClientOf, alice: User, bob: User
) -> None:
    client_of(bob).post(SERVICES, body(), format="json")
    service = Service.objects.get(name="notebook")
    reservation.drop_compute(service)
    client_of(alice).put(f"{URL}/members/bob", {"limits": {"cpu": "500m"}}, format="json")
    resumed = client_of(alice).post(f"{SERVICES}/notebook/resume")
    assert (resumed.status_code, resumed.json()["resources"][0]["whose"]) == (409, "member")
    assert not Service.objects.get(name="notebook").holds_compute


def test_a_slice_is_launched_and_counted_by_its_name(
    client_of: ClientOf, bob: User, root: User
) -> None:
    limits = {"limits": {"gpu": 2, "devices": {"nvidia.com/gpu": 1, SLICE: 4}}}
    answer = client_of(root).put(URL, limits, format="json").json()
    assert answer["limits"]["devices"] == {"nvidia.com/gpu": 1, SLICE: 4}
    launched = client_of(bob).post(SERVICES, body(gpu=1), format="json")
    assert launched.json()["resources"]["devices"] == {"nvidia.com/gpu": 1}
    quota = client_of(bob).get(URL).json()
    assert (quota["used"]["gpu"], quota["used"]["devices"]) == (1, {"nvidia.com/gpu": 1, SLICE: 0})
    refused = client_of(bob).post(SERVICES, body("two", gpu=1), format="json").json()
    assert refused["resources"][0]["resource"] == "nvidia.com/gpu"


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param({"cpu": "many"}, id="no quantity"),
        pytest.param({"devices": {"example.com/thing": 1}}, id="no device"),
        pytest.param({"devices": {SLICE: -1}}, id="less than none"),
        pytest.param({"gpu": 10**9}, id="absurd"),
        pytest.param({"cpu": None}, id="a tenant has a limit of everything"),
    ],
)
def test_a_wrong_limit_is_refused(client_of: ClientOf, root: User, limits: Any) -> None:
    answer = client_of(root).put(URL, {"limits": limits}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_drift_of_every_counter_is_reported_and_mended(
    client_of: ClientOf, acme: Tenant, alice: User, bob: User, root: User
) -> None:
    client_of(root).put(URL, {"limits": {"gpu": 4}}, format="json")
    client_of(alice).put(f"{URL}/members/bob", {"limits": {"cpu": "4"}}, format="json")
    client_of(bob).post(SERVICES, body(gpu=1), format="json")
    Quota.objects.filter(tenant=acme).update(used_cpu=7000)
    DeviceQuota.objects.filter(tenant=acme).update(used=3)
    MemberQuota.objects.filter(tenant=acme, user=bob).update(used_memory=0)
    assert mend_drift(acme) == {"cpu": 6000, "nvidia.com/gpu": 2, "bob: memory": -2 * 1024**3}
    assert mend_drift(acme) == {}
    assert Event.objects.filter(type="quota.mended").count() == 1


def test_a_hand_over_takes_its_reservation_along(
    client_of: ClientOf, acme: Tenant, alice: User, bob: User
) -> None:
    client_of(alice).put(f"{URL}/member-default", {"limits": {"cpu": "4"}}, format="json")
    client_of(bob).post(SERVICES, body(), format="json")
    reservation.move_to(Service.objects.get(name="notebook"), alice)
    assert Service.objects.get(name="notebook").owner == alice
    assert MemberQuota.objects.get(tenant=acme, user=alice).used_cpu == 1000
    assert mend_drift(acme) == {}
