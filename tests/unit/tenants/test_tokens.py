"""Tokens: never more than they were made for, never more than their owner may now."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts.actions import create_token
from datalab.accounts.models import ApiToken, User
from datalab.accounts.reach import Verb
from datalab.audit.models import Event
from datalab.tenants.lifecycle import Role
from datalab.tenants.members import remove_member, replace_group_grants, set_member
from datalab.tenants.models import Membership, Tenant

ClientOf = Callable[[User], APIClient]
TOKENS = "/api/v1/tokens"
HERE = "/api/v1/tenants/acme/tokens"
pytestmark = pytest.mark.usefixtures("acme", "globex")


def make(
    user: User,
    *tenants: Tenant,
    verbs: tuple[Verb, ...] = tuple(Verb),
    days: int = 30,
) -> tuple[ApiToken, str]:
    return create_token(
        user=user,
        name="script",
        valid_for=timedelta(days=days),
        now=now(),
        verbs=verbs,
        tenants={one.id: one.slug for one in tenants} if tenants else None,
    )


def as_script(token: str) -> APIClient:
    return APIClient(HTTP_HOST="localhost", HTTP_AUTHORIZATION=f"Bearer {token}")


def status(token: str, path: str = "/api/v1/tenants/acme") -> int:
    return as_script(token).get(path).status_code


@pytest.fixture
def in_both(alice: User, globex: Tenant) -> User:
    """alice administers acme and works in globex."""
    Membership.objects.create(tenant=globex, user=alice, role=Role.MEMBER.value)
    return alice


def test_a_token_is_made_for_tenants_and_verbs_and_says_so(
    client_of: ClientOf, in_both: User
) -> None:
    asked = {"name": "nightly", "verbs": ["read"], "tenants": ["acme"], "expires_in_days": 7}
    made = client_of(in_both).post(TOKENS, asked, format="json")
    assert made.status_code == 201
    assert (made.json()["verbs"], made.json()["tenants"]) == (
        ["read"],
        [{"slug": "acme", "display_name": "Acme"}],
    )
    token = made.json()["token"]
    assert status(token) == 200
    assert status(token, "/api/v1/tenants/globex") == 404
    (listed,) = client_of(in_both).get(TOKENS).json()
    assert "token" not in listed
    assert listed["expired"] is False
    event = Event.objects.get(type="token.created")
    assert event.after is not None
    assert (event.after["verbs"], event.after["tenants"]) == (["read"], ["acme"])
    assert token not in str(vars(event))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"tenants": ["globex"]}, "tenants", id="another's tenant"),
        pytest.param({"tenants": ["no-such"]}, "tenants", id="no tenant"),
        pytest.param({"tenants": []}, "tenants", id="for nothing"),
        pytest.param({"verbs": []}, "verbs", id="nothing to do"),
        pytest.param({"verbs": ["own"]}, "verbs.0", id="no verb"),
    ],
)
def test_a_token_is_for_what_its_owner_has(
    client_of: ClientOf, bob: User, body: dict[str, Any], field: str
) -> None:
    answer = client_of(bob).post(TOKENS, {"name": "x", **body}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert not ApiToken.objects.exists()


def test_another_tenant_and_none_are_refused_alike(client_of: ClientOf, bob: User) -> None:
    said = []
    for slug in ("globex", "nobody"):
        answer = client_of(bob).post(TOKENS, {"name": "x", "tenants": [slug]}, format="json")
        said.append(answer.content.decode().replace(slug, "?"))
    assert said[0] == said[1]


def test_a_lower_role_counts_at_the_next_call(acme: Tenant, alice: User) -> None:
    _, token = make(alice)
    assert status(token, HERE) == 200
    set_member(tenant=acme, user=alice, role=Role.VIEWER, by="root")
    assert status(token, HERE) == 403
    assert status(token) == 200


def test_an_admins_token_that_writes_is_a_members(acme: Tenant, alice: User, bob: User) -> None:
    """Others' services are an admin's to change, whatever the view checks by itself."""
    body = {"chart": "jupyter", "name": "bobs"}
    _, of_bob = make(bob)
    launched = as_script(of_bob).post("/api/v1/tenants/acme/services", body, format="json")
    assert launched.status_code == 202
    address = "/api/v1/tenants/acme/services/bobs"
    _, writing = make(alice, verbs=(Verb.READ, Verb.WRITE))
    assert as_script(writing).delete(address).status_code == 403
    _, administering = make(alice)
    assert as_script(administering).delete(address).status_code == 202


def test_a_token_dies_with_the_membership_and_does_not_come_back(
    acme: Tenant, globex: Tenant, in_both: User
) -> None:
    _, here = make(in_both, acme)
    row, both = make(in_both, acme, globex)
    _, everywhere = make(in_both)
    remove_member(tenant=acme, user=in_both, by="root")
    assert (status(here), status(both), status(everywhere)) == (401, 404, 404)
    assert status(both, "/api/v1/tenants/globex") == 200
    assert Event.objects.filter(type="token.revoked", actor="tenants").count() == 1
    set_member(tenant=acme, user=in_both, role=Role.MEMBER, by="root")
    assert (status(here), status(both)) == (401, 404)
    assert list(row.limits.values_list("tenant_id", flat=True)) == [globex.id]


def test_with_the_last_membership_a_token_for_all_reaches_nothing(acme: Tenant, bob: User) -> None:
    _, token = make(bob)
    make(bob, acme)
    remove_member(tenant=acme, user=bob, by="alice")
    assert status(token) == 404
    assert as_script(token).get("/api/v1/me").json()["tenants"] == []
    assert ApiToken.objects.count() == 1


def test_who_moves_to_another_tenant_by_groups_keeps_the_token_for_all(
    acme: Tenant, bob: User
) -> None:
    Membership.objects.filter(user=bob).update(from_groups=True)
    _, token = make(bob)
    replace_group_grants(user=bob, grants={"globex": Role.MEMBER}, by="bob")
    assert (status(token), status(token, "/api/v1/tenants/globex")) == (404, 200)


def test_a_tenants_admin_sees_the_tokens_that_reach_it_and_nothing_of_elsewhere(
    acme: Tenant, globex: Tenant, client_of: ClientOf, in_both: User, bob: User, mallory: User
) -> None:
    make(in_both, acme, globex)
    make(in_both, globex)
    make(bob)
    make(mallory)
    rows = client_of(in_both).get(HERE).json()["results"]
    assert {(one["owner"]["username"], one["only_here"]) for one in rows} == {
        ("bob", False),
        ("alice", False),
    }
    assert "globex" not in str(rows)
    assert "digest" not in str(rows)


def test_an_admin_takes_the_tenant_out_of_a_token_and_the_rest_stays(
    acme: Tenant, globex: Tenant, client_of: ClientOf, in_both: User, mallory: User
) -> None:
    """Whoever runs one tenant ends nothing in another."""
    row, token = make(in_both)
    address = f"/api/v1/tenants/globex/tokens/{row.id}"
    assert client_of(mallory).delete(address).status_code == 204
    assert (status(token), status(token, "/api/v1/tenants/globex")) == (200, 404)
    assert client_of(mallory).delete(address).status_code == 404
    assert Event.objects.get(type="token.narrowed").tenant_id == globex.id
    assert client_of(in_both).delete(f"{HERE}/{row.id}").status_code == 204
    assert status(token) == 401
    assert not ApiToken.objects.exists()


def test_a_platform_administrator_ends_any_token(client_of: ClientOf, bob: User) -> None:
    root = User.objects.create_user("root", is_platform_admin=True)
    row, token = make(bob)
    assert client_of(root).delete(f"{TOKENS}/{row.id}").status_code == 204
    assert status(token) == 401
    assert Event.objects.get(type="token.revoked").data["owner"] == "bob"


def test_a_platform_administrators_token_for_one_tenant_acts_there_only(acme: Tenant) -> None:
    root = User.objects.create_user("root", is_platform_admin=True)
    _, token = make(root, acme)
    assert status(token, HERE) == 200
    assert status(token, "/api/v1/platform") == 403
    assert status(token, "/api/v1/tenants/globex") == 404
    assert as_script(token).get("/api/v1/me").json()["is_platform_admin"] is False
    tenants = as_script(token).get("/api/v1/tenants").json()["results"]
    assert [one["slug"] for one in tenants] == ["acme"]
    User.objects.update(is_platform_admin=False)
    assert status(token, "/api/v1/me") == 401


def test_only_a_token_for_everything_makes_tokens_and_none_that_outlives_it(
    acme: Tenant, bob: User
) -> None:
    narrow = make(bob, verbs=(Verb.READ, Verb.WRITE))[1], make(bob, acme)[1]
    for token in narrow:
        answer = as_script(token).post(TOKENS, {"name": "more"}, format="json")
        assert answer.status_code == 403
        assert "at the page" in answer.json()["detail"]
    row, whole = make(bob, days=2)
    made = as_script(whole).post(TOKENS, {"name": "x", "expires_in_days": 90}, format="json")
    assert made.status_code == 201
    assert ApiToken.objects.get(pk=made.json()["id"]).expires_at == row.expires_at


def test_the_person_behind_a_narrow_token_is_never_written_back(acme: Tenant) -> None:
    root = User.objects.create_user("root", is_platform_admin=True)
    row, _ = make(root, acme)
    with pytest.raises(RuntimeError):
        root.within(row.reach).save()
    root.refresh_from_db()
    assert root.is_platform_admin
