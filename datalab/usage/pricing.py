"""What it costs. Pure: exact fractions, rounded only where a figure is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from datalab.usage.amounts import HOUR, MONTH_HOURS, Amounts, plain

MONEY = "0.0001"
"""Figures have four decimals; the page shows two."""
_CORE = 1000
_GIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """From `valid_from` on, a day of UTC, until the next ones. `devices` are of one gpu-hour each."""

    valid_from: date
    currency: str
    cpu_hour: Decimal
    memory_gib_hour: Decimal
    gpu_hour: Decimal
    storage_gib_month: Decimal
    devices: Mapping[str, Decimal] = field(default_factory=dict)

    def of_gpu(self, name: str) -> Decimal:
        return self.devices.get(name, self.gpu_hour)


def cost(used: Amounts, prices: Prices) -> Fraction:
    """Of amounts times seconds."""
    gpus = sum((Fraction(prices.of_gpu(name)) * n for name, n in used.gpu.items()), Fraction())
    return (
        Fraction(prices.cpu_hour) * used.cpu / (_CORE * HOUR)
        + Fraction(prices.memory_gib_hour) * used.memory / (_GIB * HOUR)
        + gpus / HOUR
        + Fraction(prices.storage_gib_month) * used.storage / (_GIB * HOUR * MONTH_HOURS)
    )


def money(exact: Fraction) -> str:
    return plain(exact, MONEY)


def prices_at(day: date, versions: Sequence[Prices]) -> Prices | None:
    """`versions` in the order of their dates. None before the first."""
    return next((one for one in reversed(versions) if one.valid_from <= day), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    per_hour: str
    per_month_running: str
    currency: str
    because: str


def estimate(held: Amounts, prices: Prices) -> Estimate:
    hour = cost(held * HOUR, prices)
    return Estimate(
        per_hour=money(hour),
        per_month_running=plain(hour * MONTH_HOURS, "0.01"),
        currency=prices.currency,
        because=sentence(held, prices),
    )


def sentence(held: Amounts, prices: Prices) -> str:
    """The sum in words: what times which price."""
    parts = [
        (
            f"{_number(held.cpu, _CORE)} {'core' if held.cpu == _CORE else 'cores'}",
            prices.cpu_hour,
            held.cpu,
        ),
        (f"{_number(held.memory, _GIB)} GiB memory", prices.memory_gib_hour, held.memory),
        *(
            (f"{number} {name or 'GPU'}", prices.of_gpu(name), number)
            for name, number in held.gpu.items()
        ),
    ]
    terms = [f"{what} × {_price(price)}" for what, price, amount in parts if amount]
    if held.storage:
        price = f"{_price(prices.storage_gib_month)} / {MONTH_HOURS}"
        terms.append(f"{_number(held.storage, _GIB)} GiB storage × {price}")
    hourly = " + ".join(terms) or "nothing that has a price"
    return (
        f"Each hour: {hourly} {prices.currency}; a month is {MONTH_HOURS} hours. "
        "While it is paused only its storage costs."
    )


def _number(amount: int, unit: int) -> str:
    return f"{round(amount / unit, 2):g}"


def _price(price: Decimal) -> str:
    text = f"{price:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
