"""Invitations, and everything that somebody might try with one. alice invites Erin into acme."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts.actions import sign_in
from datalab.accounts.group_rules import profile_of
from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.providers.identity.base import Identity
from datalab.tenants.models import Invitation, KeptOut, Membership, Tenant

URL = "/api/v1/tenants/acme/invitations"
ACCEPT = "/api/v1/invitations/accept"
ERIN = "erin@acme.test"
ClientOf = Callable[[User], APIClient]
Made = dict[str, Any]

pytestmark = pytest.mark.usefixtures("acme", "globex")


@pytest.fixture
def made(client_of: ClientOf, alice: User) -> Made:
    body = {"email": "Erin@Acme.test", "role": "member"}
    answer = client_of(alice).post(URL, body, format="json")
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def comes(
    name: str = "erin", *groups: str, email: str = ERIN, verified: bool = True, subject: str = ""
) -> User | None:
    identity = Identity(
        issuer="https://idp.test",
        subject=subject or name,
        username=name,
        email=email,
        email_verified=verified,
        groups=groups,
    )
    return sign_in(profile=profile_of(identity))


def role_of(name: str = "erin", tenant: str = "acme") -> str | None:
    row = Membership.objects.filter(user__username=name, tenant__slug=tenant).first()
    return row.role if row else None


def accepted(client: APIClient, made: Made) -> Any:
    return client.post(ACCEPT, {"token": made["link"].rpartition("/")[2]}, format="json")


def test_the_invited_person_comes_in_without_any_group_and_again(made: Made) -> None:
    erin = comes()
    assert erin is not None
    assert role_of() == "member"
    assert Membership.objects.get(user=erin).source == "invitation"
    assert comes() == erin
    row = Invitation.objects.get()
    assert (row.accepted_by, row.email) == (erin, ERIN)
    event = Event.objects.get(type="invitation.accepted")
    assert (event.actor, event.data["invited_by"]) == ("erin", "alice")


def expire(_: Tenant) -> None:
    Invitation.objects.update(expires_at=now() - timedelta(seconds=1))


def revoke(_: Tenant) -> None:
    Invitation.objects.update(revoked_at=now())


def use(_: Tenant) -> None:
    assert comes("first", subject="somebody else at the issuer") is not None


def suspend(acme: Tenant) -> None:
    Tenant.objects.filter(pk=acme.pk).update(wanted="suspended")


def demote_the_inviter(acme: Tenant) -> None:
    Membership.objects.filter(user__username="alice").update(role="member")


def lock_the_inviter(acme: Tenant) -> None:
    User.objects.filter(username="alice").update(is_active=False)


def nothing(_: Tenant) -> None:
    pass


@pytest.mark.parametrize(
    ("before", "who"),
    [
        pytest.param(nothing, {"email": "eve@acme.test"}, id="another address"),
        pytest.param(nothing, {"verified": False}, id="an address that nobody has checked"),
        pytest.param(nothing, {"email": ""}, id="no address"),
        pytest.param(nothing, {"email": "erin@acme.test.evil"}, id="a longer address"),
        pytest.param(nothing, {"email": " erin@acme.test"}, id="a blank before it"),
        pytest.param(nothing, {"email": "er\u0131n@acme.test"}, id="a letter that looks alike"),
        pytest.param(nothing, {"email": "erin@a\u217dme.test"}, id="a letter that folds"),
        pytest.param(expire, {}, id="too late"),
        pytest.param(revoke, {}, id="taken back"),
        pytest.param(use, {}, id="used by somebody with the same address"),
        pytest.param(suspend, {}, id="the tenant is suspended"),
        pytest.param(demote_the_inviter, {}, id="the inviter may not invite any more"),
        pytest.param(lock_the_inviter, {}, id="the inviter is locked"),
    ],
)
def test_nobody_else_comes_in_by_it(
    acme: Tenant, made: Made, before: Callable[[Tenant], None], who: dict[str, Any]
) -> None:
    before(acme)
    assert comes(**who) is None
    assert role_of() is None
    assert Event.objects.filter(type="account.sign_in_refused").count() == 1


@pytest.mark.parametrize("address", ["erin@acme.test", "ERIN@ACME.TEST", "Erin@acme.Test"])
def test_capitals_do_not_matter(made: Made, address: str) -> None:
    assert comes(email=address) is not None


def test_a_kelvin_sign_is_no_k(client_of: ClientOf, alice: User) -> None:
    """It folds into one: https://www.djangoproject.com/weblog/2019/dec/18/security-releases/"""
    client_of(alice).post(URL, {"email": "kim@acme.test", "role": "admin"}, format="json")
    assert comes("kim", email="\u212aim@acme.test") is None


@pytest.mark.parametrize(
    ("person", "status"),
    [
        pytest.param({"email": "eve@acme.test", "email_verified": True}, 403, id="another address"),
        pytest.param({"email": ERIN, "email_verified": False}, 403, id="nobody has checked it"),
        pytest.param({"email": "ERIN@acme.test", "email_verified": True}, 200, id="the invited"),
    ],
)
def test_the_link_alone_opens_nothing(
    client_of: ClientOf, made: Made, person: dict[str, Any], status: int
) -> None:
    dave = User.objects.create_user("dave", subject="dave", **person)
    assert accepted(client_of(dave), made).status_code == status
    assert role_of("dave") == ("member" if status == 200 else None)


