"""Writing down what happened, in the database and in the log."""

import uuid
from functools import partial

import structlog
from django.db import transaction
from structlog.contextvars import get_contextvars

from datalab.audit.models import Event, EventType

log = structlog.get_logger("datalab.audit")

Plain = str | int | bool | None
Detail = Plain | list[Plain] | dict[str, Plain]


def record(
    event: EventType, *, actor: str, tenant_id: uuid.UUID | None = None, **data: Detail
) -> None:
    """Store the event with the change it describes; log it once committed.

    `actor` is a user name, or the name of the part that acted. `data` never holds a secret:
    callers give names and sizes, not values.
    """
    request_id = str(get_contextvars().get("request_id", ""))
    Event.objects.create(
        type=event, actor=actor, tenant_id=tenant_id, request_id=request_id, data=data
    )
    transaction.on_commit(
        partial(log.info, event.value, actor=actor, tenant_id=str(tenant_id), **data)
    )
