"""What becomes of services whose owner leaves. bob owns them; alice is the admin, dave inherits."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.launcher.changes import change_service
from datalab.launcher.drift import drift
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service
from datalab.launcher.owner import pause_without_member
from datalab.launcher.tasks import reconcile_due_services
from datalab.providers import registry
from datalab.tenants.lifecycle import Role
from datalab.tenants.members import replace_group_grants, set_member
from datalab.tenants.models import Membership, Quota, Tenant

SERVICES = "/api/v1/tenants/acme/services"
MEMBERS = "/api/v1/tenants/acme/members"
ClientOf = Callable[[User], APIClient]
Launch = Callable[..., Service]

pytestmark = [pytest.mark.usefixtures("acme", "globex"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def dave(acme: Tenant) -> User:
    user = User.objects.create_user("dave", email="dave@acme.test")
    Membership.objects.create(tenant=acme, user=user, role="member")
    return user


@pytest.fixture
def launch(client_of: ClientOf, bob: User) -> Launch:
    def launch(name: str = "notebook", **more: Any) -> Service:
        body = {"chart": "jupyter", "name": name, "resources": {"cpu": "1", "memory": "2Gi"}}
        answer = client_of(bob).post(SERVICES, {**body, **more}, format="json")
        assert answer.status_code == 202, answer.content
        settle()
        return Service.objects.get(name=name)

    return launch


def settle() -> None:
    """What the worker's beat does while seconds pass."""
    for _ in range(2):
        Service.objects.update(check_after=now())
        reconcile_due_services()


def phase(name: str = "notebook") -> str:
    return Service.objects.select_related("tenant").get(name=name).phase.value


def test_without_a_decision_services_are_paused_and_listed(
    client_of: ClientOf, alice: User, launch: Launch, acme: Tenant
) -> None:
    launch()
    assert client_of(alice).get(f"{MEMBERS}/bob").json()["services"] == 1
    client_of(alice).delete(f"{MEMBERS}/bob")
    settle()
    assert phase() == "paused"
    assert Quota.objects.get(tenant=acme).used_cpu == 0
    listed = client_of(alice).get(f"{SERVICES}?without_member=true").json()["results"]
    assert [row["name"] for row in listed] == ["notebook"]


def test_they_can_be_removed(client_of: ClientOf, alice: User, launch: Launch) -> None:
    launch()
    client_of(alice).delete(f"{MEMBERS}/bob?services=remove")
    settle()
    assert not Service.objects.exists()


def test_they_can_be_handed_over_and_restart_as_the_heirs(
    client_of: ClientOf, alice: User, dave: User, launch: Launch, acme: Tenant
) -> None:
    store = registry.secret_store()
    store.write("acme", "shared/db", {"DB": "1"}, if_version=None)
    store.write("acme", "users/bob/mine", {"MINE": "bobs own"}, if_version=None)
    before = launch(secrets=["db", "personal/mine"])
    former_token = before.secret_accessor
    answer = client_of(alice).delete(f"{MEMBERS}/bob?services=hand_over&hand_over_to=dave")
    assert answer.status_code == 204, answer.content
    settle()
    after = Service.objects.select_related("owner").get(name="notebook")
    assert (after.owner, after.secrets, phase()) == (dave, ["shared/db"], "running")
    assert after.restarts > before.restarts
    assert after.secret_accessor != former_token
    assert "bob" not in str(after.values)
    assert not after.plan_again
    assert drift(acme) == {}
    event = Event.objects.get(type="service.handed_over")
    assert (event.actor, event.before, event.after) == (
        "alice",
        {"owner": "bob"},
        {"owner": "dave"},
    )


def test_a_paused_one_stays_paused_when_it_is_handed_over(
    client_of: ClientOf, alice: User, bob: User, dave: User, launch: Launch
) -> None:
    launch()
    client_of(bob).post(f"{SERVICES}/notebook/pause")
    settle()
    client_of(alice).delete(f"{MEMBERS}/bob?services=hand_over&hand_over_to=dave")
    settle()
    assert phase() == "paused"
    client_of(dave).post(f"{SERVICES}/notebook/resume")
    settle()
    assert phase() == "running"
    assert "bob" not in str(Service.objects.get().values)


