"""Services over HTTP: alice and bob in acme, carol looks on, mallory elsewhere."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.launcher.models import Service
from datalab.launcher.tasks import reconcile_due_services
from datalab.tenants.models import Quota, Tenant

URL = "/api/v1/tenants/acme/services"
BODY: dict[str, Any] = {
    "chart": "jupyter",
    "name": "notebook",
    "resources": {"cpu": "1", "memory": "2Gi"},
}
ClientOf = Callable[[User], APIClient]

pytestmark = pytest.mark.usefixtures("acme", "globex")


def settle() -> None:
    """What the worker's beat does while seconds pass."""
    Service.objects.update(check_after=now())
    reconcile_due_services()


@pytest.mark.django_db(transaction=True)
def test_a_launch_is_accepted_then_runs_and_its_url_is_its_own_origin(
    client_of: ClientOf, bob: User
) -> None:
    launched = client_of(bob).post(URL, BODY, format="json")
    assert (launched.status_code, launched.json()["name"]) == (202, "notebook")
    settle()
    service = client_of(bob).get(f"{URL}/notebook").json()
    assert service["phase"] == "running"
    assert service["url"].startswith("http://notebook-acme-")
    assert service["resources"]["cpu"] == "1"
    assert service["owner"]["username"] == "bob"
    assert [entry["phase"] for entry in service["timeline"]][-1] == "running"


@pytest.mark.django_db(transaction=True)
def test_what_was_reserved_is_back_after_removal(
    client_of: ClientOf, bob: User, acme: Tenant
) -> None:
    client = client_of(bob)
    client.post(URL, BODY, format="json")
    assert client.get("/api/v1/tenants/acme/quota").json()["used"]["memory"] == "2Gi"
    assert client.delete(f"{URL}/notebook").status_code == 202
    settle()
    used = client.get("/api/v1/tenants/acme/quota").json()["used"]
    assert used == {"cpu": "0", "memory": "0", "gpu": 0, "storage": "0", "services": 0}
    assert client.get(f"{URL}/notebook").status_code == 404


def test_a_launch_is_audited_without_its_values(client_of: ClientOf, bob: User) -> None:
    client_of(bob).post(URL, BODY, format="json")
    event = Event.objects.get(type="service.launched")
    assert (event.actor, event.data["service"]) == ("bob", "notebook")
    assert "values" not in event.data


def test_what_is_not_enforced_is_told_to_who_runs_the_platform(
    client_of: ClientOf, alice: User
) -> None:
    admin = User.objects.create_user("root", is_platform_admin=True)
    assert client_of(admin).get("/api/v1/platform").json()["not_enforced"]
    assert client_of(alice).get("/api/v1/platform").status_code == 403


