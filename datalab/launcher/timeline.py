"""A service's timeline: one row for each change that a person can see. It wakes the streams too."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.timezone import now

from datalab.core import metrics
from datalab.core.later import after_commit
from datalab.launcher import revisions
from datalab.launcher.lifecycle import Phase
from datalab.launcher.models import Service, ServiceEvent


def note_change(*services: Service) -> None:
    """Write a line where the visible state differs from the last one. Few queries for many."""
    last = _last_lines(services)
    new = [one for one in map(_line, services) if _differs(one, last.get(one.service_id))]
    _measure([(last[one.service_id], one) for one in new if one.service_id in last])
    ServiceEvent.objects.bulk_create(new)
    told = {one.service_id for one in new}
    revisions.note_outcomes([one for one in services if one.id in told])


def note_gone(service: Service) -> None:
    """The last line: it is not there any more."""
    ServiceEvent.objects.create(
        tenant_id=service.tenant_id, service_id=service.id, phase=GONE, message="Removed."
    )


def _last_lines(services: Iterable[Service]) -> dict[UUID, ServiceEvent]:
    lines = ServiceEvent.objects.filter(service_id__in=[one.id for one in services])
    newest = lines.order_by().values("service_id").annotate(newest=Max("id")).values("newest")
    return {one.service_id: one for one in ServiceEvent.objects.filter(id__in=newest)}


def _line(service: Service) -> ServiceEvent:
    return ServiceEvent(
        tenant_id=service.tenant_id,
        service_id=service.id,
        phase=service.phase.value,
        reason_code=service.reason_code,
        message=service.reason_message,
        raw=service.reason_raw,
        progress=service.progress,
    )


def _differs(line: ServiceEvent, last: ServiceEvent | None) -> bool:
    """In what a person sees; the raw text alone is no news."""
    return last is None or _seen(line) != _seen(last)


def _seen(line: ServiceEvent) -> tuple[object, ...]:
    return (line.phase, line.reason_code, line.message, line.progress)


def _measure(steps: Iterable[tuple[ServiceEvent, ServiceEvent]]) -> None:
    """How long each was in the phase that it leaves, and whether a launch has come to its end."""
    leaving = [(last, new) for last, new in steps if last.phase != new.phase]
    began = _began([last for last, _ in leaving])
    for last, new in leaving:
        seconds = max(0.0, (now() - began[last.pk]).total_seconds())
        after_commit(metrics.PHASE_SECONDS.labels(phase=last.phase).observe, seconds)
        if new.phase in {Phase.RUNNING, Phase.FAILED}:
            reason = metrics.bounded(new.reason_code) if new.phase == Phase.FAILED else "none"
            metrics.count_once_committed(metrics.LAUNCHES, outcome=new.phase, reason=reason)


def _began(lines: Sequence[ServiceEvent]) -> dict[int, datetime]:
    """By each line's key: when its service came into the phase that the line tells."""
    if not lines:
        return {}
    same = ServiceEvent.objects.filter(service_id=OuterRef("service_id"))
    before = same.exclude(phase=OuterRef("phase")).order_by("-id").values("id")[:1]
    first = same.filter(id__gt=OuterRef("before")).order_by("id").values("at")[:1]
    rows = ServiceEvent.objects.filter(pk__in=[one.pk for one in lines]).annotate(
        before=Coalesce(Subquery(before), 0)
    )
    return dict(rows.annotate(began=Subquery(first)).values_list("pk", "began"))


GONE = "gone"
