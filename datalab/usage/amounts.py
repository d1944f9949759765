"""How much was held for how long, and what one holds. Pure, and exact: whole units times seconds.

Days are those of UTC. cpu counts in millicores, memory and storage in MiB (a part of one counts as
one), gpu in pieces by the device's name, "" where it has none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Self

from datalab.core.devices import Devices, is_whole

HOUR = 3600
MONTH_HOURS = 730
"""A month of storage, as the public clouds count it."""
_MIB = 1024**2
_DAY = timedelta(days=1)


class Holding(StrEnum):
    """What a service holds lives twice: storage stays while it is paused."""

    COMPUTE = "compute"
    STORAGE = "storage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What is held at one time; or, times seconds, what was used."""

    cpu: int = 0
    memory: int = 0
    storage: int = 0
    gpu: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Self) -> Self:
        names = {*self.gpu, *other.gpu}
        return type(self)(
            cpu=self.cpu + other.cpu,
            memory=self.memory + other.memory,
            storage=self.storage + other.storage,
            gpu={name: self.gpu.get(name, 0) + other.gpu.get(name, 0) for name in names},
        )

    def __mul__(self, seconds: int) -> Self:
        return type(self)(
            cpu=self.cpu * seconds,
            memory=self.memory * seconds,
            storage=self.storage * seconds,
            gpu={name: number * seconds for name, number in self.gpu.items()},
        )

    @property
    def gpus(self) -> int:
        return sum(self.gpu.values())


NOTHING = Amounts()


def gpus_by_name(number: int, devices: Devices) -> dict[str, int]:
    """Named devices by their names; whole GPUs that no device names as "". A slice counts as one."""
    unnamed = number - sum(count for name, count in devices.items() if is_whole(name))
    return {name: n for name, n in {"": unnamed, **devices}.items() if n > 0}


def mebibytes(size: int) -> int:
    return -(-size // _MIB)


def whole_second(at: datetime) -> datetime:
    """Where an interval begins and ends, so that cutting it loses nothing."""
    return at.astimezone(UTC).replace(microsecond=0)


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def per_day(
    began: datetime, ended: datetime, *, since: date, until: date
) -> Iterator[tuple[date, int]]:
    """Each day from `since` to before `until`, with the seconds of it that lie in between."""
    at = max(began, start_of(since))
    end = min(ended, start_of(until))
    while at < end:
        border = min(start_of(at.date() + _DAY), end)
        yield at.date(), int((border - at).total_seconds())
        at = border


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_after(day: date) -> date:
    return (month_of(day) + timedelta(days=32)).replace(day=1)


def hours(unit_seconds: int, *, unit: int = 1) -> str:
    """With three decimals, rounded half to even: `unit` is how many of them are one."""
    return plain(Fraction(unit_seconds, unit * HOUR), "0.001")


def plain(exact: Fraction, step: str) -> str:
    """A decimal number as text. Rounded here, at the very end, and nowhere before."""
    digits = -int(Decimal(step).as_tuple().exponent)
    return f"{Decimal(round(exact * 10**digits)).scaleb(-digits):f}"