def test_a_name_is_used_once(client_of: ClientOf, bob: User, acme: Tenant) -> None:
    client = client_of(bob)
    client.post(URL, BODY, format="json")
    again = client.post(URL, BODY, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert Quota.objects.get(tenant=acme).used_services == 1


def test_a_double_click_is_one_service(client_of: ClientOf, bob: User, acme: Tenant) -> None:
    client = client_of(bob)
    body = {**BODY, "name": ""}
    first = client.post(URL, body, format="json", headers={"Idempotency-Key": "k1"})
    second = client.post(URL, body, format="json", headers={"Idempotency-Key": "k1"})
    assert first.json()["id"] == second.json()["id"]
    assert Quota.objects.get(tenant=acme).used_services == 1


def test_a_refusal_for_quota_says_what_is_missing_and_leaves_nothing(
    client_of: ClientOf, bob: User, acme: Tenant
) -> None:
    Quota.objects.filter(tenant=acme).update(limit_memory=1024**3)
    answer = client_of(bob).post(URL, BODY, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "quota_exceeded")
    assert answer.json()["resources"] == [
        {
            "resource": "memory",
            "whose": "tenant",
            "limit": "1Gi",
            "used": "0",
            "asked": "2Gi",
            "available": "1Gi",
        }
    ]
    assert not Service.objects.exists()
    assert Quota.objects.get(tenant=acme).used_cpu == 0
    assert Event.objects.filter(type="service.refused").count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_launches_against_a_quota_of_five_services(
    client_of: ClientOf, bob: User, acme: Tenant
) -> None:
    Quota.objects.filter(tenant=acme).update(
        limit_services=5, limit_cpu=10**6, limit_memory=2**60, limit_storage=2**60
    )
    answers: list[tuple[int, str]] = []

    def launch() -> None:
        try:
            answer = client_of(bob).post(URL, {**BODY, "name": ""}, format="json")
            answers.append((answer.status_code, answer.json().get("code", "")))
        finally:
            connection.close()

    threads = [threading.Thread(target=launch) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count((202, "")) == 5
    assert answers.count((409, "quota_exceeded")) == 15


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        pytest.param({"name": "-rf"}, 400, "invalid_input", "name", id="a leading dash"),
        pytest.param({"name": "Bad Name"}, 400, "invalid_input", "name", id="a name with a blank"),
        pytest.param({"name": "x" * 64}, 400, "invalid_input", "name", id="a long name"),
        pytest.param({"chart": "nope"}, 404, "not_found", None, id="an unknown chart"),
        pytest.param({"chart": "../../etc"}, 404, "not_found", None, id="a path for a chart"),
        pytest.param({"version": "9.9.9"}, 404, "not_found", None, id="an unknown version"),
        pytest.param(
            {"resources": {"memory": "9000Gi"}}, 400, "invalid_input", None, id="too much memory"
        ),
        pytest.param(
            {"resources": {"cpu": "lots"}}, 400, "invalid_input", None, id="not a quantity"
        ),
        pytest.param(
            {"values": {"nonsense": 1}}, 400, "invalid_input", None, id="a value outside the schema"
        ),
        pytest.param({"values": "a: &a [*a]"}, 400, "invalid_input", "values", id="YAML"),
        pytest.param({"secrets": ["../other"]}, 400, "invalid_input", "path", id="a path upwards"),
    ],
)
def test_bad_input_is_refused_with_its_field_and_nothing_is_written(
    client_of: ClientOf,
    bob: User,
    change: dict[str, Any],
    status: int,
    code: str,
    field: str | None,
) -> None:
    answer = client_of(bob).post(URL, {**BODY, **change}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    if field:
        assert field in answer.json()["fields"]
    assert not Service.objects.exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("post", ""),
        ("get", "/notebook"),
        ("patch", "/notebook"),
        ("delete", "/notebook"),
        ("post", "/notebook/pause"),
        ("post", "/notebook/resume"),
        ("post", "/notebook/restart"),
        ("get", "/notebook/logs"),
    ],
)
def test_another_tenants_member_sees_nothing(
    client_of: ClientOf, bob: User, mallory: User, method: str, path: str
) -> None:
    client_of(bob).post(URL, BODY, format="json")
    answer = getattr(client_of(mallory), method)(URL + path, BODY, format="json")
    missing = getattr(client_of(mallory), method)(
        URL.replace("acme", "nosuch") + path, BODY, format="json"
    )
    assert (answer.status_code, answer.json()) == (404, missing.json())


def test_another_tenants_service_id_is_not_found_in_ones_own_tenant(
    client_of: ClientOf, bob: User, mallory: User
) -> None:
    service_id = client_of(bob).post(URL, BODY, format="json").json()["id"]
    answer = client_of(mallory).get(f"/api/v1/tenants/globex/services/{service_id}")
    assert answer.status_code == 404


def test_a_viewer_looks_but_does_not_touch(client_of: ClientOf, bob: User, carol: User) -> None:
    client_of(bob).post(URL, BODY, format="json")
    assert client_of(carol).get(f"{URL}/notebook").status_code == 200
    assert client_of(carol).post(URL, BODY, format="json").status_code == 403
    assert client_of(carol).delete(f"{URL}/notebook").status_code == 403


def test_a_member_changes_only_their_own_and_an_admin_all(
    client_of: ClientOf, alice: User, bob: User
) -> None:
    client_of(alice).post(URL, {**BODY, "name": "hers"}, format="json")
    client_of(bob).post(URL, {**BODY, "name": "his"}, format="json")
    assert client_of(bob).delete(f"{URL}/hers").status_code == 403
    assert client_of(alice).delete(f"{URL}/his").status_code == 202


@pytest.mark.django_db(transaction=True)
def test_pause_gives_back_and_resume_reserves_again(
    client_of: ClientOf, bob: User, acme: Tenant
) -> None:
    client = client_of(bob)
    client.post(URL, BODY, format="json")
    settle()
    client.post(f"{URL}/notebook/pause")
    settle()
    assert client.get(f"{URL}/notebook").json()["phase"] == "paused"
    assert Quota.objects.get(tenant=acme).used_cpu == 0
    Quota.objects.filter(tenant=acme).update(limit_cpu=500)
    refused = client.post(f"{URL}/notebook/resume")
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    Quota.objects.filter(tenant=acme).update(limit_cpu=1000)
    client.post(f"{URL}/notebook/resume")
    settle()
    assert client.get(f"{URL}/notebook").json()["phase"] == "running"
    assert Quota.objects.get(tenant=acme).used_cpu == 1000


@pytest.mark.django_db(transaction=True)
def test_more_memory_is_reserved_by_the_difference(
    client_of: ClientOf, bob: User, acme: Tenant
) -> None:
    client = client_of(bob)
    client.post(URL, BODY, format="json")
    settle()
    answer = client.patch(
        f"{URL}/notebook", {"resources": {"cpu": "1", "memory": "4Gi"}}, format="json"
    )
    assert answer.status_code == 202
    assert Quota.objects.get(tenant=acme).used_memory == 4 * 1024**3
