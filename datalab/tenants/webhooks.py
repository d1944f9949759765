"""What a platform administrator does with webhooks."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from datalab.audit.models import EventType
from datalab.audit.outbox import post, wake
from datalab.audit.record import record
from datalab.audit.webhook import Delivery, Webhook
from datalab.core.errors import Conflict, NotFound
from datalab.core.later import after_commit

MOST_WEBHOOKS = 50


@transaction.atomic
def add_webhook(*, url: str, tenant_id: UUID | None, types: Sequence[str], by: str) -> Webhook:
    if Webhook.objects.count() >= MOST_WEBHOOKS:
        raise Conflict(f"There are {MOST_WEBHOOKS} webhooks already. Remove one that is not used.")
    webhook = Webhook.objects.create(url=url, tenant_id=tenant_id, types=list(types), created_by=by)
    record(
        EventType.WEBHOOK_ADDED,
        actor=by,
        tenant_id=tenant_id,
        after={"url": url, "types": list(types)},
        webhook=url,
    )
    return webhook


def find_webhook(webhook_id: UUID) -> Webhook:
    row = Webhook.objects.with_waiting().filter(pk=webhook_id).first()
    if row is None:
        raise NotFound("There is no such webhook.")
    return row


@transaction.atomic
def change_webhook(
    webhook: Webhook, *, types: Sequence[str] | None, enabled: bool | None, by: str, now: datetime
) -> Webhook:
    """What is None stays. Enabling tries at once what has waited."""
    before = _described(webhook)
    if types is not None:
        webhook.types = list(types)
    if enabled is True and webhook.disabled_at is not None:
        webhook.disabled_at, webhook.disabled_because = None, ""
        webhook.failing_since, webhook.check_after, webhook.failures = None, None, 0
    if enabled is False and webhook.disabled_at is None:
        webhook.disabled_at, webhook.disabled_because = now, f"Disabled by {by}."
    after = _described(webhook)
    if after != before:
        webhook.save()
        record(
            EventType.WEBHOOK_CHANGED,
            actor=by,
            tenant_id=webhook.tenant_id,
            before=before,
            after=after,
            webhook=webhook.url,
        )
    return webhook


@transaction.atomic
def remove_webhook(webhook: Webhook, *, by: str) -> None:
    """What waits for it is not sent any more."""
    before = _described(webhook)
    webhook.delete()
    record(
        EventType.WEBHOOK_REMOVED,
        actor=by,
        tenant_id=webhook.tenant_id,
        before=before,
        webhook=webhook.url,
    )


@transaction.atomic
def send_test(webhook: Webhook, *, by: str) -> None:
    """A real event, sent to this one whatever it listens to."""
    if webhook.disabled_at is not None:
        raise Conflict("This webhook is disabled: enable it first.")
    event = record(
        EventType.WEBHOOK_TESTED, actor=by, tenant_id=webhook.tenant_id, webhook=webhook.url
    )
    if not webhook.types or event.type in webhook.types:
        return  # it has heard of it already
    post(event, [webhook])


@transaction.atomic
def replace_secret(webhook: Webhook, *, by: str) -> Webhook:
    """From now on events are signed with another secret, and with the former one no more."""
    Webhook.objects.filter(pk=webhook.pk).update(secrets_before=F("secrets_before") + 1)
    record(
        EventType.WEBHOOK_SECRET_REPLACED,
        actor=by,
        tenant_id=webhook.tenant_id,
        webhook=webhook.url,
    )
    return find_webhook(webhook.pk)


@transaction.atomic
def send_again(webhook: Webhook, *, delivery_id: int, by: str, now: datetime) -> None:
    """One event that has not arrived, also one that was given up: it is tried at once."""
    row = Delivery.objects.filter(webhook=webhook, pk=delivery_id).first()
    if row is None:
        raise NotFound("There is no such delivery, or it is older than a week.")
    if webhook.disabled_at is not None:
        raise Conflict("This webhook is disabled: enable it first.")
    failed = Delivery.objects.filter(pk=row.pk, delivered_at=None, attempts__gt=0)
    if not failed.update(due_at=now, given_up_at=None):
        raise Conflict("This event has arrived, or is on its way.")
    Webhook.objects.filter(pk=webhook.pk).update(check_after=None)
    record(
        EventType.WEBHOOK_SENT_AGAIN,
        actor=by,
        tenant_id=webhook.tenant_id,
        webhook=webhook.url,
        sent=row.type,
        message=str(row.message),
    )
    after_commit(wake, str(webhook.pk))


def _described(webhook: Webhook) -> dict[str, list[str | int | bool | None] | str | bool]:
    return {
        "url": webhook.url,
        "types": list(webhook.types),
        "enabled": webhook.disabled_at is None,
    }
