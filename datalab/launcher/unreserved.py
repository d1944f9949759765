"""What has got up by itself though its reservation was given back, and others may have it by now.

It goes on: nobody's work is ended for a number. It is told so until there is room again.
"""

from dataclasses import replace

from django.db import transaction

from datalab.core.errors import QuotaExceeded
from datalab.launcher import reservation
from datalab.launcher.lifecycle import Wanted, runs_without_reservation
from datalab.launcher.models import Service
from datalab.launcher.seen import row_says
from datalab.providers.cluster.base import Observation, Observed, Reason

BEYOND_QUOTA = "BeyondQuota"
_MESSAGE = (
    "It goes on, but the quota has no room for it any more. Pause or remove a service, make this "
    "one smaller, or ask for more: once stopped, it starts again only where there is room."
)


def is_unreserved(service: Service, seen: Observation) -> bool:
    wanted = Wanted(service.wanted)
    return runs_without_reservation(wanted, seen.state, holds=service.holds_compute)


def is_told(service: Service) -> bool:
    return service.reason_code == BEYOND_QUOTA


def take_or_tell(service: Service, seen: Observation) -> Observation:
    """Reserve for it, or say that there is no room."""
    try:
        with transaction.atomic():
            reservation.take_compute(service)
    except QuotaExceeded as full:
        return _with(Reason(code=BEYOND_QUOTA, message=_MESSAGE, raw=full.detail), seen)
    return seen


def told_before(service: Service, seen: Observation) -> Observation:
    """As a worker has found it, for who does not try to reserve."""
    said = row_says(service).reason
    if said is None or not (is_told(service) and is_unreserved(service, seen)):
        return seen
    return _with(said, seen)


def _with(reason: Reason, seen: Observation) -> Observation:
    """What it waits for while it starts is of more use."""
    if seen.reason is None or seen.state is Observed.RUNNING:
        return replace(seen, reason=reason)
    return seen
