"""Tenants over HTTP: root runs the platform, alice runs acme, bob works there, mallory elsewhere."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.tenants import actions
from datalab.tenants.lifecycle import Kind
from datalab.tenants.models import Tenant
from datalab.tenants.tasks import reconcile_tenant
from tests.conftest import make_tenant

URL = "/api/v1/tenants"
ClientOf = Callable[[User], APIClient]


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_user("root", is_platform_admin=True)


@pytest.mark.django_db(transaction=True)
def test_a_platform_administrator_makes_a_tenant_by_its_name_alone(
    client_of: ClientOf, root: User
) -> None:
    answer = client_of(root).post(URL, {"display_name": "Ünited Rockets"}, format="json")
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["slug"], made["kind"], made["group"]) == ("united-rockets", "business_unit", "")
    assert made["quota"]["limits"]["services"] == 20
    again = client_of(root).get(f"{URL}/united-rockets").json()
    assert (again["state"], again["problem"]) == ("active", "")
    event = Event.objects.get(type="tenant.created")
    assert (event.actor, event.data["tenant"]) == ("root", "united-rockets")
    assert (event.after or {})["display_name"] == "Ünited Rockets"


def test_limits_that_are_given_are_taken_and_the_others_have_defaults(
    client_of: ClientOf, root: User
) -> None:
    body = {"display_name": "Small", "limits": {"cpu": "500m", "services": 1}}
    limits = client_of(root).post(URL, body, format="json").json()["quota"]["limits"]
    assert (limits["cpu"], limits["services"], limits["memory"]) == ("500m", 1, "64Gi")


def test_two_tenants_of_one_display_name_get_two_slugs(client_of: ClientOf, root: User) -> None:
    body = {"display_name": "Acme"}
    slugs = [client_of(root).post(URL, body, format="json").json()["slug"] for _ in range(3)]
    assert slugs[0] == "acme"
    assert len(set(slugs)) == 3


def test_a_slug_that_somebody_takes_meanwhile_is_not_given_twice(
    root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tenant("acme")
    monkeypatch.setattr(actions, "is_taken", lambda _: False)
    made = actions.create_tenant(display_name="Acme", kind=Kind.BUSINESS_UNIT, limits={}, by="root")
    assert made.slug.startswith("acme--")


def test_the_slug_is_shown_before_the_tenant_is_made(client_of: ClientOf, root: User) -> None:
    make_tenant("acme")
    ask = "/api/v1/platform/tenant-slug"
    asked = client_of(root).get(ask, {"display_name": "Globex Ltd."}).json()
    assert asked == {"slug": "globex-ltd"}
    assert client_of(root).get(ask, {"display_name": "Acme"}).json()["slug"].startswith("acme--")


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        pytest.param({"display_name": ""}, 400, "display_name", id="no name"),
        pytest.param({"display_name": "x" * 201}, 400, "display_name", id="a long name"),
        pytest.param({"slug": "-rf"}, 400, "slug", id="a leading dash"),
        pytest.param({"slug": "Acme"}, 400, "slug", id="upper case"),
        pytest.param({"kind": "club"}, 400, "kind", id="an unknown kind"),
        pytest.param({"limits": {"cpu": "lots"}}, 400, "limits.cpu", id="no quantity"),
        pytest.param({"slug": "acme"}, 409, None, id="a slug that is taken"),
    ],
)
def test_bad_input_is_refused_with_its_field(
    client_of: ClientOf, root: User, change: dict[str, Any], status: int, field: str | None
) -> None:
    make_tenant("acme")
    answer = client_of(root).post(URL, {"display_name": "New", **change}, format="json")
    assert answer.status_code == status, answer.content
    if field:
        assert field in answer.json()["fields"]
    assert Tenant.objects.count() == 1


@pytest.mark.usefixtures("acme")
def test_only_a_platform_administrator_makes_tenants(client_of: ClientOf, alice: User) -> None:
    assert client_of(alice).post(URL, {"display_name": "Mine"}, format="json").status_code == 403
    asked = client_of(alice).get("/api/v1/platform/tenant-slug", {"display_name": "Mine"})
    assert asked.status_code == 403


def test_a_tenants_admin_renames_it_and_the_slug_stays(
    client_of: ClientOf, alice: User, acme: Tenant
) -> None:
    answer = client_of(alice).patch(f"{URL}/acme", {"display_name": "Acme AG"}, format="json")
    assert (answer.json()["display_name"], answer.json()["slug"]) == ("Acme AG", "acme")
    event = Event.objects.get(type="tenant.changed")
    names = [(one or {})["display_name"] for one in (event.before, event.after)]
    assert names == ["Acme", "Acme AG"]


def test_kind_and_group_are_for_platform_administrators(
    client_of: ClientOf, root: User, alice: User, bob: User, mallory: User, acme: Tenant
) -> None:
    change = {"group": "Fund II", "kind": "portfolio_company"}
    for user, status in ((mallory, 404), (bob, 403), (alice, 403), (root, 200)):
        answer = client_of(user).patch(f"{URL}/acme", change, format="json")
        assert answer.status_code == status, user.username
    acme.refresh_from_db()
    assert (acme.group, acme.kind) == ("Fund II", "portfolio_company")


def test_a_change_that_changes_nothing_is_no_event(
    client_of: ClientOf, alice: User, acme: Tenant
) -> None:
    client_of(alice).patch(f"{URL}/acme", {"display_name": "Acme"}, format="json")
    assert not Event.objects.filter(type="tenant.changed").exists()


def test_the_list_is_cut_down_by_group_kind_state_and_text(client_of: ClientOf, root: User) -> None:
    for slug, group in (("acme", "Fund I"), ("globex", "Fund II"), ("initech", "Fund II")):
        tenant = make_tenant(slug)
        Tenant.objects.filter(pk=tenant.pk).update(group=group)
    Tenant.objects.filter(slug="acme").update(kind="portfolio_company", provisioned=True)

    def listed(**query: str) -> set[str]:
        results = client_of(root).get(URL, query).json()["results"]
        return {one["slug"] for one in results}

    assert listed() == {"acme", "globex", "initech"}
    assert listed(group="Fund II") == {"globex", "initech"}
    assert listed(kind="portfolio_company") == {"acme"}
    assert listed(state="active") == {"acme"}
    assert listed(state="provisioning", search="INI") == {"initech"}
    assert listed(state="suspended") == set()
    assert client_of(root).get(URL, {"state": "odd"}).status_code == 400


def test_a_member_lists_their_own_tenants_only(
    client_of: ClientOf, bob: User, acme: Tenant, globex: Tenant
) -> None:
    (one,) = client_of(bob).get(URL).json()["results"]
    assert (one["slug"], one["members"], one["quota"]["used"]["services"]) == ("acme", 3, 0)


def test_the_list_takes_as_many_queries_for_many_tenants_as_for_few(
    client_of: ClientOf, root: User, acme: Tenant
) -> None:
    client = client_of(root)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(URL).status_code == 200
        return len(caught)

    few = queries()
    for number in range(30):
        reconcile_tenant(str(make_tenant(f"unit-{number}").id))
    assert queries() == few


def test_a_cursor_that_no_list_gave_is_wrong_input(
    acme: Tenant, alice: User, client_of: ClientOf
) -> None:
    answer = client_of(alice).get("/api/v1/tenants?cursor=nonsense")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["cursor"])
