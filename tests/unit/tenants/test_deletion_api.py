"""Deleting a tenant over HTTP, in two steps: root runs the platform, alice runs acme."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from django.core import signing
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.core.errors import ProviderUnavailable
from datalab.launcher.models import Service
from datalab.launcher.tasks import reconcile_due_services
from datalab.providers import registry
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.providers.objects.memory import MemoryObjects
from datalab.tenants import deletion
from datalab.tenants.actions import create_tenant, is_taken
from datalab.tenants.lifecycle import Kind, Role
from datalab.tenants.members import replace_group_grants
from datalab.tenants.models import FormerTenant, Tenant
from datalab.tenants.tasks import reconcile_due_tenants
from tests.conftest import make_tenant

URL = "/api/v1/tenants/acme"
ClientOf = Callable[[User], APIClient]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_user("root", is_platform_admin=True)


@pytest.fixture
def full(acme: Tenant, client_of: ClientOf, bob: User) -> Tenant:
    """acme with a running notebook, a file and a secret."""
    body = {"chart": "jupyter", "name": "notebook", "resources": {"cpu": "1", "memory": "2Gi"}}
    assert client_of(bob).post(f"{URL}/services", body, format="json").status_code == 202
    settle()
    put(acme, "data.csv", b"12345")
    registry.secret_store().write("acme", "shared/db", {"PASSWORD": "x"}, if_version=None)
    return acme


def put(tenant: Tenant, key: str, content: bytes) -> None:
    cast("MemoryObjects", registry.object_store()).put(tenant.bucket, key, content)


def settle() -> None:
    """What the worker's beat does while seconds pass."""
    for _ in range(4):
        at = now() - timedelta(seconds=1)
        Service.objects.update(check_after=at)
        Tenant.objects.filter(wanted="removed").update(check_after=at)
        reconcile_due_services()
        reconcile_due_tenants()


def looked(client: APIClient) -> dict[str, Any]:
    answer = client.get(f"{URL}/deletion")
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


def order(client: APIClient, **more: object) -> Any:
    body = {"confirmation": looked(client)["confirmation"], **more}
    return client.delete(URL, body, format="json")


def test_first_it_is_shown_what_goes(client_of: ClientOf, root: User, full: Tenant) -> None:
    told = looked(client_of(root))
    counts = {"members": 3, "tokens": 0, "webhooks": 0, "objects": 1, "secrets": 1}
    assert told["leaving"]["counts"] == counts
    (service,) = told["leaving"]["things"]
    assert (service["kind"], service["name"], service["owner"]) == ("services", "notebook", "bob")
    assert (told["leaving"]["size"], told["leaving"]["more_objects"]) == (5, False)
    assert told["removal"] is None


def test_storage_that_removed_services_have_left_is_named_too(
    client_of: ClientOf, root: User, bob: User, full: Tenant
) -> None:
    cluster = cast("MemoryRuntime", registry.cluster_runtime())
    cluster.storage[ReleaseRef(namespace=full.namespace, name="old")] = 3 * 1024**3
    cluster.storage[ReleaseRef(namespace=full.namespace, name="notebook")] = 1
    things = looked(client_of(root))["leaving"]["things"]
    assert [(one["kind"], one["name"]) for one in things] == [
        ("services", "notebook"),
        ("volumes", "old"),
    ]
    assert things[1]["detail"] == "3 GiB, kept when old was removed"
    assert order(client_of(root)).status_code == 202
    settle()
    (former,) = client_of(root).get("/api/v1/platform/former-tenants").json()["results"]
    assert former["totals"]["volumes"] == 1
    assert cluster.volumes(full.namespace, beside=()) == []


