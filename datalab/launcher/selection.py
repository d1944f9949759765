"""Which services a list was asked for."""

from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.utils.timezone import now

from datalab.launcher.lifecycle import Phase, Wanted
from datalab.launcher.models import ServiceQuerySet
from datalab.providers.cluster.base import Observed, Step


def select(rows: ServiceQuerySet, asked: dict[str, Any]) -> ServiceQuerySet:
    """`asked` is what ServicesAskedSerializer has checked; what is not in it cuts nothing down."""
    for name, value in asked.items():
        if value in {"", False, None}:
            continue
        match name:
            case "without_member":
                rows = rows.without_member()
            case "phase":
                rows = rows.filter(IN_PHASE[Phase(value)])
            case "older_than_days":
                rows = rows.filter(created_at__lte=now() - timedelta(days=value))
            case _:
                rows = rows.filter(_PLAIN[name](value))
    return rows


_PLAIN: dict[str, Any] = {
    "owner": lambda text: Q(owner__username=text),
    "chart": lambda text: Q(chart=text),
    "tenant": lambda text: Q(tenant__slug=text),
    "group": lambda text: Q(tenant__group=text),
    "search": lambda text: (
        Q(name__icontains=text)
        | Q(chart__icontains=text)
        | Q(owner__username__icontains=text)
        | Q(owner__first_name__icontains=text)
    ),
}

_CHANGED = ~Q(generation=F("applied_generation"))
_FAILED = ~_CHANGED & Q(observed=Observed.FAILED.value)
_UNKNOWN = ~_CHANGED & Q(observed=Observed.UNKNOWN.value)
_SAID = _FAILED | _UNKNOWN
_REMOVING = Q(wanted=Wanted.REMOVED.value)
_PAUSING = Q(wanted=Wanted.PAUSED.value) & ~_SAID
_STARTING = Q(wanted=Wanted.RUNNING.value) & ~_SAID
_AT_NO_STEP = ["", Step.QUEUED.value]
_ON_ITS_WAY = _STARTING & ~_CHANGED & ~Q(observed=Observed.RUNNING.value)


IN_PHASE: dict[Phase, Q] = {
    Phase.REMOVING: _REMOVING,
    Phase.FAILED: ~_REMOVING & _FAILED,
    Phase.UNKNOWN: ~_REMOVING & _UNKNOWN,
    Phase.PAUSED: _PAUSING & Q(observed=Observed.PAUSED.value),
    Phase.PAUSING: _PAUSING & ~Q(observed=Observed.PAUSED.value),
    Phase.RUNNING: _STARTING & ~_CHANGED & Q(observed=Observed.RUNNING.value),
    Phase.QUEUED: (_STARTING & _CHANGED) | (_ON_ITS_WAY & Q(step__in=_AT_NO_STEP)),
    Phase.PREPARING: _ON_ITS_WAY & Q(step=Step.PREPARING.value),
    Phase.STARTING: _ON_ITS_WAY & ~Q(step__in=[*_AT_NO_STEP, Step.PREPARING.value]),
}
"""`lifecycle.phase_of` as the database knows it: a test compares the two for every case."""
