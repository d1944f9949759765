"""What a platform administrator does with webhooks."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from datalab.audit.models import EventType
from datalab.audit.outbox import post
from datalab.audit.record import record
from datalab.audit.webhook import Webhook
from datalab.core.errors import Conflict, NotFound

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


def _described(webhook: Webhook) -> dict[str, list[str | int | bool | None] | str | bool]:
    return {
        "url": webhook.url,
        "types": list(webhook.types),
        "enabled": webhook.disabled_at is None,
    }
