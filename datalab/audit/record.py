"""Writing down what happened, in the database and in the log."""

import uuid
from collections.abc import Mapping
from functools import partial

import structlog
from django.db import transaction
from structlog.contextvars import get_contextvars

from datalab.audit.models import Event, EventType

log = structlog.get_logger("datalab.audit")

Plain = str | int | bool | None
Detail = Plain | list[Plain] | dict[str, Plain]


def record(
    event: EventType,
    *,
    actor: str,
    tenant_id: uuid.UUID | None = None,
    before: Mapping[str, Detail] | None = None,
    after: Mapping[str, Detail] | None = None,
    **data: Detail,
) -> None:
    """Store the event with the change it describes; log it once committed.

    `actor` is a user name, or the name of the part that acted. `before` and `after` are what the
    change concerns, and nothing else of the row. Nothing here ever holds a secret: callers give
    names and sizes, not values. Request id and address come from the log's context.
    """
    bound = get_contextvars()
    Event.objects.create(
        type=event.value,
        actor=actor,
        tenant_id=tenant_id,
        request_id=str(bound.get("request_id", "")),
        address=str(bound.get("address", "")),
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
        data=data,
    )
    transaction.on_commit(
        partial(log.info, event.value, actor=actor, tenant_id=str(tenant_id), **data)
    )
