"""Old events go, where the platform is told how long to keep them."""

from datetime import datetime, timedelta

from django.db import transaction

from datalab.audit.models import Event, EventType, RetentionPass
from datalab.audit.record import record

AT_ONCE = 1000
ACTOR = "retention"


def forget_events(*, keep: timedelta, now: datetime) -> int:
    """Delete what is older than `keep`, and say so in an event. How many went."""
    until = now - keep
    gone = 0
    while some := _forget_some(until):
        gone += some
    if gone:
        record(EventType.AUDIT_FORGOTTEN, actor=ACTOR, count=gone, until=until.isoformat())
    return gone


@transaction.atomic
def _forget_some(until: datetime) -> int:
    """The pass opens the trigger for this transaction alone."""
    ids = list(
        Event.objects.filter(at__lt=until).order_by("id").values_list("id", flat=True)[:AT_ONCE]
    )
    if not ids:
        return 0
    opened = RetentionPass.objects.create(until=until)
    gone, _ = Event.objects.filter(id__in=ids).delete()
    opened.delete()
    return gone
