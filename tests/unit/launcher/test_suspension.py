"""What a tenant's suspension does to what runs in it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.core.quantities import Resource
from datalab.gate.rights import standing_of
from datalab.launcher.models import Service
from datalab.launcher.tasks import reconcile_due_services, reconcile_service
from datalab.providers import registry
from datalab.providers.cluster.base import Observation, Observed, ReleaseRef
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.tenants import quota
from datalab.tenants.models import Quota, Tenant
from datalab.tenants.suspension import reactivate_tenant, suspend_tenant

URL = "/api/v1/tenants/acme"
ClientOf = Callable[[User], APIClient]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_user("root", is_platform_admin=True)


def runtime() -> MemoryRuntime:
    found = registry.cluster_runtime()
    assert isinstance(found, MemoryRuntime)
    return found


def launch(client: APIClient, name: str) -> None:
    body = {"chart": "jupyter", "name": name, "resources": {"cpu": "1", "memory": "2Gi"}}
    assert client.post(f"{URL}/services", body, format="json").status_code == 202
    settle()


def settle() -> None:
    """What the worker's beat does while seconds pass."""
    for _ in range(2):
        Service.objects.update(check_after=now() - timedelta(seconds=1))
        reconcile_due_services()


def phases() -> dict[str, str]:
    return {one.name: one.phase.value for one in Service.objects.all()}


def paused_outside() -> dict[str, bool]:
    return {ref.name: release.paused for ref, release in runtime().applied.items()}


def suspend(client: APIClient, reason: str = "the invoice is open") -> None:
    assert client.post(f"{URL}/suspend", {"reason": reason}, format="json").status_code == 200
    settle()


def test_everything_that_runs_pauses_and_gives_back_and_runs_again_afterwards(
    client_of: ClientOf, root: User, bob: User, acme: Tenant
) -> None:
    for name in ("ran", "slept"):
        launch(client_of(bob), name)
    client_of(bob).post(f"{URL}/services/slept/pause")
    settle()
    suspend(client_of(root))
    assert phases() == {"ran": "paused", "slept": "paused"}
    assert paused_outside() == {"ran": True, "slept": True}
    assert quota.quota_of(acme).used[Resource.CPU] == 0
    client_of(root).post(f"{URL}/reactivate")
    settle()
    assert phases() == {"ran": "running", "slept": "paused"}
    assert quota.quota_of(acme).used[Resource.CPU] == 1000


def test_what_has_no_room_any_more_stays_paused_when_it_ends(
    client_of: ClientOf, root: User, bob: User, acme: Tenant
) -> None:
    for name in ("first", "second"):
        launch(client_of(bob), name)
    suspend(client_of(root))
    Quota.objects.filter(tenant=acme).update(limit_cpu=1000)
    client_of(root).post(f"{URL}/reactivate")
    settle()
    assert phases() == {"first": "running", "second": "paused"}
    assert quota.quota_of(acme).used[Resource.CPU] == 1000
    assert Event.objects.get(type="service.refused").data["service"] == "second"


def test_what_somebody_pauses_during_the_suspension_stays_paused(
    client_of: ClientOf, root: User, bob: User, acme: Tenant
) -> None:
    launch(client_of(bob), "notebook")
    suspend(client_of(root))
    assert client_of(bob).post(f"{URL}/services/notebook/pause").status_code == 202
    client_of(root).post(f"{URL}/reactivate")
    settle()
    assert phases() == {"notebook": "paused"}


def test_what_had_failed_is_not_started_by_the_end_of_a_suspension(
    client_of: ClientOf, root: User, bob: User, acme: Tenant
) -> None:
    launch(client_of(bob), "broken")
    ref = ReleaseRef(namespace=acme.namespace, name="broken")
    runtime().show(ref, Observation(state=Observed.FAILED))
    settle()
    suspend(client_of(root))
    client_of(root).post(f"{URL}/reactivate")
    settle()
    assert phases() == {"broken": "paused"}


