"""From a mirror of the cluster to our rows, many at a time, without asking the cluster anything.

Where something must be done besides, a worker is woken: here nothing is applied or removed.
"""

import time
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils.timezone import now

from datalab.core.errors import ProviderError
from datalab.core.later import after_commit
from datalab.core.metrics import WATCH_LAG
from datalab.launcher.lifecycle import Action, Wanted, decide
from datalab.launcher.models import Service, ServiceQuerySet
from datalab.launcher.reconcile import reason_of, remembered
from datalab.launcher.seen import row_says, save_all_seen
from datalab.launcher.tasks import reconcile_service
from datalab.launcher.unreserved import is_told, is_unreserved, told_before
from datalab.providers.cluster.base import (
    Observation,
    Observed,
    Reason,
    ReleaseMirror,
    ReleaseRef,
)

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 50
SWEPT_EVERY = 300.0
BLIND_AFTER = 5.0
"""Seconds without an answer after which rows are said to be unknown, on top of the mirror's own."""
BLIND_AT_FIRST_AFTER = 20.0
"""A new leader lists everything first, which takes its time on a large cluster; until then rows say
what the former one knew."""
WOKEN_AGAIN_AFTER = timedelta(seconds=3)
_ALIVE = [Observed.RUNNING.value, Observed.STARTING.value]


class Rows:
    """What is kept up to date. Not for two threads."""

    def __init__(self, mirror: ReleaseMirror) -> None:
        self._mirror = mirror
        self._again: set[ReleaseRef] = set()
        """A worker had them, and saves what it saw: they are looked at once more after that."""
        self._swept_at: float | None = None
        self._blind_since: float | None = None
        self._is_told = False
        """That the cluster does not answer."""

    def keep(self, changed: Collection[ReleaseRef]) -> None:
        """Write down what has changed; called often also where nothing has."""
        if not self._can_tell():
            self._again.update(changed)
            return
        if self._swept_at is None or time.monotonic() - self._swept_at > SWEPT_EVERY:
            self._swept_at = time.monotonic()
            self._write(Service.objects.all(), heard=())
            return
        due, self._again = {*changed, *self._again}, set()
        if due:
            try:
                self._write(_rows_of(due), heard=frozenset(changed))
            except ProviderError:  # it has fallen silent just now
                self._again |= due

    def _can_tell(self) -> bool:
        try:
            self._mirror.refs()
        except ProviderError as error:
            since = self._blind_since = self._blind_since or time.monotonic()
            patience = BLIND_AT_FIRST_AFTER if self._swept_at is None else BLIND_AFTER
            if time.monotonic() - since > patience and not self._is_told:
                self._is_told = True
                forget_what_was_seen(reason_of(error))
            return False
        if self._is_told:
            log.info("cluster_answers_again")
            self._swept_at = None
        self._blind_since, self._is_told = None, False
        return True

    def _write(self, rows: ServiceQuerySet, *, heard: Collection[ReleaseRef]) -> None:
        for some in _some_at_a_time(rows):
            found = self._bring_up_to_date(some, now())
            for service in found:
                told_at = self._mirror.told_at(service.ref)
                if service.ref in heard and told_at is not None:
                    WATCH_LAG.observe(time.monotonic() - told_at)

    @transaction.atomic
    def _bring_up_to_date(self, rows: ServiceQuerySet, at: datetime) -> list[Service]:
        """Locked, so what they say is true until it is written."""
        found = list(rows)
        seen = [(one, self._look_at(one)) for one in found]
        known = [(one, what) for one, what in seen if not _is_about_to_be_made(one, what)]
        save_all_seen([(one, what) for one, what in known if what != row_says(one)])
        free = [(one, what) for one, what in known if not _is_claimed(one, at)]
        self._again.update(one.ref for one, _ in known if _is_claimed(one, at))
        wake([one for one, what in free if _needs_a_worker(one, what)], at)
        return found

    def _look_at(self, service: Service) -> Observation:
        return told_before(service, remembered(service, self._mirror.observe(service.ref)))


def _is_about_to_be_made(service: Service, seen: Observation) -> bool:
    """By a worker."""
    return seen.state is Observed.ABSENT and service.changed and not _is_to_go(service)


def _is_claimed(service: Service, at: datetime) -> bool:
    return service.claimed_until is not None and service.claimed_until >= at


def _is_to_go(service: Service) -> bool:
    """A removal counts as a change until the row is gone."""
    return service.wanted == Wanted.REMOVED


def _needs_a_worker(service: Service, seen: Observation) -> bool:
    """Not for what a worker has begun: helm has taken it away, the cluster ends its processes."""
    wanted = Wanted(service.wanted)
    decision = decide(wanted, seen.state, changed=service.changed, step=seen.step, watched=True)
    if is_unreserved(service, seen) and not is_told(service):
        return True
    leaving = decision.action is Action.REMOVE and seen.state is Observed.REMOVING
    return decision.action is not Action.NONE and not leaving


def wake(services: Iterable[Service], at: datetime) -> None:
    """Through the queue, and by the row for where that is down. Not again at once for each change.

    Of rows that are locked.
    """
    lately = at + WOKEN_AGAIN_AFTER
    rested = [
        one.pk for one in services if not (one.check_after and at < one.check_after <= lately)
    ]
    if rested:
        Service.objects.filter(pk__in=rested).update(check_after=lately)
    for pk in rested:
        after_commit(reconcile_service.delay, str(pk))


def forget_what_was_seen(reason: Reason) -> None:
    """Whether they still run nobody knows: that is what people are told, not what was true before."""
    log.warning("cluster_does_not_answer")
    seen = Observation(state=Observed.UNKNOWN, reason=reason)
    for some in _some_at_a_time(Service.objects.filter(observed__in=_ALIVE)):
        with transaction.atomic():
            save_all_seen([(one, seen) for one in some if one.observed in _ALIVE])


def _some_at_a_time(rows: ServiceQuerySet) -> Iterator[ServiceQuerySet]:
    """Each is read and locked when it is its turn, in a transaction of the caller's."""
    ids = list(rows.values_list("pk", flat=True))
    locked = Service.objects.select_related("tenant").select_for_update(of=("self",), no_key=True)
    for start in range(0, len(ids), MOST_AT_ONCE):
        some = ids[start : start + MOST_AT_ONCE]
        yield locked.filter(pk__in=some).order_by("pk")


def _rows_of(refs: Iterable[ReleaseRef]) -> ServiceQuerySet:
    """Those of the namespaces and of the names: some more than asked for, in one query."""
    refs = list(refs)
    return Service.objects.filter(
        tenant__namespace__in={ref.namespace for ref in refs}, name__in={ref.name for ref in refs}
    )
