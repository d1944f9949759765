"""Who may change a tenant's members, and into what. alice is acme's admin, mallory globex's."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.tenants.lifecycle import PAUSED, Role
from datalab.tenants.members import dismiss, replace_group_grants
from datalab.tenants.models import KeptOut, Membership, Tenant

URL = "/api/v1/tenants/acme/members"
ClientOf = Callable[[User], APIClient]

pytestmark = pytest.mark.usefixtures("acme", "globex")


@pytest.fixture
def dave(db: None) -> User:
    return User.objects.create_user("dave", issuer="https://idp.test", subject="dave")


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_user("boss", is_platform_admin=True)


def role_of(user: User) -> str | None:
    row = Membership.objects.filter(tenant__slug="acme", user=user).first()
    return row.role if row else None


def test_the_list_says_who_somebody_is_and_why(client_of: ClientOf, carol: User) -> None:
    Membership.objects.filter(user=carol).update(from_groups=True)
    answer = client_of(carol).get(URL).json()
    assert [row["username"] for row in answer["results"]] == ["alice", "bob", "carol"]
    assert answer["results"][2] == {
        "username": "carol",
        "display_name": "",
        "role": "viewer",
        "role_by_hand": False,
        "source": "groups",
        "is_active": True,
        "last_sign_in": None,
        "services": 0,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("?search=LIC", ["alice"], id="part of a name"),
        pytest.param("?role=member", ["bob"], id="a role"),
        pytest.param("?page_size=2", ["alice", "bob"], id="a page"),
    ],
)
def test_the_list_can_be_searched(
    client_of: ClientOf, alice: User, query: str, found: list[str]
) -> None:
    rows = client_of(alice).get(URL + query).json()["results"]
    assert [row["username"] for row in rows] == found


def test_the_pages_of_the_list_join(client_of: ClientOf, alice: User) -> None:
    first = client_of(alice).get(f"{URL}?page_size=2").json()
    second = client_of(alice).get(first["next"]).json()
    assert [row["username"] for row in second["results"]] == ["carol"]


def test_a_list_costs_the_same_for_few_and_many(
    client_of: ClientOf,
    alice: User,
    acme: Tenant,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    for number in range(30):
        user = User.objects.create_user(f"u{number}")
        Membership.objects.create(tenant=acme, user=user, role="member")
    with django_assert_num_queries(2):
        assert len(client_of(alice).get(URL).json()["results"]) == 33


def test_somebody_is_added_by_hand(client_of: ClientOf, alice: User, dave: User) -> None:
    answer = client_of(alice).post(URL, {"username": "dave", "role": "member"}, format="json")
    assert (answer.status_code, answer.json()["source"]) == (201, "hand")
    event = Event.objects.get(type="member.added")
    assert (event.actor, event.after, event.data["member"]) == ("alice", {"role": "member"}, "dave")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("post", "", {"username": "nobody", "role": "member"}, 404, id="add nobody"),
        pytest.param("post", "", {"username": "bob", "role": "admin"}, 409, id="add a member"),
        pytest.param("post", "", {"username": "dave", "role": "owner"}, 400, id="no such role"),
        pytest.param(
            "post", "", {"username": "dave", "role": "platform-admin"}, 400, id="too much"
        ),
        pytest.param("patch", "/dave", {"role": "viewer"}, 404, id="change no member"),
        pytest.param("delete", "/dave", {}, 404, id="remove no member"),
        pytest.param("delete", "/bob?services=burn", {}, 400, id="no such fate"),
        pytest.param("delete", "/bob?services=hand_over", {}, 400, id="no heir"),
        pytest.param(
            "delete", "/bob?services=hand_over&hand_over_to=bob", {}, 400, id="their own heir"
        ),
        pytest.param(
            "delete", "/bob?services=hand_over&hand_over_to=carol", {}, 400, id="a viewer as heir"
        ),
        pytest.param(
            "delete", "/bob?services=hand_over&hand_over_to=mallory", {}, 400, id="a stranger"
        ),
        pytest.param("delete", "/alice", {}, 409, id="remove the last admin"),
        pytest.param("patch", "/alice", {"role": "member"}, 409, id="demote the last admin"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    client_of: ClientOf,
    alice: User,
    dave: User,
    method: str,
    path: str,
    body: dict[str, str],
    status: int,
) -> None:
    before = set(Membership.objects.values_list("user__username", "tenant__slug", "role"))
    answer = getattr(client_of(alice), method)(URL + path, body, format="json")
    assert answer.status_code == status, answer.content
    assert set(Membership.objects.values_list("user__username", "tenant__slug", "role")) == before


@pytest.mark.parametrize("who", ["bob", "carol"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "", {"username": "dave", "role": "viewer"}),
        ("patch", "/bob", {"role": "admin"}),
        ("delete", "/alice", {}),
    ],
)
def test_whoever_is_no_admin_changes_nobody(
    client_of: ClientOf, dave: User, who: str, method: str, path: str, body: dict[str, str]
) -> None:
    client = client_of(User.objects.get(username=who))
    assert getattr(client, method)(URL + path, body, format="json").status_code == 403


def test_a_right_that_ended_while_the_request_was_on_its_way_counts_no_more(
    acme: Tenant, alice: User, bob: User
) -> None:
    """The border was passed as an admin; the row is gone when the change is written."""
    Membership.objects.create(tenant=acme, user=User.objects.create_user("eve"), role="admin")
    Membership.objects.filter(user=alice, tenant=acme).delete()
    with pytest.raises(Exception, match="No such tenant"):
        dismiss(tenant=acme, username="bob", by=alice, fate=PAUSED)
    assert role_of(bob) == "member"


def test_a_platform_admin_administers_members_but_leaves_an_admin_too(
    client_of: ClientOf, boss: User, bob: User
) -> None:
    client = client_of(boss)
    assert client.patch(f"{URL}/bob", {"role": "admin"}, format="json").status_code == 200
    assert client.delete(f"{URL}/alice").status_code == 204
    assert client.delete(f"{URL}/bob").status_code == 409


def test_a_locked_admin_does_not_count_as_one(client_of: ClientOf, alice: User, bob: User) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert client_of(alice).delete(f"{URL}/alice").status_code == 409


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_two_admins_who_remove_each_other_at_once_leave_one(
    acme: Tenant, alice: User, bob: User, round_: int
) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def remove(by: User, whom: str) -> None:
        try:
            start.wait()
            dismiss(tenant=acme, username=whom, by=by, fate=PAUSED)
            outcomes.append("removed")
        except Exception as refusal:  # noqa: BLE001 - which one is looked at below
            outcomes.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=remove, args=(alice, "bob")),
        threading.Thread(target=remove, args=(bob, "alice")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["NotFound", "removed"]
    assert Membership.objects.filter(tenant=acme).admins().count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_admins_who_all_leave_at_once_leave_one(acme: Tenant) -> None:
    admins = [User.objects.create_user(f"admin{number}") for number in range(10)]
    Membership.objects.filter(tenant=acme).delete()
    for user in admins:
        Membership.objects.create(tenant=acme, user=user, role="admin")
    outcomes: list[str] = []

    def leave(user: User) -> None:
        try:
            dismiss(tenant=acme, username=user.username, by=user, fate=PAUSED)
            outcomes.append("left")
        except Exception as refusal:  # noqa: BLE001
            outcomes.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=(user,)) for user in admins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count("left"), outcomes.count("Conflict")) == (9, 1)


def by_groups(user: User, **grants: Role) -> None:
    replace_group_grants(user=user, grants=grants, by=user.username)


def test_groups_may_take_the_last_admin_away_and_that_is_written_down(
    acme: Tenant, alice: User, boss: User, client_of: ClientOf
) -> None:
    Membership.objects.filter(user=alice).update(from_groups=True)
    by_groups(alice)
    assert role_of(alice) is None
    assert Event.objects.get(type="tenant.without_admin").tenant_id == acme.id
    added = client_of(boss).patch(f"{URL}/bob", {"role": "admin"}, format="json")
    assert added.status_code == 200


@pytest.mark.parametrize("from_groups", [True, False], ids=["came by a group", "added by hand"])
def test_whoever_was_removed_is_not_let_in_again_by_a_group(
    client_of: ClientOf, alice: User, bob: User, from_groups: bool
) -> None:
    Membership.objects.filter(user=bob).update(from_groups=from_groups)
    client_of(alice).delete(f"{URL}/bob")
    by_groups(bob, acme=Role.MEMBER)
    assert role_of(bob) is None
    kept_out = client_of(alice).get("/api/v1/tenants/acme/kept-out").json()["results"]
    assert [(row["username"], row["by"]) for row in kept_out] == [("bob", "alice")]


@pytest.mark.parametrize("how", ["let in", "added"])
def test_an_admin_can_change_their_mind(
    client_of: ClientOf, alice: User, bob: User, how: str
) -> None:
    Membership.objects.filter(user=bob).update(from_groups=True)
    client = client_of(alice)
    client.delete(f"{URL}/bob")
    if how == "let in":
        assert client.delete("/api/v1/tenants/acme/kept-out/bob").status_code == 204
        by_groups(bob, acme=Role.MEMBER)
    else:
        client.post(URL, {"username": "bob", "role": "member"}, format="json")
    assert role_of(bob) == "member"
    assert not KeptOut.objects.exists()


def test_a_role_set_by_hand_survives_groups_and_ends_with_them(
    client_of: ClientOf, alice: User, carol: User
) -> None:
    Membership.objects.filter(user=carol).update(from_groups=True)
    changed = client_of(alice).patch(f"{URL}/carol", {"role": "member"}, format="json").json()
    assert (changed["role"], changed["role_by_hand"], changed["source"]) == (
        "member",
        True,
        "groups",
    )
    by_groups(carol, acme=Role.VIEWER)
    assert role_of(carol) == "member"
    by_groups(carol)
    assert role_of(carol) is None


def test_somebody_removed_is_gone_for_the_api_at_once(
    client_of: ClientOf, alice: User, bob: User
) -> None:
    client_of(alice).delete(f"{URL}/bob")
    assert client_of(bob).get("/api/v1/tenants/acme").status_code == 404
    assert client_of(bob).get("/api/v1/tenants/acme/services").status_code == 404
