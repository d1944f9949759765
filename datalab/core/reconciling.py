"""Rows that a worker drives towards a wanted state."""

from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import F, Q

CLAIM_FOR = timedelta(seconds=90)
MAX_BACKOFF = timedelta(minutes=15)
QUEUED_AGAIN_AFTER = timedelta(seconds=15)
"""Where nobody has claimed the row: the message about it was lost, or the workers are busy."""
MOST_QUEUED = 100


Row = TypeVar("Row", bound="Reconciled")


class ReconciledQuerySet(models.QuerySet[Row]):
    def due(self, now: datetime) -> Self:
        return self.filter(check_after__lte=now).order_by("check_after")

    def unclaimed(self, now: datetime) -> Self:
        return self.filter(Q(claimed_until=None) | Q(claimed_until__lt=now))

    def claim(self, pk: object, now: datetime) -> bool:
        """Take the row for this worker; False when another worker has it."""
        taken = self.unclaimed(now).filter(pk=pk)
        return taken.update(claimed_until=now + CLAIM_FOR, queued_until=None) == 1

    def to_queue(self, now: datetime) -> list[Any]:
        """The keys of these rows, but for those that wait in the queue; from now on they do.

        Else each look of a sweep would queue them all once more while workers have more than they
        can do.
        """
        rested = Q(queued_until=None) | Q(queued_until__lt=now)
        found = list(self.filter(rested).values_list("pk", flat=True)[:MOST_QUEUED])
        if found:
            self.filter(pk__in=found).update(queued_until=now + QUEUED_AGAIN_AFTER)
        return found

    def look_within(self, wait: timedelta, now: datetime) -> int:
        """Bring forward what was to be looked at later than that. Writes only where there is any."""
        late = self.filter(check_after__gt=now + wait)
        return late.update(check_after=now + wait) if late.exists() else 0

    def wake(self, now: datetime) -> int:
        """Make rows due at once: their wanted state has changed."""
        return self.update(generation=F("generation") + 1, check_after=now)


class Reconciled(models.Model):
    generation = models.PositiveIntegerField(default=1)
    applied_generation = models.PositiveIntegerField(default=0)
    check_after = models.DateTimeField(null=True, db_index=True)
    claimed_until = models.DateTimeField(null=True)
    queued_until = models.DateTimeField(null=True)
    """A sweep has told a worker of it, and tells none again before that."""
    failures = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=64, blank=True)
    error_detail = models.TextField(blank=True)

    class Meta:
        abstract = True


def backoff(failures: int) -> timedelta:
    """How long to wait after the given number of failures in a row."""
    return min(timedelta(seconds=5 * 2 ** min(failures, 10)), MAX_BACKOFF)
