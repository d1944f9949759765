"""Rows that a worker drives towards a wanted state."""

from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.db import models
from django.db.models import F, Q

CLAIM_FOR = timedelta(seconds=90)
MAX_BACKOFF = timedelta(minutes=15)


Row = TypeVar("Row", bound="Reconciled")


class ReconciledQuerySet(models.QuerySet[Row]):
    def due(self, now: datetime) -> Self:
        return self.filter(check_after__lte=now).order_by("check_after")

    def unclaimed(self, now: datetime) -> Self:
        return self.filter(Q(claimed_until=None) | Q(claimed_until__lt=now))

    def claim(self, pk: object, now: datetime) -> bool:
        """Take the row for this worker; False when another worker has it."""
        taken = self.unclaimed(now).filter(pk=pk).update(claimed_until=now + CLAIM_FOR)
        return taken == 1

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
    failures = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=64, blank=True)
    error_detail = models.TextField(blank=True)

    class Meta:
        abstract = True


def backoff(failures: int) -> timedelta:
    """How long to wait after the given number of failures in a row."""
    return min(timedelta(seconds=5 * 2 ** min(failures, 10)), MAX_BACKOFF)
