"""Beginning and ending to act as a member."""

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from structlog.contextvars import bound_contextvars

from datalab.accounts.acting import LONGEST, SHORTEST_REASON, ActingSession, EndedBecause
from datalab.accounts.models import User
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.errors import Conflict, InvalidInput, NotAllowed, NotFound

SESSION_KEY = "acting"


@transaction.atomic
def start_acting(
    *, actor: User, username: str, reason: str, lasting: timedelta, now: datetime
) -> ActingSession:
    """As an active member who is no platform administrator; so nobody gains a right by it."""
    if not actor.is_platform_admin:
        raise NotAllowed("Only a platform administrator can act as a member.")
    if len(reason.strip()) < SHORTEST_REASON:
        text = f"Say in {SHORTEST_REASON} characters or more why; the member will read it."
        raise InvalidInput(text, fields={"reason": text})
    if not timedelta() < lasting <= LONGEST:
        text = f"must be from 1 to {LONGEST.seconds // 60}"
        raise InvalidInput(f"minutes: {text}", fields={"minutes": text})
    member = User.objects.filter(username=username, is_active=True).first()
    if member is None:
        raise NotFound("There is nobody of that name who may sign in.")
    if member.is_platform_admin:
        raise Conflict("Nobody acts as a platform administrator.")
    row = ActingSession.objects.create(
        actor=actor, member=member, reason=reason.strip(), started_at=now, ends_at=now + lasting
    )
    _record(EventType.ACTING_STARTED, row, reason=row.reason, until=row.ends_at.isoformat())
    return row


@transaction.atomic
def end_acting(row: ActingSession, *, because: EndedBecause, now: datetime) -> bool:
    """False where it had ended already: it ends once, and is told once."""
    ended = ActingSession.objects.filter(pk=row.pk, ended_at=None).update(ended_at=now)
    if ended:
        _record(EventType.ACTING_ENDED, row, because=because.value)
    return bool(ended)


def end_those_in_time(now: datetime) -> int:
    """Write down the end of those whose time is up; nobody acts in them any more anyway."""
    over = ActingSession.objects.filter(ended_at=None, ends_at__lte=now)
    rows = over.select_related("actor", "member")[:1000]
    return sum(end_acting(row, because=EndedBecause.TIME, now=row.ends_at) for row in rows)


def end_in(session: MutableMapping[str, Any], *, because: EndedBecause, now: datetime) -> None:
    """What this browser session has begun, if anything."""
    key = session.pop(SESSION_KEY, None)
    row = ActingSession.objects.select_related("actor", "member").filter(pk=key).first()
    if row is not None:
        end_acting(row, because=because, now=now)


def _record(event: EventType, row: ActingSession, **more: Any) -> None:
    """In each tenant of the member, so that its admins see it too."""
    memberships: Any = row.member.memberships  # type: ignore[attr-defined,unused-ignore]
    tenants: list[UUID | None] = list(memberships.values_list("tenant_id", flat=True))
    with bound_contextvars(acting=""):
        for tenant_id in tenants or [None]:
            record(
                event,
                actor=row.actor.username,
                tenant_id=tenant_id,
                member=row.member.username,
                **more,
            )