def test_where_the_cluster_cannot_say_what_was_left_nothing_can_be_deleted(
    client_of: ClientOf, root: User, full: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmation = looked(client_of(root))["confirmation"]

    def fail(*_: object, **__: object) -> None:
        raise ProviderUnavailable("The cluster does not answer.", provider="cluster")

    monkeypatch.setattr(MemoryRuntime, "volumes", fail)
    client = client_of(root)
    assert client.get(f"{URL}/deletion").status_code == 503
    assert client.delete(URL, {"confirmation": confirmation}, format="json").status_code == 503


def test_with_its_confirmation_everything_goes(
    client_of: ClientOf, root: User, bob: User, full: Tenant
) -> None:
    answer = order(client_of(root), name="Acme")
    assert answer.status_code == 202, answer.content
    settle()
    assert client_of(root).get(URL).status_code == 404
    assert client_of(bob).get(URL).status_code == 404
    assert client_of(bob).get("/api/v1/tenants").json()["results"] == []
    (former,) = client_of(root).get("/api/v1/platform/former-tenants").json()["results"]
    assert (former["slug"], former["totals"]["objects"]) == ("acme", 1)
    asked = Event.objects.get(type="tenant.deletion_asked")
    assert (asked.actor, "1 services" in asked.data["goes"]) == ("root", True)


def test_many_objects_are_said_to_be_more_than_were_counted(
    client_of: ClientOf, root: User, full: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "COUNTED_AT_MOST", 3)
    for number in range(5):
        put(full, f"more/{number}", b"1")
    leaving = looked(client_of(root))["leaving"]
    assert (leaving["counts"]["objects"], leaving["more_objects"]) == (3, True)


def test_a_list_that_has_changed_must_be_looked_at_again(
    client_of: ClientOf, root: User, full: Tenant
) -> None:
    confirmation = looked(client_of(root))["confirmation"]
    put(full, "late.csv", b"6")
    answer = client_of(root).delete(URL, {"confirmation": confirmation}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "look at the list again" in answer.json()["detail"]
    full.refresh_from_db()
    assert full.wanted == "active"


def test_a_confirmation_is_for_one_person_and_a_few_minutes(
    client_of: ClientOf, root: User, full: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = User.objects.create_user("other", is_platform_admin=True)
    confirmation = looked(client_of(root))["confirmation"]
    forged = signing.dumps({"tenant": str(full.id)}, salt="something else")
    for client, given in ((client_of(other), confirmation), (client_of(root), forged)):
        answer = client.delete(URL, {"confirmation": given}, format="json")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["confirmation"])
    monkeypatch.setattr(deletion, "CONFIRM_WITHIN", timedelta(seconds=-1))
    answer = client_of(root).delete(URL, {"confirmation": confirmation}, format="json")
    assert "older than" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"name": "Globex"}, "name", id="another name"),
        pytest.param({"retention_days": 91}, "retention_days", id="too long"),
        pytest.param({"retention_days": -1}, "retention_days", id="before today"),
        pytest.param({"confirmation": ""}, "confirmation", id="no confirmation"),
    ],
)
def test_bad_input_is_refused_with_its_field(
    client_of: ClientOf, root: User, full: Tenant, change: dict[str, object], field: str
) -> None:
    answer = order(client_of(root), **change)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]


def test_until_its_date_it_is_kept_and_can_be_had_back_as_it_was(
    client_of: ClientOf, root: User, bob: User, full: Tenant
) -> None:
    assert order(client_of(root), retention_days=7).status_code == 202
    settle()
    removal = looked(client_of(root))["removal"]
    assert (removal["step"], removal["cancellable"], removal["by"]) == ("retention", True, "root")
    assert client_of(bob).get(f"{URL}/services/notebook").json()["phase"] == "paused"
    refused = client_of(bob).post(f"{URL}/services/notebook/resume")
    assert (refused.status_code, refused.json()["code"]) == (409, "tenant_suspended")
    assert client_of(root).get(URL).json()["state"] == "deleting"
    assert client_of(root).post(f"{URL}/deletion/cancel").status_code == 200
    settle()
    assert client_of(root).get(URL).json()["state"] == "active"
    assert client_of(bob).get(f"{URL}/services/notebook").json()["phase"] == "running"
    assert client_of(root).post(f"{URL}/deletion/cancel").status_code == 409


def test_what_was_suspended_is_so_again_after_a_cancelled_deletion(
    client_of: ClientOf, root: User, full: Tenant
) -> None:
    client_of(root).post(f"{URL}/suspend", {"reason": "the invoice is open"}, format="json")
    settle()
    order(client_of(root), retention_days=7)
    settle()
    client_of(root).post(f"{URL}/deletion/cancel")
    settle()
    told = client_of(root).get(URL).json()
    assert (told["state"], told["suspension"]["reason"]) == ("suspended", "the invoice is open")
    assert Service.objects.get().phase.value == "paused"
    client_of(root).post(f"{URL}/reactivate")
    settle()
    assert Service.objects.get().phase.value == "running"


def test_once_something_is_destroyed_there_is_no_way_back(
    client_of: ClientOf, root: User, full: Tenant
) -> None:
    order(client_of(root), retention_days=7)
    Tenant.objects.filter(pk=full.pk).update(removal_step="services")
    assert client_of(root).post(f"{URL}/deletion/cancel").status_code == 409
    assert order_again(client_of(root), full) == 409


def order_again(client: APIClient, tenant: Tenant) -> int:
    leaving = deletion.what_goes(tenant)
    body = {"confirmation": deletion.confirmation_of(tenant, leaving, "root")}
    status: int = client.delete(URL, body, format="json").status_code
    return status


def test_a_group_lets_nobody_into_what_is_being_deleted(
    client_of: ClientOf, root: User, full: Tenant, mallory: User
) -> None:

    order(client_of(root), retention_days=7)
    replace_group_grants(user=mallory, grants={"acme": Role.MEMBER}, by="mallory")
    assert not full.memberships.filter(user=mallory).exists()


def test_its_name_rests_for_a_while(root: User) -> None:
    tenant = make_tenant("initech")
    FormerTenant.objects.create(
        id=tenant.id,
        slug="acme",
        display_name="Acme",
        kind="business_unit",
        deleted_by="root",
        created_at=now(),
        deleted_at=now() - timedelta(days=29),
    )
    made = create_tenant(display_name="Acme", kind=Kind.BUSINESS_UNIT, limits={}, by="root")
    assert made.slug.startswith("acme--")
    FormerTenant.objects.update(deleted_at=now() - timedelta(days=31))
    assert not is_taken("acme")