def test_without_any_secret_left_the_former_owners_token_ends(
    client_of: ClientOf, alice: User, dave: User, launch: Launch
) -> None:
    registry.secret_store().write("acme", "users/bob/mine", {"MINE": "x"}, if_version=None)
    assert launch(secrets=["personal/mine"]).secret_accessor
    client_of(alice).post(f"{SERVICES}/notebook/hand-over", {"to": "dave"}, format="json")
    settle()
    assert not Service.objects.get().secret_accessor
    assert phase() == "running"


@pytest.mark.parametrize(
    ("who", "to", "status"),
    [
        pytest.param("bob", "dave", 202, id="the owner"),
        pytest.param("alice", "dave", 202, id="an admin"),
        pytest.param("dave", "dave", 403, id="who wants it"),
        pytest.param("carol", "dave", 403, id="a viewer"),
        pytest.param("mallory", "mallory", 404, id="another tenant's admin"),
        pytest.param("bob", "carol", 400, id="to a viewer"),
        pytest.param("bob", "mallory", 400, id="to another tenant"),
    ],
)
def test_who_hands_over_and_to_whom(
    client_of: ClientOf, dave: User, launch: Launch, who: str, to: str, status: int
) -> None:
    launch()
    client = client_of(User.objects.get(username=who))
    answer = client.post(f"{SERVICES}/notebook/hand-over", {"to": to}, format="json")
    assert answer.status_code == status, answer.content


@pytest.mark.parametrize("verb", ["resume", "restart"])
def test_nobody_starts_what_has_no_owner_here(
    client_of: ClientOf, alice: User, launch: Launch, verb: str
) -> None:
    launch()
    client_of(alice).delete(f"{MEMBERS}/bob")
    settle()
    answer = client_of(alice).post(f"{SERVICES}/notebook/{verb}")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "hand this one over" in answer.json()["detail"]


@pytest.mark.parametrize("how", ["a viewer by hand", "a viewer by groups", "gone by groups"])
def test_whoever_may_not_run_services_any_more_loses_theirs_to_a_pause(
    client_of: ClientOf, alice: User, bob: User, launch: Launch, how: str
) -> None:
    launch()
    Membership.objects.filter(user=bob).update(from_groups="groups" in how)
    match how:
        case "a viewer by hand":
            client_of(alice).patch(f"{MEMBERS}/bob", {"role": "viewer"}, format="json")
        case "a viewer by groups":
            replace_group_grants(user=bob, grants={"acme": Role.VIEWER}, by="bob")
        case _:
            replace_group_grants(user=bob, grants={}, by="bob")
    settle()
    assert phase() == "paused"


def test_what_was_launched_in_the_moment_of_leaving_does_not_start(
    bob: User, acme: Tenant, launch: Launch
) -> None:
    """The launch had passed the border; its row came after the removal had paused the others."""
    service = launch()
    Membership.objects.filter(user=bob).delete()
    registry.cluster_runtime().remove(service.ref)
    settle()
    assert phase() == "failed"
    assert "may not run services" in Service.objects.get().reason_message


def test_the_net_pauses_what_runs_for_nobody(bob: User, carol: User, launch: Launch) -> None:
    launch()
    Membership.objects.filter(user=bob).delete()
    assert pause_without_member() == 1
    assert pause_without_member() == 0
    assert Service.objects.get().wanted == Wanted.PAUSED


def test_a_platform_admin_may_own_services_without_being_a_member(
    client_of: ClientOf, launch: Launch, bob: User
) -> None:
    launch()
    Membership.objects.filter(user=bob).delete()
    User.objects.filter(pk=bob.pk).update(is_platform_admin=True)
    assert pause_without_member() == 0


def test_a_change_planned_for_the_former_owner_is_refused(
    client_of: ClientOf, bob: User, dave: User, launch: Launch
) -> None:
    stale = launch()
    stale = Service.objects.select_related("tenant", "owner").get(pk=stale.pk)
    client_of(bob).post(f"{SERVICES}/notebook/hand-over", {"to": "dave"}, format="json")
    with pytest.raises(Exception, match="handed over meanwhile"):
        change_service(service=stale, by=bob, resources={"cpu": "2"}, values=None, version=None)


def test_the_policy_of_somebody_who_left_is_removed_from_the_store(
    client_of: ClientOf, alice: User, dave: User, acme: Tenant
) -> None:
    set_member(tenant=acme, user=dave, role=Role.ADMIN, by="alice")
    assert "dave" in registry.secret_store().members("acme")
    client_of(alice).delete(f"{MEMBERS}/dave")
    assert registry.secret_store().members("acme") == ["alice", "bob", "carol"]
