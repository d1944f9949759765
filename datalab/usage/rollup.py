"""Adds a day up once it is over, so that reading a year does not read every interval of it."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max, Min

from datalab.usage.amounts import NOTHING, Amounts, per_day, start_of
from datalab.usage.models import ClosedDay, DailyUse, UsageInterval

GRACE = timedelta(minutes=10)
"""A transaction that began before midnight may end after it."""
MOST_DAYS = 60
"""In one go; the next run goes on."""
_DAY = timedelta(days=1)
WHO = (
    *("service_id", "service", "tenant_id", "tenant"),
    *("owner_id", "owner", "catalog", "chart"),
)


def close_days(*, now: datetime) -> list[date]:
    """Close each day that is over, oldest first. Returns those that were closed now."""
    return [day for day in _open_days(now) if close_day(day, now=now)]


def first_open_day() -> date | None:
    """From here on the intervals count. None where there is no use at all."""
    newest: date | None = ClosedDay.objects.aggregate(newest=Max("day"))["newest"]
    if newest is not None:
        return newest + _DAY
    first: datetime | None = UsageInterval.objects.aggregate(first=Min("started_at"))["first"]
    return first.date() if first else None


def _open_days(now: datetime) -> Iterator[date]:
    day = first_open_day()
    for _ in range(MOST_DAYS):
        if day is None or start_of(day + _DAY) + GRACE > now:
            return
        yield day
        day += _DAY


def close_day(day: date, *, now: datetime) -> bool:
    """All or nothing; False where another worker was first."""
    try:
        with transaction.atomic():
            ClosedDay.objects.create(day=day)
            DailyUse.objects.bulk_create(_rows(day, now), batch_size=500)
    except IntegrityError:
        return False
    return True


def _rows(day: date, now: datetime) -> Iterable[DailyUse]:
    began, ended = start_of(day), start_of(day + _DAY)
    sums: dict[tuple[object, ...], Amounts] = {}
    for row in UsageInterval.objects.between(began, ended).iterator(chunk_size=500):
        who = tuple(getattr(row, name) for name in WHO)
        for _, seconds in per_day(row.started_at, row.ended_at or now, since=day, until=day + _DAY):
            sums[who] = sums.get(who, NOTHING) + row.amounts * seconds
    for who, used in sums.items():
        yield from _daily(dict(zip(WHO, who, strict=True)), day, used)


def _daily(who: dict[str, object], day: date, used: Amounts) -> Iterator[DailyUse]:
    yield DailyUse(
        **who,
        day=day,
        cpu=used.cpu,
        memory=used.memory,
        storage=used.storage,
        gpu=used.gpu.get("", 0),
    )
    for name, number in used.gpu.items():
        if name:
            yield DailyUse(**who, day=day, device=name, gpu=number)
