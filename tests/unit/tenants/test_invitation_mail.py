"""Invitations by mail, where the operator has set a mail server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils.timezone import now
from pytest_django import Settings
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.core.errors import ProviderUnavailable
from datalab.providers import registry
from datalab.providers.mail.memory import MemoryMail
from datalab.tenants import invitation_mail
from datalab.tenants.invitation_mail import JUST_NOW, NO_SERVER, TOO_MANY, mail_for
from datalab.tenants.lifecycle import Role
from datalab.tenants.models import Invitation, Tenant

URL = "/api/v1/tenants/acme/invitations"
ERIN = "erin@acme.test"
BODY = {"email": "Erin@Acme.test", "role": "member"}
ClientOf = Callable[[User], APIClient]

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def outbox(settings: Settings) -> MemoryMail:
    memory = {"mail": {"class": "datalab.providers.mail.memory.MemoryMail"}}
    settings.PROVIDERS = {**settings.PROVIDERS, **memory}
    sender = registry.mail_sender()
    assert isinstance(sender, MemoryMail)
    return sender


@pytest.fixture
def invite(client_of: ClientOf, alice: User) -> Callable[..., dict[str, Any]]:
    def invite(**changes: str) -> dict[str, Any]:
        answer = client_of(alice).post(URL, {**BODY, **changes}, format="json")
        assert answer.status_code == 201, answer.content
        return dict(answer.json())

    return invite


Invite = Callable[..., dict[str, Any]]


def test_without_a_mail_server_the_answer_says_so(invite: Invite) -> None:
    made = invite()
    assert (made["mailed"], made["not_mailed"]) == (False, NO_SERVER)
    assert made["link"]


def test_the_invited_person_gets_who_invites_into_what_until_when_and_the_link(
    invite: Invite, outbox: MemoryMail, alice: User
) -> None:
    alice.email, alice.email_verified = "alice@acme.test", True
    made = invite()
    assert (made["mailed"], made["not_mailed"]) == (True, "")
    (mail,) = outbox.sent
    assert mail.to == ERIN
    assert mail.subject == "alice (alice@acme.test) invites you to Acme on Datalab"
    assert f"\n\n{made['link']}\n\n" in mail.text
    assert "as a member" in mail.text
    ends = datetime.fromisoformat(made["expires_at"]).astimezone(UTC)
    assert f"{ends:%B %Y at %H:%M} UTC" in mail.text


def test_an_address_that_nobody_vouches_for_is_not_named(
    invite: Invite, outbox: MemoryMail, alice: User
) -> None:
    alice.email = "boss@acme.test"
    invite()
    assert "boss" not in outbox.sent[0].subject + outbox.sent[0].text


def test_a_mail_server_that_does_not_answer_undoes_nothing(
    invite: Invite, outbox: MemoryMail
) -> None:
    outbox.failing = ProviderUnavailable("The mail server did not answer.", provider="mail")
    made = invite()
    assert (made["mailed"], made["not_mailed"]) == (False, "The mail server did not answer.")
    row = Invitation.objects.get()
    assert (row.email, row.mailed_at) == (ERIN, None)


def test_nothing_is_mailed_for_what_was_refused(
    client_of: ClientOf, alice: User, bob: User, outbox: MemoryMail, invite: Invite
) -> None:
    assert client_of(bob).post(URL, BODY, format="json").status_code == 403
    assert client_of(alice).post(URL, {**BODY, "email": "x"}, format="json").status_code == 400
    invite()
    assert client_of(alice).post(URL, BODY, format="json").status_code == 409
    assert len(outbox.sent) == 1


def test_who_is_invited_again_and_again_gets_few_mails(
    client_of: ClientOf, alice: User, invite: Invite, outbox: MemoryMail
) -> None:
    made = invite()
    again = f"{URL}/{made['id']}/resend"
    answer = client_of(alice).post(again, {}, format="json").json()
    assert (answer["mailed"], answer["not_mailed"]) == (False, JUST_NOW)
    # Taking it back and making another is no way around.
    client_of(alice).delete(f"{URL}/{made['id']}")
    made = invite()
    assert made["mailed"] is False
    Invitation.objects.update(mailed_at=now() - timedelta(minutes=6))
    answer = client_of(alice).post(f"{URL}/{made['id']}/resend", {}, format="json").json()
    assert answer["mailed"] is True
    assert len(outbox.sent) == 2
    assert answer["link"] in outbox.sent[1].text


def test_a_tenant_does_not_write_to_the_whole_world(
    invite: Invite, outbox: MemoryMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitation_mail, "MOST_AN_HOUR", 2)
    made = [invite(email=f"p{number}@acme.test") for number in range(3)]
    assert [one["mailed"] for one in made] == [True, True, False]
    assert made[2]["not_mailed"] == TOO_MANY
    Invitation.objects.update(mailed_at=now() - timedelta(hours=2))
    assert invite()["mailed"] is True


def test_the_link_is_in_no_event_and_no_log(
    invite: Invite, outbox: MemoryMail, caplog: pytest.LogCaptureFixture
) -> None:
    token = invite()["link"].rpartition("/")[2]
    outbox.failing = ProviderUnavailable("The mail server did not answer.", provider="mail")
    other = invite(email="fay@acme.test")["link"].rpartition("/")[2]
    kept = str(list(Event.objects.values())) + str(list(Invitation.objects.values())) + caplog.text
    assert token not in kept
    assert other not in kept


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Acme\r\nBcc: eve@evil.test", id="another header"),
        pytest.param("Acme\u2028Bcc: eve@evil.test", id="a line separator"),
        pytest.param("Acme\x85\x0b\x0cx", id="rare line ends"),
        pytest.param("\u202eemcA", id="read backwards"),
        pytest.param("Acme\x00", id="a zero"),
    ],
)
def test_names_become_pieces_of_one_line(name: str) -> None:
    made = partial(
        mail_for,
        to=ERIN,
        role=Role.ADMIN,
        link="https://datalab.test/invitation/x",
        until=datetime(2030, 1, 7, 9, 5, tzinfo=UTC),
    )
    plain, mail = made(tenant="T", inviter="I"), made(tenant=name, inviter=name)
    assert mail.subject.isprintable()
    assert len(mail.text.splitlines()) == len(plain.text.splitlines())
    assert "Monday, 7 January 2030 at 09:05 UTC" in mail.text


def test_a_tenant_with_a_strange_name_can_invite(
    invite: Invite, outbox: MemoryMail, acme: Tenant
) -> None:
    Tenant.objects.filter(pk=acme.pk).update(display_name="Acme\nBcc: eve@evil.test")
    assert invite()["mailed"] is True
    assert "\n" not in outbox.sent[0].subject
