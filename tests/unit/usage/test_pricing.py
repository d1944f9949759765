"""What it costs, exactly, and in words."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datalab.usage.amounts import (
    HOUR,
    Amounts,
    gpus_by_name,
    hours,
    mebibytes,
    per_day,
    plain,
    whole_second,
)
from datalab.usage.pricing import Prices, cost, estimate, prices_at

GIB = 1024  # in MiB
PRICES = Prices(
    valid_from=date(2026, 1, 1),
    currency="EUR",
    cpu_hour=Decimal("0.03"),
    memory_gib_hour=Decimal("0.004"),
    gpu_hour=Decimal("1.20"),
    storage_gib_month=Decimal("0.10"),
    devices={"nvidia.com/gpu": Decimal("2.50")},
)


@pytest.mark.parametrize(
    ("held", "per_hour"),
    [
        pytest.param(Amounts(cpu=2000), "0.0600", id="cores"),
        pytest.param(Amounts(memory=4 * GIB), "0.0160", id="memory"),
        pytest.param(Amounts(gpu={"": 2}), "2.4000", id="GPUs without a name"),
        pytest.param(Amounts(gpu={"nvidia.com/gpu": 1}), "2.5000", id="a device with a price"),
        pytest.param(Amounts(gpu={"amd.com/gpu": 1}), "1.2000", id="a device without one"),
        pytest.param(Amounts(storage=7300 * GIB), "1.0000", id="storage by the month"),
        pytest.param(Amounts(), "0.0000", id="nothing"),
    ],
)
def test_an_hour_costs_amount_times_price(held: Amounts, per_hour: str) -> None:
    assert estimate(held, PRICES).per_hour == per_hour


def test_the_formula_can_be_checked_by_hand() -> None:
    told = estimate(
        Amounts(cpu=1500, memory=2 * GIB, storage=10 * GIB, gpu={"nvidia.com/gpu": 1}), PRICES
    )
    assert told.because == (
        "Each hour: 1.5 cores × 0.03 + 2 GiB memory × 0.004 + 1 nvidia.com/gpu × 2.5"
        " + 10 GiB storage × 0.1 / 730 EUR; a month is 730 hours."
        " While it is paused only its storage costs."
    )
    assert (told.per_hour, told.per_month_running) == ("2.5544", "1864.69")


@pytest.mark.parametrize(
    ("day", "valid_from"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), 1),
        (date(2026, 6, 30), 1),
        (date(2026, 7, 1), 7),
    ],
)
def test_a_day_has_the_prices_of_its_time(day: date, valid_from: int | None) -> None:
    later = Prices(
        valid_from=date(2026, 7, 1),
        currency="EUR",
        cpu_hour=Decimal(1),
        memory_gib_hour=Decimal(0),
        gpu_hour=Decimal(0),
        storage_gib_month=Decimal(0),
    )
    found = prices_at(day, [PRICES, later])
    assert (found.valid_from.month if found else None) == valid_from


@pytest.mark.parametrize(
    ("exact", "shown"),
    [(Fraction(1, 3), "0.3333"), (Fraction(5, 100000), "0.0000"), (Fraction(15, 100000), "0.0002")],
    ids=["endless", "half to even, down", "half to even, up"],
)
def test_rounding_is_half_to_even_and_at_the_end(exact: Fraction, shown: str) -> None:
    assert plain(exact, "0.0001") == shown


def test_a_part_of_a_mebibyte_counts_as_one() -> None:
    assert [mebibytes(size) for size in (0, 1, 1024**2, 1024**2 + 1)] == [0, 1, 1, 2]


def test_hours_are_rounded_to_thousandths() -> None:
    assert hours(1500 * HOUR, unit=1000) == "1.500"


moments = st.datetimes(
    min_value=datetime(2024, 2, 20),  # noqa: DTZ001 - given a time zone right below
    max_value=datetime(2024, 3, 10),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(whole_second)


@given(st.tuples(moments, moments).map(sorted))
def test_the_seconds_of_its_days_are_the_seconds_of_an_interval(ends: list[datetime]) -> None:
    began, ended = ends
    days = dict(per_day(began, ended, since=date(2024, 1, 1), until=date(2025, 1, 1)))
    assert sum(days.values()) == (ended - began).total_seconds()
    assert all(0 < seconds <= 86400 for seconds in days.values())


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=20))
def test_costs_add_up_however_they_are_split(parts: list[int]) -> None:
    whole = cost(Amounts(cpu=sum(parts), memory=sum(parts)), PRICES)
    assert sum(cost(Amounts(cpu=one, memory=one), PRICES) for one in parts) == whole


@pytest.mark.parametrize(
    ("gpu", "devices", "by_name"),
    [
        pytest.param(0, {}, {}, id="none"),
        pytest.param(2, {}, {"": 2}, id="without a name"),
        pytest.param(2, {"nvidia.com/gpu": 2}, {"nvidia.com/gpu": 2}, id="whole ones, once"),
        pytest.param(0, {"nvidia.com/mig-1g.5gb": 3}, {"nvidia.com/mig-1g.5gb": 3}, id="slices"),
        pytest.param(3, {"amd.com/gpu": 1}, {"": 2, "amd.com/gpu": 1}, id="some of both"),
    ],
)
def test_a_gpu_is_counted_once_under_its_name(
    gpu: int, devices: dict[str, int], by_name: dict[str, int]
) -> None:
    assert gpus_by_name(gpu, devices) == by_name
