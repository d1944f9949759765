"""What people read of a service, written down: its row, its timeline, and what it still holds."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from datalab.launcher import reservation
from datalab.launcher.lifecycle import Wanted, holds_compute
from datalab.launcher.models import Service
from datalab.launcher.timeline import note_change
from datalab.providers.cluster.base import Observation, Observed, Reason, Step

Columns = tuple[str, str, str, str, str, float | None]
_NAMES = ("observed", "step", "reason_code", "reason_message", "reason_raw", "progress")


@transaction.atomic
def save_seen(service: Service, seen: Observation, *, runs: bool = False, **more: object) -> None:
    """`runs`: something does although it failed, so what is reserved for it stays."""
    Service.objects.filter(pk=service.pk).update(**_named(_columns(seen)), **more)
    _follow(Service.objects.select_related("tenant").filter(pk=service.pk), run=runs)


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
    _follow([service for service, _ in seen])


def row_says(service: Service) -> Observation:
    reason = Reason(
        code=service.reason_code, message=service.reason_message, raw=service.reason_raw
    )
    return Observation(
        state=Observed(service.observed),
        step=Step(service.step) if service.step else None,
        reason=reason if service.reason_code else None,
        progress=service.progress,
    )


def _follow(services: Iterable[Service], *, run: bool = False) -> None:
    """What follows from the rows as they are now. `run`: they do, whatever the rows say."""
    services = list(services)
    note_change(*services)
    over = [one for one in services if not (run or _holds(one) or _may_run(one))]
    reservation.drop_compute(*over)


def _holds(service: Service) -> bool:
    return holds_compute(Wanted(service.wanted), service.phase)


def _may_run(service: Service) -> bool:
    """While something may still use them, cpu and memory are not given to somebody else."""
    return Observed(service.observed) not in {Observed.PAUSED, Observed.FAILED, Observed.ABSENT}


def _columns(seen: Observation) -> Columns:
    reason = seen.reason or Reason(code="", message="")
    step = seen.step.value if seen.step else ""
    return seen.state.value, step, reason.code, reason.message, reason.raw, seen.progress


def _named(columns: Columns) -> dict[str, object]:
    return dict(zip(_NAMES, columns, strict=True))
