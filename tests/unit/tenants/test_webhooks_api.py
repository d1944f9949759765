"""Webhooks over HTTP: root's alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.audit.signature import secret_of
from datalab.audit.webhook import Delivery, Webhook
from datalab.core.errors import ProviderRefused
from datalab.providers import registry
from datalab.providers.webhooks.memory import MemoryWebhooks
from datalab.tenants.models import Tenant

URL = "/api/v1/webhooks"
BODY = {"url": "https://siem.example/events", "types": ["access.denied"]}


@pytest.fixture
def client(client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(User.objects.create_user("root", is_platform_admin=True))


def add(client: APIClient, **more: Any) -> Any:
    answer = client.post(URL, {**BODY, **more}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_the_secret_is_shown_once_and_is_nowhere_in_the_database(client: APIClient) -> None:
    made = add(client)
    assert made["secret"].startswith("whsec_")
    (listed,) = client.get(URL).json()
    assert "secret" not in listed
    rows = str([*Webhook.objects.values(), *Event.objects.values(), *Delivery.objects.values()])
    assert made["secret"].removeprefix("whsec_") not in rows
    assert add(client)["secret"] != made["secret"]


def test_a_tenants_webhook_names_it(client: APIClient, acme: Tenant) -> None:
    assert add(client, tenant="acme")["tenant"] == "acme"
    answer = client.post(URL, {**BODY, "tenant": "nowhere"}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["tenant"])


def test_an_address_that_is_not_for_us_is_refused_with_the_field(
    client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Guarded(MemoryWebhooks):
        def check(self, url: str) -> None:
            raise ProviderRefused("Not there.", provider="webhooks")

    monkeypatch.setattr(registry, "webhook_sender", Guarded)
    answer = client.post(URL, BODY, format="json")
    assert answer.status_code == 400
    assert answer.json()["fields"] == {"url": ["Not there."]}


def test_a_type_that_is_none_is_refused(client: APIClient) -> None:
    answer = client.post(URL, {**BODY, "types": ["all"]}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["types"])


@pytest.mark.django_db(transaction=True)
def test_a_test_arrives_whatever_the_webhook_listens_to(client: APIClient) -> None:
    made = add(client)
    assert client.post(f"{URL}/{made['id']}/test").status_code == 202
    (sent,) = cast("MemoryWebhooks", registry.webhook_sender()).sent
    assert b'"webhook.tested"' in sent.body
    (row,) = client.get(f"{URL}/{made['id']}/deliveries").json()["results"]
    assert (row["type"], row["attempts"], row["problem"]) == ("webhook.tested", 1, "")


def test_a_disabled_one_is_enabled_again_and_tries_at_once(client: APIClient) -> None:
    made = add(client)
    one = f"{URL}/{made['id']}"
    off = client.patch(one, {"enabled": False}, format="json").json()
    assert (off["enabled"], off["disabled_because"]) == (False, "Disabled by root.")
    assert client.post(f"{one}/test").status_code == 409
    Webhook.objects.update(failures=9)
    on = client.patch(one, {"enabled": True}, format="json").json()
    assert (on["enabled"], on["disabled_because"]) == (True, "")
    assert Webhook.objects.get().failures == 0
    changes = Event.objects.filter(type="webhook.changed").order_by("id")
    assert [event.after["enabled"] for event in changes if event.after] == [False, True]


def test_a_removed_one_hears_no_more(client: APIClient) -> None:
    made = add(client, types=[])
    assert client.delete(f"{URL}/{made['id']}").status_code == 204
    assert client.delete(f"{URL}/{made['id']}").status_code == 404
    assert not Delivery.objects.exists()


def test_another_secret_is_shown_once_and_signs_from_then_on(client: APIClient) -> None:
    made = add(client)
    one = f"{URL}/{made['id']}"
    first = client.post(f"{one}/secret").json()["secret"]
    second = client.post(f"{one}/secret").json()["secret"]
    assert len({made["secret"], first, second}) == 3
    row = Webhook.objects.get()
    assert secret_of(row.key).reveal() == second
    assert "secret" not in client.get(URL).json()[0]
    assert Event.objects.filter(type="webhook.secret_replaced").count() == 2
    kept = str([*Webhook.objects.values(), *Event.objects.values(), *Delivery.objects.values()])
    assert second.removeprefix("whsec_") not in kept


@pytest.fixture
def given_up(client: APIClient) -> tuple[str, Delivery]:
    """Its address, and one event that has not arrived."""
    made = add(client)
    row = Delivery.objects.create(
        webhook_id=made["id"],
        type="access.denied",
        body={"type": "access.denied"},
        attempts=9,
        given_up_at=now(),
        created_at=now() - timedelta(days=4),
        problem="The other side answered 500.",
    )
    Webhook.objects.update(check_after=now() + timedelta(minutes=15), failures=9)
    return f"{URL}/{made['id']}/deliveries/{row.pk}/again", row


@pytest.mark.django_db(transaction=True)
def test_what_was_given_up_is_sent_again_at_once(
    client: APIClient, given_up: tuple[str, Delivery]
) -> None:
    again, row = given_up
    assert client.post(again).status_code == 202
    (sent,) = cast("MemoryWebhooks", registry.webhook_sender()).sent
    assert sent.body == b'{"type":"access.denied"}'
    row.refresh_from_db()
    assert (row.delivered_at is not None, row.given_up_at, row.problem) == (True, None, "")
    event = Event.objects.get(type="webhook.sent_again")
    assert (event.actor, event.data["sent"]) == ("root", "access.denied")
    assert client.post(again).status_code == 409


def test_only_what_has_failed_can_be_sent_again(
    client: APIClient, given_up: tuple[str, Delivery]
) -> None:
    again, row = given_up
    elsewhere = add(client)
    assert client.post(f"{URL}/{elsewhere['id']}/deliveries/{row.pk}/again").status_code == 404
    Delivery.objects.filter(pk=row.pk).update(attempts=0, given_up_at=None)
    assert client.post(again).status_code == 409
    Delivery.objects.filter(pk=row.pk).update(attempts=1)
    Webhook.objects.update(disabled_at=now())
    answer = client.post(again)
    assert (answer.status_code, "enable it" in answer.json()["detail"]) == (409, True)
