"""A report in the words of the API: hours, money, names."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from datalab.core.devices import Devices
from datalab.core.quantities import Resource
from datalab.usage.amounts import (
    HOUR,
    MONTH_HOURS,
    Amounts,
    gpus_by_name,
    hours,
    mebibytes,
    month_of,
)
from datalab.usage.models import all_prices
from datalab.usage.pricing import estimate, money, prices_at
from datalab.usage.report import Asked, Group, Key, Period, Report, Tally, of_groups, report, total

_CORE = 1000
_DAY = timedelta(days=1)
_GIB = 1024
FIGURES = ("cpu_hours", "memory_gib_hours", "gpu_hours", "storage_gib_hours", "cost")
FORMULA = (
    "Cost is reserved amount × hours × the price of that day, for each resource: cores, GiB of "
    f"memory and GPUs by the hour, GiB of storage by the month of {MONTH_HOURS} hours. Days are "
    "those of UTC; what is still held counts until now."
)


def figures(tally: Tally, *, priced: bool) -> dict[str, str | bool | None]:
    """`cost` is None where there are no prices at all."""
    used = tally.used
    return {
        "cpu_hours": hours(used.cpu, unit=_CORE),
        "memory_gib_hours": hours(used.memory, unit=_GIB),
        "gpu_hours": hours(used.gpus),
        "storage_gib_hours": hours(used.storage, unit=_GIB),
        "cost": money(tally.cost) if priced else None,
        "unpriced": tally.unpriced,
    }


def told(
    found: Report, asked: Asked, *, now: datetime, titles: Mapping[str, str]
) -> dict[str, Any]:
    currency = currency_of(now.date())
    priced = currency is not None
    return {
        "from_day": asked.since,
        "to_day": asked.until - _DAY,
        "by": asked.by,
        "group_by": asked.group,
        "currency": currency,
        "counted_until": now,
        "formula": FORMULA,
        "total": figures(total(found), priced=priced),
        "groups": [
            {**named(key, asked.group, titles), **figures(tally, priced=priced)}
            for key, tally in sorted(of_groups(found).items(), key=_dearest_first)
        ],
        "rows": list(rows(found, asked, priced=priced, titles=titles)),
    }


def rows(
    found: Report, asked: Asked, *, priced: bool, titles: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """In the order of time, then by name."""
    for (period, key), tally in sorted(found.items(), key=lambda one: (one[0][0], one[0][1])):
        shown = period.isoformat() if asked.by is Period.DAY else f"{period:%Y-%m}"
        yield {
            "period": shown,
            **named(key, asked.group, titles),
            **figures(tally, priced=priced),
        }


def named(key: Key, group: Group, titles: Mapping[str, str]) -> dict[str, str]:
    first, second = key
    match group:
        case Group.CHART:
            return {"key": f"{second}/{first}" if second else first, "title": first or "Others"}
        case _:
            return {"key": first, "title": titles.get(first) or second}


def currency_of(day: date) -> str | None:
    versions = all_prices()
    current = prices_at(day, versions)
    if current is None and versions:
        current = versions[0]
    return current.currency if current else None


def months(asked: Asked, *, now: datetime) -> dict[str, Any]:
    """This month so far, and all of the last one."""
    this = month_of(now.date())
    last = month_of(this - _DAY)
    tomorrow = now.date() + _DAY
    whole = Asked(
        since=last,
        until=tomorrow,
        by=Period.MONTH,
        group=Group.TENANT,
        tenant_id=asked.tenant_id,
    )
    sums = {this: Fraction(), last: Fraction()}
    for (month, _), tally in report(whole, now=now).items():
        sums[month] += tally.cost
    priced = currency_of(now.date()) is not None
    return {
        "month": f"{this:%Y-%m}",
        "cost": money(sums[this]) if priced else None,
        "last_month": f"{last:%Y-%m}",
        "last_cost": money(sums[last]) if priced else None,
    }


def _dearest_first(one: tuple[Key, Tally]) -> tuple[Fraction, int, Key]:
    key, tally = one
    return (-tally.cost, -_weight(tally.used), key)


def _weight(used: Amounts) -> int:
    return (used.cpu + used.memory + used.storage) // HOUR + used.gpus


def estimated(
    footprint: Mapping[Resource, int], devices: Devices, *, day: date
) -> dict[str, Any] | None:
    """What a launch of this size would cost with the prices of the day. None without prices."""
    prices = prices_at(day, all_prices())
    if prices is None:
        return None
    held = Amounts(
        cpu=footprint.get(Resource.CPU, 0),
        memory=mebibytes(footprint.get(Resource.MEMORY, 0)),
        storage=mebibytes(footprint.get(Resource.STORAGE, 0)),
        gpu=gpus_by_name(footprint.get(Resource.GPU, 0), devices),
    )
    return asdict(estimate(held, prices))
