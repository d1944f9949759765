"""What people read of a service, written down: its row, its timeline, and what it still holds."""

from collections.abc import Sequence

import structlog
from django.db import transaction

from datalab.core.errors import QuotaExceeded
from datalab.launcher import reservation
from datalab.launcher.lifecycle import Wanted, holds_compute
from datalab.launcher.models import Service
from datalab.launcher.timeline import note_change
from datalab.providers.cluster.base import Observation, Observed, Reason, Step

log = structlog.get_logger(__name__)

Columns = tuple[str, str, str, str, str, float | None]
_NAMES = ("observed", "step", "reason_code", "reason_message", "reason_raw", "progress")


@transaction.atomic
def save_seen(service: Service, seen: Observation, **more: object) -> None:
    Service.objects.filter(pk=service.pk).update(**_named(_columns(seen)), **more)
    rows = Service.objects.select_related("tenant").filter(pk=service.pk)
    _follow([(row, seen) for row in rows])


@transaction.atomic
def save_all_seen(seen: Sequence[tuple[Service, Observation]]) -> None:
    """Of many at once, which the caller has read and locked: one step for all that look the same."""
    alike: dict[Columns, list[Service]] = {}
    for service, one in seen:
        alike.setdefault(_columns(one), []).append(service)
    for columns, services in alike.items():
        Service.objects.filter(pk__in=[one.pk for one in services]).update(**_named(columns))
        for service in services:
            for name, value in _named(columns).items():
                setattr(service, name, value)
    _follow(seen)


def row_says(service: Service) -> Observation:
    reason = Reason(
        code=service.reason_code, message=service.reason_message, raw=service.reason_raw
    )
    state = Observed(service.observed)
    return Observation(
        state=state,
        step=Step(service.step) if service.step else None,
        reason=reason if service.reason_code else None,
        progress=service.progress,
        takes_room=state is Observed.FAILED and service.holds_compute,
    )


def _follow(rows: Sequence[tuple[Service, Observation]]) -> None:
    """What follows from the rows as they are now, and from what is seen."""
    note_change(*(service for service, _ in rows))
    over = [service for service, seen in rows if not (_holds(service) or seen.may_run)]
    reservation.drop_compute(*over)
    for service, seen in rows:
        if seen.takes_room and service.wanted == Wanted.RUNNING and not service.holds_compute:
            _take_again(service)


def _take_again(service: Service) -> None:
    """It has failed and is there all the same: others would be promised what it has."""
    try:
        with transaction.atomic():
            reservation.take_compute(service)
    except QuotaExceeded:
        log.warning("failed_service_beyond_quota", service_id=str(service.pk))


def _holds(service: Service) -> bool:
    return holds_compute(Wanted(service.wanted), service.phase)


def _columns(seen: Observation) -> Columns:
    reason = seen.reason or Reason(code="", message="")
    step = seen.step.value if seen.step else ""
    return seen.state.value, step, reason.code, reason.message, reason.raw, seen.progress


def _named(columns: Columns) -> dict[str, object]:
    return dict(zip(_NAMES, columns, strict=True))
