"""People, as platform administrators see them: locking, and who stands above tenants."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.accounts.people import change
from datalab.audit.models import Event
from datalab.launcher.models import Service
from datalab.tenants.models import Tenant

URL = "/api/v1/users"
ClientOf = Callable[[User], APIClient]

pytestmark = pytest.mark.usefixtures("acme", "globex")


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_user("boss", is_platform_admin=True, platform_admin_by_hand=True)


@pytest.fixture
def other(db: None) -> User:
    return User.objects.create_user("other", is_platform_admin=True, platform_admin_by_hand=True)


@pytest.fixture
def admin(client_of: ClientOf, boss: User) -> APIClient:
    return client_of(boss)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("", ["alice", "bob", "boss", "carol", "mallory"], id="everybody"),
        pytest.param("?search=AL", ["alice", "mallory"], id="part of a name"),
        pytest.param("?platform_admin=true", ["boss"], id="platform administrators"),
        pytest.param("?locked=true", [], id="who is locked"),
    ],
)
def test_people_are_listed_and_searched(admin: APIClient, query: str, found: list[str]) -> None:
    rows = admin.get(URL + query).json()["results"]
    assert [row["username"] for row in rows] == found


def test_a_person_is_shown_with_tenants_and_roles(admin: APIClient) -> None:
    row = admin.get(f"{URL}?search=bob").json()["results"][0]
    assert row["tenants"] == [
        {"slug": "acme", "display_name": "Acme", "role": "member", "source": "hand"}
    ]


def test_the_list_costs_the_same_for_few_and_many(
    admin: APIClient, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for number in range(30):
        User.objects.create_user(f"u{number}")
    with django_assert_num_queries(2):
        assert len(admin.get(URL).json()["results"]) == 35


def test_a_locked_persons_session_and_services_end_at_once(
    admin: APIClient, bob: User, acme: Tenant
) -> None:
    page = Client(headers={"Host": "localhost"})
    page.force_login(bob, backend="datalab.accounts.oidc.SignInBackend")
    assert page.get("/api/v1/me", secure=True).status_code == 200
    Service.objects.create(tenant=acme, owner=bob, name="nb", host="nb", wanted="running")
    answer = admin.patch(f"{URL}/bob", {"is_active": False}, format="json")
    assert (answer.status_code, answer.json()["is_active"]) == (200, False)
    assert page.get("/api/v1/me", secure=True).status_code == 401
    assert Service.objects.get().wanted == "paused"
    event = Event.objects.get(type="person.locked")
    assert (event.actor, event.target, event.after) == ("boss", "bob", {"is_active": False})


def test_an_unlocked_person_comes_back_and_services_stay_paused(
    admin: APIClient, client_of: ClientOf, bob: User, acme: Tenant
) -> None:
    Service.objects.create(tenant=acme, owner=bob, name="nb", host="nb", wanted="running")
    for active in (False, True):
        admin.patch(f"{URL}/bob", {"is_active": active}, format="json")
    assert client_of(bob).get("/api/v1/tenants/acme").status_code == 200
    assert Service.objects.get().wanted == "paused"


@pytest.mark.parametrize(
    ("who", "change", "status"),
    [
        pytest.param("boss", {"is_active": False}, 409, id="lock oneself"),
        pytest.param("boss", {"is_platform_admin": False}, 409, id="the last one"),
        pytest.param("nobody", {"is_active": False}, 404, id="nobody"),
        pytest.param("bob", {"is_active": "perhaps"}, 400, id="no answer"),
        pytest.param("bob", {"is_platform_admin": False}, 200, id="what is not there"),
        pytest.param("bob", {"is_platform_admin": True}, 200, id="one more"),
    ],
)
def test_what_may_be_changed_about_people(
    admin: APIClient, who: str, change: dict[str, Any], status: int
) -> None:
    assert admin.patch(f"{URL}/{who}", change, format="json").status_code == status


def test_a_right_that_a_group_gives_is_not_taken_by_hand(admin: APIClient, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_platform_admin=True)
    answer = admin.patch(f"{URL}/bob", {"is_platform_admin": False}, format="json")
    assert answer.status_code == 409


def test_nobody_but_a_platform_admin_makes_one(client_of: ClientOf, alice: User) -> None:
    answer = client_of(alice).patch(f"{URL}/alice", {"is_platform_admin": True}, format="json")
    assert answer.status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", [{"is_platform_admin": False}, {"is_active": False}])
def test_two_platform_admins_who_remove_each_other_at_once_leave_one(
    boss: User, other: User, what: dict[str, bool]
) -> None:
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def remove(by: User, whom: str) -> None:
        try:
            start.wait()
            change(username=whom, by=by, **what)
            outcomes.append("removed")
        except Exception as refusal:  # noqa: BLE001 - which one is looked at below
            outcomes.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=remove, args=(boss, "other")),
        threading.Thread(target=remove, args=(other, "boss")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["NotAllowed", "removed"]
    assert User.objects.platform_admins().count() == 1