def test_a_used_link_leads_its_owner_to_the_tenant_and_nobody_else(
    client_of: ClientOf, made: Made
) -> None:
    erin = comes()
    assert erin is not None
    assert accepted(client_of(erin), made).json() == {"tenant": "acme"}
    twin = User.objects.create_user("twin", subject="t", email=ERIN, email_verified=True)
    assert accepted(client_of(twin), made).status_code == 409


def test_the_link_of_an_invitation_that_was_sent_again_ends(
    client_of: ClientOf, alice: User, made: Made
) -> None:
    again = client_of(alice).post(f"{URL}/{made['id']}/resend", {}, format="json").json()
    erin = User.objects.create_user("erin", subject="erin", email=ERIN, email_verified=True)
    assert accepted(client_of(erin), made).status_code == 404
    assert accepted(client_of(erin), again).status_code == 200


def test_another_admin_sends_again_what_an_admin_who_left_has_sent(
    client_of: ClientOf, bob: User, made: Made
) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    Membership.objects.filter(user__username="alice").delete()
    client = client_of(bob)
    assert client.get(URL).json()["results"][0]["state"] == "inviter_gone"
    sent = client.post(f"{URL}/{made['id']}/resend", {"expires_in_days": 2}, format="json").json()
    assert (sent["state"], sent["invited_by"]) == ("open", "bob")
    assert comes() is not None


def test_two_sign_ins_with_one_address_at_once_make_one_member(
    transactional_db: None, client_of: ClientOf, alice: User, bob: User, carol: User
) -> None:
    acme = Tenant.objects.first()
    assert acme is not None
    body = {"email": ERIN, "role": "member"}
    assert client_of(alice).post(URL, body, format="json").status_code == 201
    start = threading.Barrier(4)
    outcomes: list[bool] = []

    def come(number: int) -> None:
        try:
            start.wait()
            outcomes.append(comes(f"erin{number}") is not None)
        finally:
            connection.close()

    threads = [threading.Thread(target=come, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True]
    assert Membership.objects.filter(user__username__startswith="erin").count() == 1


def test_an_invitation_does_not_lower_what_somebody_holds(made: Made, acme: Tenant) -> None:
    assert comes("erin", "acme:admin", email="") is not None
    assert comes("erin", "acme:admin") is not None
    assert role_of() == "admin"
    assert comes("erin") is not None, "and it does not hang on the group any more"
    assert role_of() == "admin"


def test_an_invitation_lets_in_whom_an_admin_had_removed(made: Made, acme: Tenant) -> None:
    erin = User.objects.create_user("erin", issuer="https://idp.test", subject="erin")
    KeptOut.objects.create(tenant=acme, user=erin, by="alice")
    assert comes() == erin
    assert not KeptOut.objects.exists()


def test_a_locked_person_accepts_nothing(made: Made) -> None:
    User.objects.create_user("erin", issuer="https://idp.test", subject="erin", is_active=False)
    assert comes() is None
    assert Invitation.objects.get().accepted_by is None


def test_a_link_is_shown_once_and_kept_nowhere(
    client_of: ClientOf, alice: User, made: Made
) -> None:
    token = made["link"].rpartition("/")[2]
    assert len(token) >= 43
    listed = client_of(alice).get(URL).json()["results"]
    assert [(row["email"], row["state"]) for row in listed] == [(ERIN, "open")]
    assert token not in str(listed)
    assert token not in str(list(Invitation.objects.values()))
    assert token not in str(list(Event.objects.values()))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"email": ERIN, "role": "viewer"}, 409, id="twice"),
        pytest.param({"email": "no address", "role": "viewer"}, 400, id="no address"),
        pytest.param({"email": "x@y.z\r\nBcc: all@y.z", "role": "viewer"}, 400, id="two lines"),
        pytest.param({"email": "x@b\u00fccher.test", "role": "viewer"}, 400, id="other letters"),
        pytest.param({"email": "x@y.test", "role": "platform-admin"}, 400, id="too much"),
        pytest.param(
            {"email": "x@y.test", "role": "viewer", "expires_in_days": 31}, 400, id="long"
        ),
    ],
)
def test_what_is_no_invitation_is_refused(
    client_of: ClientOf, alice: User, made: Made, body: dict[str, Any], status: int
) -> None:
    assert client_of(alice).post(URL, body, format="json").status_code == status
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("carol", 403), ("mallory", 404)])
def test_only_admins_invite(client_of: ClientOf, who: str, status: int) -> None:
    client = client_of(User.objects.get(username=who))
    body = {"email": ERIN, "role": "viewer"}
    assert client.post(URL, body, format="json").status_code == status


def test_another_tenants_admin_cannot_name_it(
    client_of: ClientOf, mallory: User, made: Made
) -> None:
    path = f"/api/v1/tenants/globex/invitations/{made['id']}"
    assert client_of(mallory).delete(path).status_code == 404
    assert client_of(mallory).post(f"{path}/resend", {}, format="json").status_code == 404
    assert comes() is not None