def test_no_sweep_starts_what_came_in_at_the_very_moment_of_the_suspension(
    client_of: ClientOf, root: User, bob: User, acme: Tenant
) -> None:
    launch(client_of(bob), "notebook")
    suspend(client_of(root))
    # As a launch leaves it that had passed the door before, and was written after.
    Service.objects.update(wanted="running", generation=9, resume_with_tenant=False)
    reconcile_service(str(Service.objects.get().pk))
    settle()
    assert (phases(), paused_outside()) == ({"notebook": "paused"}, {"notebook": True})
    reactivate_tenant(tenant=acme, by="root")
    settle()
    assert phases() == {"notebook": "running"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("post", "/services", {"chart": "jupyter", "name": "more"}, id="launch"),
        pytest.param("post", "/services/notebook/resume", {}, id="resume"),
        pytest.param("post", "/services/notebook/restart", {}, id="restart"),
        pytest.param("patch", "/services/notebook", {"resources": {"cpu": "2"}}, id="resize"),
        pytest.param("put", "/secrets/db", {"data": {"A": "1"}}, id="a secret"),
        pytest.param("delete", "/secrets/db", {}, id="a secret's end"),
        pytest.param("post", "/members", {"username": "mallory", "role": "member"}, id="a member"),
    ],
)
def test_a_change_is_refused_with_why_and_whom_to_ask(
    client_of: ClientOf,
    root: User,
    alice: User,
    mallory: User,
    acme: Tenant,
    method: str,
    path: str,
    body: dict[str, object],
) -> None:
    launch(client_of(alice), "notebook")
    suspend(client_of(root))
    answer = getattr(client_of(alice), method)(URL + path, body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "tenant_suspended")
    assert "the invoice is open" in answer.json()["detail"]
    assert "ask root" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["", "/services", "/services/notebook", "/secrets", "/quota"])
def test_members_still_look_at_everything(
    client_of: ClientOf, root: User, bob: User, acme: Tenant, path: str
) -> None:
    launch(client_of(bob), "notebook")
    suspend(client_of(root))
    assert client_of(bob).get(URL + path).status_code == 200


def test_what_runs_no_more_can_still_be_removed_and_a_member_too(
    client_of: ClientOf, root: User, alice: User, bob: User, acme: Tenant
) -> None:
    launch(client_of(bob), "notebook")
    suspend(client_of(root))
    assert client_of(bob).delete(f"{URL}/services/notebook").status_code == 202
    settle()
    assert phases() == {}
    assert client_of(alice).delete(f"{URL}/members/bob").status_code == 204


def test_the_door_of_a_tool_says_why_it_is_closed(
    client_of: ClientOf, root: User, bob: User, acme: Tenant
) -> None:
    launch(client_of(bob), "notebook")
    suspend(client_of(root))
    standing = standing_of(str(Service.objects.get().pk))
    assert standing is not None
    assert "suspended: the invoice is open" in standing.message


def test_the_list_says_since_when_by_whom_and_why(
    client_of: ClientOf, root: User, bob: User, acme: Tenant
) -> None:
    suspend(client_of(root))
    told = client_of(bob).get(URL).json()
    assert told["state"] == "suspended"
    assert (told["suspension"]["reason"], told["suspension"]["by"]) == (
        "the invoice is open",
        "root",
    )
    client_of(root).post(f"{URL}/reactivate")
    assert client_of(bob).get(URL).json()["suspension"] is None


def test_suspending_twice_keeps_the_first_reason_and_is_one_event(root: User, acme: Tenant) -> None:
    for reason in ("first", "second"):
        suspend_tenant(tenant=acme, reason=reason, by="root")
    acme.refresh_from_db()
    assert acme.suspended_reason == "first"
    assert Event.objects.filter(type="tenant.suspended").count() == 1


def test_each_pause_and_the_suspension_are_audited(
    client_of: ClientOf, root: User, bob: User, acme: Tenant
) -> None:
    launch(client_of(bob), "notebook")
    suspend(client_of(root))
    pause = Event.objects.get(type="service.paused")
    assert (pause.actor, pause.data["cause"]) == ("root", "tenant suspended")
    assert (Event.objects.get(type="tenant.suspended").after or {})["reason"] == (
        "the invoice is open"
    )


def test_another_tenant_goes_on(
    client_of: ClientOf, root: User, mallory: User, acme: Tenant, globex: Tenant
) -> None:
    body = {"chart": "jupyter", "name": "theirs", "resources": {"cpu": "1", "memory": "2Gi"}}
    suspend(client_of(root))
    answer = client_of(mallory).post("/api/v1/tenants/globex/services", body, format="json")
    assert answer.status_code == 202
    settle()
    assert phases() == {"theirs": "running"}
