"""Sending what waits for one webhook, and deciding when to try again."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F

from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.audit.signature import signed_headers
from datalab.audit.webhook import Delivery, Webhook
from datalab.core.errors import ProviderError
from datalab.core.reconciling import backoff
from datalab.providers.webhooks.base import WebhookSender

AT_ONCE = 200
MOST_TIME = timedelta(seconds=20)
"""A pass ends well before its claim does, and leaves the worker to others."""
GIVE_UP_AFTER = timedelta(days=3)
"""Of one event. Receivers that need more read the audit itself."""
DISABLE_AFTER = timedelta(days=5)
"""Of nothing but failures."""
KEEP_DELIVERED = timedelta(days=7)
ACTOR = "webhooks"
USER_AGENT = "Datalab-Webhooks/1"


def deliver(webhook: Webhook, sender: WebhookSender, *, clock: Callable[[], datetime]) -> None:
    """One pass over what waits. Whoever calls has claimed the webhook."""
    began = clock()
    sent = failed = 0
    for row in Delivery.objects.filter(webhook=webhook).waiting(began)[:AT_ONCE]:
        if clock() - began > MOST_TIME:
            break
        problem = _attempt(webhook, row, sender, at=clock())
        if problem is None:
            sent += 1
        else:
            failed += 1
            if not sent:
                break  # it probably says no to all: one attempt tells
    _settle(webhook, at=clock(), sent=sent, failed=failed)


def _attempt(
    webhook: Webhook, row: Delivery, sender: WebhookSender, *, at: datetime
) -> ProviderError | None:
    body = json.dumps(row.body, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        **signed_headers(
            webhook.key, id=f"msg_{row.message.hex}", at=int(at.timestamp()), body=body
        ),
    }
    this = Delivery.objects.filter(pk=row.pk)
    try:
        sender.send(webhook.url, headers=headers, body=body)
    except ProviderError as error:
        late = at - row.created_at > GIVE_UP_AFTER
        this.update(
            attempts=F("attempts") + 1,
            problem=error.detail[:500],
            due_at=at + backoff(row.attempts),
            given_up_at=at if late else None,
        )
        return error
    this.update(attempts=F("attempts") + 1, delivered_at=at, problem="")
    return None


def _settle(webhook: Webhook, *, at: datetime, sent: int, failed: int) -> None:
    """One write, and what it means is an event."""
    row = Webhook.objects.filter(pk=webhook.pk)
    if sent:
        row.update(failures=0, failing_since=None)
    elif failed:
        since = webhook.failing_since or at
        row.update(failures=F("failures") + 1, failing_since=since)
        if at - since > DISABLE_AFTER:
            disable(webhook, because=_why(since), at=at)
    rest = at + backoff(webhook.failures) if failed and not sent else None
    row.update(check_after=rest, claimed_until=None)


def disable(webhook: Webhook, *, because: str, at: datetime) -> None:
    row = Webhook.objects.filter(pk=webhook.pk, disabled_at=None)
    if row.update(disabled_at=at, disabled_because=because):
        record(
            EventType.WEBHOOK_DISABLED,
            actor=ACTOR,
            tenant_id=webhook.tenant_id,
            webhook=webhook.url,
            because=because,
        )


def forget_delivered(now: datetime) -> int:
    """Those that have arrived, or never will, days ago."""
    old = Delivery.objects.filter(created_at__lt=now - KEEP_DELIVERED)
    return old.exclude(delivered_at=None, given_up_at=None).delete()[0]


def _why(since: datetime) -> str:
    return f"Nothing has arrived since {since:%Y-%m-%d %H:%M} UTC. Mend it, then enable it again."
