"""Sums over days are the whole: however it is grouped, wherever it is cut, closed or not."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datalab.usage.amounts import Amounts, whole_second
from datalab.usage.models import ClosedDay, DailyUse, PriceVersion, UsageInterval
from datalab.usage.report import Asked, Group, Period, report, total
from datalab.usage.rollup import close_days

pytestmark = pytest.mark.django_db
START, END = date(2026, 2, 20), date(2026, 3, 12)
NOW = datetime(2026, 3, 11, 13, 30, tzinfo=UTC)
ACME, GLOBEX = uuid.UUID(int=1), uuid.UUID(int=2)


def interval(
    began: datetime,
    ended: datetime | None,
    *,
    owner: str = "bob",
    tenant: uuid.UUID = ACME,
    service: int = 1,
    gpu: dict[str, int] | None = None,
) -> UsageInterval:
    return UsageInterval.objects.create(
        service_id=uuid.UUID(int=service),
        service=f"service-{service}",
        tenant_id=tenant,
        tenant="acme" if tenant == ACME else "globex",
        owner=owner,
        owner_id=1,
        catalog="datalab",
        chart="jupyter" if service % 2 else "vscode",
        holding="compute",
        cpu=700,
        memory=3000,
        storage=500,
        gpu=gpu or {},
        started_at=whole_second(began),
        ended_at=whole_second(ended) if ended else None,
    )


def price(day: date, cpu: str) -> None:
    PriceVersion.objects.create(
        valid_from=day,
        currency="EUR",
        cpu_hour=Decimal(cpu),
        memory_gib_hour=Decimal("0.0041"),
        gpu_hour=Decimal("1.3"),
        storage_gib_month=Decimal("0.11"),
        devices={"nvidia.com/gpu": "2.5"},
        set_by="root",
    )


def asked(
    since: date = START,
    until: date = END,
    *,
    by: Period = Period.DAY,
    group: Group = Group.MEMBER,
    tenant: uuid.UUID | None = ACME,
) -> Asked:
    return Asked(since=since, until=until, by=by, group=group, tenant_id=tenant)


def used_and_cost(what: Asked) -> tuple[dict[str, int], int, int, int, Fraction]:
    whole = total(report(what, now=NOW))
    gpu = {name: number for name, number in whole.used.gpu.items() if number}
    return gpu, whole.used.cpu, whole.used.memory, whole.used.storage, whole.cost


moments = st.datetimes(
    min_value=datetime(2026, 2, 18),  # noqa: DTZ001
    max_value=datetime(2026, 3, 11, 13),  # noqa: DTZ001
    timezones=st.just(UTC),
)
lives = st.lists(
    st.tuples(
        moments,
        st.one_of(st.none(), st.timedeltas(timedelta(), timedelta(days=12))),
        st.sampled_from(["ann", "bob", "cem"]),
        st.sampled_from([{}, {"": 1}, {"nvidia.com/gpu": 2}, {"": 1, "mig-1g": 3}]),
    ),
    max_size=6,
)
days = st.dates(START, END)


@given(
    lives=lives,
    cuts=st.lists(days, max_size=4),
    price_days=st.sets(days, max_size=2),
    closing=st.one_of(st.none(), moments),
    group=st.sampled_from([Group.MEMBER, Group.CHART, Group.SERVICE, Group.TENANT]),
    by=st.sampled_from(Period),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_parts_add_up_to_the_whole(
    db: None,
    lives: list[tuple[datetime, timedelta | None, str, dict[str, int]]],
    cuts: list[date],
    price_days: set[date],
    closing: datetime | None,
    group: Group,
    by: Period,
) -> None:
    for model in (UsageInterval, DailyUse, ClosedDay, PriceVersion):
        model.objects.all().delete()
    price(date(2026, 1, 1), "0.03")
    for number, day in enumerate(price_days):
        price(day, f"0.0{number + 4}")
    for number, (began, lasted, owner, gpu) in enumerate(lives):
        ended = began + lasted if lasted is not None else None
        closed = min(ended, NOW) if ended else None
        interval(began, closed, owner=owner, service=number + 1, gpu=gpu)
    whole = used_and_cost(asked())
    expected = _by_hand(price_days)
    assert whole == expected
    if closing is not None:
        close_days(now=closing)
        assert used_and_cost(asked()) == expected
    borders = sorted({START, *cuts, END})
    pieces = [used_and_cost(asked(one, two, by=by, group=group)) for one, two in pairwise(borders)]
    gpus = sum((Amounts(gpu=piece[0]) for piece in pieces), Amounts()).gpu
    assert {name: number for name, number in gpus.items() if number} == whole[0]
    assert [sum(column) for column in list(zip(*pieces, strict=True))[1:]] == list(whole[1:])


def _by_hand(price_days: set[date]) -> tuple[dict[str, int], int, int, int, Fraction]:
    """Second-exact, a day at a time, without any of the code above."""
    gpus: dict[str, int] = {}
    cpu = memory = storage = 0
    money = Fraction()
    rates = {date(2026, 1, 1): Fraction("0.03")}
    rates |= {day: Fraction(f"0.0{number + 4}") for number, day in enumerate(price_days)}
    for row in UsageInterval.objects.all():
        for day in _days():
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            began = max(row.started_at, midnight)
            ended = min(row.ended_at or NOW, midnight + timedelta(days=1))
            seconds = max(0, int((ended - began).total_seconds()))
            cpu, memory = cpu + 700 * seconds, memory + 3000 * seconds
            storage += 500 * seconds
            rate = rates[max(one for one in rates if one <= day)]
            hourly = rate * 700 / 1000 + Fraction("0.0041") * 3000 / 1024
            hourly += Fraction("0.11") * 500 / 1024 / 730
            for name, number in row.gpu.items():
                each = Fraction("2.5") if name == "nvidia.com/gpu" else Fraction("1.3")
                hourly += each * number
                if seconds:
                    gpus[name] = gpus.get(name, 0) + number * seconds
            money += hourly * seconds / 3600
    return gpus, cpu, memory, storage, money


def _days() -> Iterator[date]:
    for number in range((END - START).days):
        yield START + timedelta(days=number)


def test_another_tenants_use_is_not_in_it() -> None:
    interval(NOW - timedelta(days=3), None, service=1)
    interval(NOW - timedelta(days=3), None, service=2, tenant=GLOBEX, owner="mallory")
    assert {key for _, key in report(asked(), now=NOW)} == {("bob", "bob")}


def test_a_day_is_closed_once_and_not_before_it_is_over() -> None:
    interval(datetime(2026, 3, 9, 12, tzinfo=UTC), None)
    assert close_days(now=NOW) == [date(2026, 3, 9), date(2026, 3, 10)]
    assert close_days(now=NOW) == []
    assert DailyUse.objects.count() == 2
    midnight = datetime(2026, 3, 12, tzinfo=UTC)
    assert close_days(now=midnight + timedelta(minutes=9)) == []
    assert close_days(now=midnight + timedelta(minutes=11)) == [date(2026, 3, 11)]


def test_use_before_the_first_prices_is_counted_and_said_to_have_none() -> None:
    interval(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
    price(date(2026, 3, 2), "1")
    found = report(asked(), now=NOW)
    assert found[date(2026, 3, 1), ("bob", "bob")].unpriced
    assert not found[date(2026, 3, 2), ("bob", "bob")].unpriced
    assert total(found).unpriced


@pytest.mark.parametrize("group", [Group.MEMBER, Group.TENANT], ids=str)
def test_a_year_is_read_in_as_many_queries_as_a_day(group: Group) -> None:
    tenant = None if group is Group.TENANT else ACME

    def queries(since: date) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            report(asked(since, NOW.date(), group=group, tenant=tenant), now=NOW)
        return len(seen)

    price(date(2025, 1, 1), "0.03")
    for number in range(40):
        began = NOW - timedelta(days=9 * number + 1)
        owner = f"member-{number % 7}"
        interval(began, began + timedelta(days=20), owner=owner, service=number + 1)
    for _ in range(10):
        close_days(now=NOW)
    assert queries(date(2025, 3, 12)) == queries(NOW.date() - timedelta(days=1)) <= 5
