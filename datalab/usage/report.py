"""Use and cost over a range of days, by day or month and by whatever one groups by.

Closed days are added up by the database, the others from their intervals. As many queries as there
are price versions in the range, and two more: not one per member, service or tenant.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar
from uuid import UUID

from django.db.models import CharField, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat, Substr

from datalab.usage.amounts import NOTHING, Amounts, month_of, per_day, start_of
from datalab.usage.models import DailyUse, UsageInterval, all_prices
from datalab.usage.pricing import Prices, cost, prices_at
from datalab.usage.rollup import first_open_day

_DAY = timedelta(days=1)
Row = TypeVar("Row", DailyUse, UsageInterval)


class Period(StrEnum):
    DAY = "day"
    MONTH = "month"


class Group(StrEnum):
    MEMBER = "member"
    CHART = "chart"
    SERVICE = "service"
    TENANT = "tenant"


COLUMNS = {
    Group.MEMBER: ("owner", "owner"),
    Group.CHART: ("chart", "catalog"),
    Group.SERVICE: ("service_id", "service"),
    Group.TENANT: ("tenant_id", "tenant"),
}
"""What tells groups apart, and what else names them."""
Key = tuple[str, str]


@dataclass(slots=True)
class Tally:
    """`cost` counts what had a price; `unpriced` says that some of it had none."""

    used: Amounts = NOTHING
    cost: Fraction = field(default_factory=Fraction)
    unpriced: bool = False

    def add(self, used: Amounts, prices: Prices | None) -> None:
        self.used += used
        if prices is None:
            self.unpriced = True
        else:
            self.cost += cost(used, prices)

    def merge(self, other: "Tally") -> None:
        self.used += other.used
        self.cost += other.cost
        self.unpriced = self.unpriced or other.unpriced


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Days from `since` to before `until`, in UTC."""

    since: date
    until: date
    by: Period
    group: Group
    tenant_id: UUID | None = None
    service_id: UUID | None = None

    def period_of(self, day: date) -> date:
        return day if self.by is Period.DAY else month_of(day)


Report = dict[tuple[date, Key], Tally]


def report(asked: Asked, *, now: datetime) -> Report:
    """By the beginning of the period and the group. Open intervals count until `now`."""
    found: Report = defaultdict(Tally)
    versions = all_prices()
    border = first_open_day() or asked.until
    for since, until, prices in _segments(asked, versions, border):
        for period, key, used in _closed(asked, since, until):
            found[period, key].add(used, prices)
    for day, key, used in _open(asked, max(asked.since, border), now):
        found[asked.period_of(day), key].add(used, prices_at(day, versions))
    return dict(found)


def _segments(
    asked: Asked, versions: Sequence[Prices], border: date
) -> Iterator[tuple[date, date, Prices | None]]:
    """The closed days of the range, cut where prices change."""
    end = min(asked.until, border)
    cuts = sorted({asked.since, *(v.valid_from for v in versions if asked.since < v.valid_from)})
    for since, until in zip(cuts, [*cuts[1:], end], strict=True):
        if since < min(until, end):
            yield since, min(until, end), prices_at(since, versions)


def _closed(asked: Asked, since: date, until: date) -> Iterator[tuple[date, Key, Amounts]]:
    rows = _asked_rows(DailyUse.objects.filter(day__gte=since, day__lt=until), asked)
    # As text: SQLite would ask Python for the month of every row.
    text = Cast("day", CharField())
    period = text if asked.by is Period.DAY else Concat(Substr(text, 1, 8), Value("01"))
    columns = COLUMNS[asked.group]
    summed = (
        rows.order_by()
        .annotate(period=period)
        .values_list("period", *dict.fromkeys(columns), "device")
        .annotate(a=Sum("cpu"), b=Sum("memory"), c=Sum("storage"), d=Sum("gpu"))
    )
    for begins, *rest in summed.iterator(chunk_size=2000):
        *names, device, cpu, memory, storage, gpu = rest
        used = Amounts(
            cpu=int(cpu), memory=int(memory), storage=int(storage), gpu={device: int(gpu)}
        )
        yield date.fromisoformat(begins), (str(names[0]), str(names[-1])), used


def _open(asked: Asked, since: date, now: datetime) -> Iterator[tuple[date, Key, Amounts]]:
    if since >= asked.until:
        return
    rows = UsageInterval.objects.between(start_of(since), start_of(asked.until))
    first, second = COLUMNS[asked.group]
    for row in _asked_rows(rows, asked).iterator(chunk_size=500):
        key = (str(getattr(row, first)), str(getattr(row, second)))
        ended = row.ended_at or now
        for day, seconds in per_day(row.started_at, ended, since=since, until=asked.until):
            yield day, key, row.amounts * seconds


def _asked_rows(rows: QuerySet[Row], asked: Asked) -> QuerySet[Row]:
    if asked.tenant_id is not None:
        rows = rows.filter(tenant_id=asked.tenant_id)
    if asked.service_id is not None:
        rows = rows.filter(service_id=asked.service_id)
    return rows


def total(found: Report) -> Tally:
    whole = Tally()
    for one in found.values():
        whole.merge(one)
    return whole


def of_groups(found: Report) -> dict[Key, Tally]:
    groups: dict[Key, Tally] = defaultdict(Tally)
    for (_, key), one in found.items():
        groups[key].merge(one)
    return dict(groups)


def folded(found: Report, *, keep: set[str], into: Key) -> Report:
    """Every group that is not in `keep` becomes one."""
    result: Report = defaultdict(Tally)
    for (period, key), one in found.items():
        result[period, key if key[0] in keep else into].merge(one)
    return dict(result)
