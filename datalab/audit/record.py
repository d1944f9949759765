"""Writing down what happened, in the database and in the log."""

import uuid
from collections.abc import Mapping
from functools import partial

import structlog
from django.db import transaction
from structlog.contextvars import get_contextvars

from datalab.audit.models import Event, EventType
from datalab.audit.outbox import put_out
from datalab.audit.plain import Detail, Plain, plain
from datalab.core.metrics import EVENTS, count_once_committed

__all__ = ["Detail", "Plain", "record"]

log = structlog.get_logger("datalab.audit")

TARGETS = ("target", "service", "member", "path", "webhook", "name", "chart", "route", "tenant")
"""What an event's details may call the thing that it happened to; the first one counts."""


def record(
    event: EventType,
    *,
    actor: str,
    tenant_id: uuid.UUID | None = None,
    before: Mapping[str, Detail] | None = None,
    after: Mapping[str, Detail] | None = None,
    **data: Detail,
) -> Event:
    """Store the event with the change it describes; log it once committed.

    `actor` is a user name, or the name of the part that acted. `before` and `after` are what the
    change concerns, and nothing else of the row. Nothing here ever holds a secret: callers give
    names and sizes, and `plain` lets nothing else through. Request id, address and who acts as
    the actor come from the log's context.
    """
    bound = get_contextvars()
    kept = plain(data)
    row = Event.objects.create(
        type=event.value,
        actor=actor,
        acting=str(bound.get("acting", "")),
        target=_target(kept),
        tenant_id=tenant_id,
        request_id=str(bound.get("request_id", "")),
        address=str(bound.get("address", "")),
        before=None if before is None else plain(before),
        after=None if after is None else plain(after),
        data=kept,
    )
    count_once_committed(EVENTS, type=event.value)
    put_out(row)
    transaction.on_commit(
        partial(log.info, event.value, actor=actor, tenant_id=str(tenant_id), details=kept)
    )
    return row


def _target(data: Mapping[str, Detail]) -> str:
    return next((str(data[name])[:255] for name in TARGETS if data.get(name)), "")
