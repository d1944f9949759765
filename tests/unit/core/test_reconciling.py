"""What a sweep finds due waits in the queue once, however often it looks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from datalab.accounts.models import User
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.audit.tasks import deliver_due_webhooks, deliver_to_webhook
from datalab.audit.webhook import Webhook
from datalab.core import reconciling
from datalab.launcher.models import Service
from datalab.launcher.tasks import reconcile_due_services, reconcile_service
from datalab.monitoring.state import overdue
from datalab.tenants.models import Tenant
from datalab.tenants.tasks import reconcile_due_tenants, reconcile_tenant

SECONDS = timedelta(seconds=1)
AGAIN_AFTER = reconciling.QUEUED_AGAIN_AFTER


@pytest.fixture
def service(acme: Tenant, bob: User) -> Service:
    return Service.objects.create(tenant=acme, owner=bob, name="web", host="web", wanted="paused")


@pytest.fixture
def webhook(acme: Tenant) -> Webhook:
    made = Webhook.objects.create(url="https://hook.test", tenant_id=acme.pk, created_by="alice")
    record(EventType.SERVICE_LAUNCHED, actor="bob", tenant_id=acme.pk, service="web")
    return made


@pytest.fixture(
    params=[
        pytest.param(("service", reconcile_service, reconcile_due_services), id="services"),
        pytest.param(("acme", reconcile_tenant, reconcile_due_tenants), id="tenants"),
        pytest.param(("webhook", deliver_to_webhook, deliver_due_webhooks), id="webhooks"),
    ]
)
def swept(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, Callable[[], None], list[str]]:
    """A row that is due, the sweep, and what it queues, which nobody takes."""
    name, task, sweep = request.param
    row, queued = request.getfixturevalue(name), list[str]()
    monkeypatch.setattr(task, "delay", queued.append)
    due(row, now())
    return row, sweep, queued


def due(row: Any, at: datetime) -> None:
    type(row).objects.filter(pk=row.pk).update(check_after=at - SECONDS)


def test_what_waits_in_the_queue_is_not_queued_again_at_each_look(swept: Any) -> None:
    row, sweep, queued = swept
    for _ in range(3):
        sweep()
    assert queued == [str(row.pk)]


def test_a_message_that_was_lost_is_sent_again(swept: Any) -> None:
    row, sweep, queued = swept
    sweep()
    queued_until = type(row).objects.get(pk=row.pk).queued_until
    type(row).objects.update(queued_until=queued_until - AGAIN_AFTER)
    sweep()
    assert queued == [str(row.pk)] * 2


def test_what_a_worker_has_had_is_queued_again_as_soon_as_it_is_due(swept: Any) -> None:
    row, sweep, queued = swept
    sweep()
    assert type(row).objects.claim(row.pk, now())
    sweep()
    assert len(queued) == 1
    type(row).objects.update(claimed_until=None)
    sweep()
    assert len(queued) == 2


@pytest.mark.parametrize("name", ["service", "acme"])
def test_what_waits_in_the_queue_still_counts_as_waiting(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for task in (reconcile_service, reconcile_tenant):
        monkeypatch.setattr(task, "delay", str)
    row = request.getfixturevalue(name)
    at = now()
    due(row, at - 89 * SECONDS)
    reconcile_due_services()
    reconcile_due_tenants()
    assert overdue(type(row).objects.due(at).unclaimed(at), at) == pytest.approx(90, abs=1)
