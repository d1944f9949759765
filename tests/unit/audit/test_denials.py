"""Who was refused what: written once a minute, then counted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.denials import MOST_KINDS, note_denial, tell_repetitions
from datalab.audit.models import DenialCount, Event
from datalab.tenants.models import Tenant

ClientOf = Callable[[User], APIClient]
pytestmark = pytest.mark.usefixtures("acme", "globex")
NOON = datetime(2030, 1, 1, 12, 0, 20, tzinfo=UTC)


def denials() -> list[Event]:
    return list(Event.objects.filter(type="access.denied").order_by("id"))


def test_another_tenants_door_is_a_404_for_the_caller_and_a_denial_for_its_admin(
    client_of: ClientOf, mallory: User, acme: Tenant
) -> None:
    answer = client_of(mallory).get("/api/v1/tenants/acme/secrets?path=hunter2")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    (event,) = denials()
    assert (event.actor, event.tenant_id, event.address) == ("mallory", acme.id, "127.0.0.1")
    assert event.request_id == answer["X-Request-ID"]
    assert event.data == {
        "method": "GET",
        "route": "/api/v1/tenants/{tenant}/secrets",
        "status": 404,
        "code": "not_found",
    }


def test_a_tenant_that_is_not_there_is_told_and_noted_alike(
    client_of: ClientOf, mallory: User
) -> None:
    theirs = client_of(mallory).get("/api/v1/tenants/acme")
    nobodys = client_of(mallory).get("/api/v1/tenants/nowhere")
    assert theirs.json() == nobodys.json()
    assert [event.tenant_id is None for event in denials()] == [False, True]


def test_a_role_that_does_not_suffice_is_a_denial_in_its_tenant(
    client_of: ClientOf, carol: User, acme: Tenant
) -> None:
    body = {"data": {"PASSWORD": "hunter2"}}
    answer = client_of(carol).put("/api/v1/tenants/acme/secrets/db", body, format="json")
    assert answer.status_code == 403
    (event,) = denials()
    assert (event.actor, event.tenant_id, event.data["status"]) == ("carol", acme.id, 403)
    assert "hunter2" not in str(Event.objects.values())


def test_a_credential_that_is_not_good_is_a_denial_of_nobody() -> None:
    client = Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION="Bearer dl_canary")
    assert client.get("/api/v1/me").status_code == 401
    (event,) = denials()
    assert (event.actor, event.data["route"]) == ("", "/api/v1/me")
    assert "canary" not in str(Event.objects.values())


def test_not_being_signed_in_yet_is_no_denial() -> None:
    assert Client(HTTP_HOST="localhost").get("/api/v1/me").status_code == 401
    assert denials() == []


def test_what_is_simply_not_there_is_no_denial(client_of: ClientOf, bob: User) -> None:
    assert client_of(bob).get("/api/v1/tenants/acme/services/none").status_code == 404
    assert denials() == []


def test_a_script_that_hammers_makes_one_event_a_minute_and_one_that_counts(
    client_of: ClientOf, mallory: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = client_of(mallory)
    for _ in range(50):
        client.get("/api/v1/tenants/acme")
    assert len(denials()) == 1
    assert tell_repetitions(datetime.now(UTC) + timedelta(minutes=2)) == 1
    first, counted = denials()
    assert counted.data["repeated"] == 49
    assert (counted.actor, counted.address, counted.tenant_id, counted.request_id) == (
        first.actor, first.address, first.tenant_id, first.request_id,
    )  # fmt: skip
    assert DenialCount.objects.count() == 0


def refuse(route: str, *, at: datetime = NOON, actor: str = "mallory") -> None:
    note_denial(actor=actor, tenant_id=None, method="GET", route=route, status=404, code="x", at=at)


def test_the_next_minute_is_told_anew() -> None:
    for seconds in (0, 10, 39, 40, 99):
        refuse("same", at=NOON + timedelta(seconds=seconds))
    assert len(denials()) == 2


def test_a_caller_who_tries_everything_has_a_bounded_number_of_events() -> None:
    for number in range(3 * MOST_KINDS):
        refuse(f"route-{number}")
    refuse("route-0", actor="somebody else")
    assert len(denials()) == MOST_KINDS + 2
    assert [event.actor for event in denials()].count("somebody else") == 1
    tell_repetitions(NOON + timedelta(minutes=2))
    assert denials()[-1].data["repeated"] == 2 * MOST_KINDS - 1


def test_a_minute_that_goes_on_is_not_counted_yet() -> None:
    refuse("same")
    refuse("same")
    assert tell_repetitions(NOON + timedelta(seconds=30)) == 0
    assert len(denials()) == 1
