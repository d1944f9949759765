"""What is on its way out: written with the event, sent once or more, never lost."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils.timezone import now

from datalab.audit.delivering import DISABLE_AFTER, GIVE_UP_AFTER, deliver, forget_delivered
from datalab.audit.models import Event, EventType
from datalab.audit.record import record
from datalab.audit.tasks import deliver_due_webhooks, deliver_to_webhook
from datalab.audit.webhook import Delivery, Webhook
from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers import registry
from datalab.providers.webhooks.memory import MemoryWebhooks

pytestmark = pytest.mark.django_db
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
DOWN = ProviderUnavailable("siem.example did not answer.", provider="webhooks")
NO = ProviderRefused("The other side answered 400.", provider="webhooks")


def hook(**more: Any) -> Webhook:
    return Webhook.objects.create(url="https://siem.example", created_by="root", **more)


def happen(event: EventType = EventType.SIGNED_IN, **more: Any) -> Event:
    return record(event, actor="alice", **more)


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def outside() -> MemoryWebhooks:
    return cast("MemoryWebhooks", registry.webhook_sender())


def send(webhook: Webhook, moment: datetime | None = None) -> None:
    webhook.refresh_from_db()
    deliver(webhook, outside(), clock=at(moment or now()))
    webhook.refresh_from_db()


def test_an_event_and_its_delivery_are_written_together_or_not_at_all() -> None:
    hook()
    with transaction.atomic():
        happen()
        transaction.set_rollback(True)
    assert (Event.objects.count(), Delivery.objects.count()) == (0, 0)
    happen()
    assert Delivery.objects.get().body["type"] == "account.signed_in"


ACME, GLOBEX = uuid4(), uuid4()


@pytest.mark.parametrize(
    ("webhook", "event", "hears"),
    [
        pytest.param({}, {}, True, id="the platform's hears of the platform"),
        pytest.param({}, {"tenant_id": ACME}, True, id="and of tenants"),
        pytest.param({"tenant_id": ACME}, {"tenant_id": ACME}, True, id="a tenant's of its own"),
        pytest.param({"tenant_id": ACME}, {"tenant_id": GLOBEX}, False, id="not of another"),
        pytest.param({"tenant_id": ACME}, {}, False, id="nor of the platform"),
        pytest.param({"types": ["account.signed_in"]}, {}, True, id="a type it asked for"),
        pytest.param({"types": ["token.created"]}, {}, False, id="a type it did not"),
        pytest.param({"disabled_at": NOON}, {}, False, id="disabled"),
    ],
)
def test_a_webhook_hears_of_what_it_is_for(
    webhook: dict[str, Any], event: dict[str, Any], hears: bool
) -> None:
    hook(**webhook)
    happen(**event)
    assert Delivery.objects.exists() is hears


@pytest.mark.django_db(transaction=True)
def test_it_is_sent_as_soon_as_the_change_is_committed() -> None:
    hook()
    with transaction.atomic():
        event = happen()
        assert outside().sent == []
    (sent,) = outside().sent
    assert sent.headers["webhook-id"].startswith("msg_")
    assert f'"id":{event.pk}'.encode() in sent.body
    row = Delivery.objects.get()
    assert (row.attempts, row.delivered_at is not None) == (1, True)


def test_what_failed_is_sent_again_with_the_same_id_and_longer_and_longer_waits() -> None:
    webhook = hook()
    happen()
    outside().failing = DOWN
    moment, waits = now(), []
    for _ in range(4):
        send(webhook, moment)
        assert webhook.check_after is not None
        waits.append(webhook.check_after - moment)
        moment = webhook.check_after
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]
    assert Delivery.objects.get().problem == DOWN.detail
    outside().failing = None
    send(webhook, moment + timedelta(hours=1))
    assert (webhook.failures, webhook.failing_since, webhook.check_after) == (0, None, None)
    assert Delivery.objects.get().attempts == 5


def test_a_failing_webhook_is_not_asked_before_its_time() -> None:
    webhook = hook()
    happen()
    outside().failing = DOWN
    deliver_to_webhook(str(webhook.pk))
    outside().failing = None
    happen()
    deliver_due_webhooks()
    assert outside().sent == []
    Webhook.objects.update(check_after=now())
    deliver_due_webhooks()
    assert len(outside().sent) == 1  # the other rests for itself
    Delivery.objects.update(due_at=now())
    deliver_due_webhooks()
    assert len(outside().sent) == 2


def test_two_workers_do_not_send_at_once() -> None:
    webhook = hook()
    happen()
    assert Webhook.objects.claim(webhook.pk, now())
    deliver_to_webhook(str(webhook.pk))
    assert outside().sent == []


class Choosy(MemoryWebhooks):
    """Refuses one event for ever."""

    def send(self, url: str, *, headers: Any, body: bytes) -> int:
        if b"token.created" in body:
            raise NO
        return super().send(url, headers=headers, body=body)


def test_one_event_that_is_refused_does_not_hold_up_the_others() -> None:
    webhook, choosy = hook(), Choosy()
    happen(EventType.TOKEN_CREATED)
    happen()
    moment = now()
    for _ in range(3):
        webhook.refresh_from_db()
        deliver(webhook, choosy, clock=at(moment))
        moment += timedelta(seconds=1)
    assert len(choosy.sent) == 1
    late = moment + GIVE_UP_AFTER + timedelta(hours=1)
    deliver(webhook, choosy, clock=at(late))
    refused = Delivery.objects.get(type="token.created")
    assert (refused.given_up_at, refused.problem) == (late, NO.detail)


def test_after_days_of_failures_it_is_disabled_with_a_reason_and_an_event() -> None:
    webhook = hook()
    happen()
    outside().failing = DOWN
    began = now()
    send(webhook, began)
    assert webhook.disabled_because == ""
    happen()
    send(webhook, began + DISABLE_AFTER + timedelta(hours=1))
    assert "Nothing has arrived since" in webhook.disabled_because
    assert Event.objects.get(type="webhook.disabled").actor == "webhooks"


def test_what_has_arrived_is_forgotten_after_a_while_and_what_waits_is_not() -> None:
    webhook = hook()
    happen()
    send(webhook)
    happen()
    assert forget_delivered(now() + timedelta(days=30)) == 1
    assert Delivery.objects.filter(delivered_at=None).count() == 1
