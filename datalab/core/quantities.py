"""Kubernetes quantities: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/

Inside the platform cpu is an integer of millicores, memory and storage integers of bytes.
"""

import re
from decimal import Decimal
from enum import StrEnum

_QUANTITY = re.compile(
    r"([0-9]{1,18}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})([eE][-+]?[0-9]{1,2}|[numkMGTPE]|[KMGTPE]i)?"
)
_FACTORS = {
    "": Decimal(1),
    **{
        s: Decimal(10) ** (3 * i)
        for s, i in zip("numkMGTPE", (-3, -2, -1, 1, 2, 3, 4, 5, 6), strict=True)
    },
    **{f"{s}i": Decimal(1024) ** i for i, s in enumerate("KMGTPE", start=1)},
}
_CEILING = Decimal(2) ** 62


class Resource(StrEnum):
    """What a quota limits. The names of the API."""

    CPU = "cpu"
    MEMORY = "memory"
    GPU = "gpu"
    STORAGE = "storage"
    SERVICES = "services"


def parse(text: str | int | float) -> Decimal:
    """The plain number a quantity stands for. ValueError where it is none, or absurdly large."""
    matched = _QUANTITY.fullmatch(str(text))
    if matched is None:
        raise ValueError(f"{str(text)[:40]!r} is not a quantity such as 500m or 8Gi")
    number, suffix = matched[1], matched[2] or ""
    if suffix[:1] in {"e", "E"} and len(suffix) > 1 and suffix != "Ei":
        value = Decimal(number) * Decimal(10) ** int(suffix[1:])
    else:
        value = Decimal(number) * _FACTORS[suffix]
    if value > _CEILING:
        raise ValueError(f"{str(text)[:40]!r} is too large")
    return value


def to_units(resource: Resource, text: str | int | float) -> int:
    """The platform's integer for a quantity, rounded up: a reservation never takes too little."""
    value = parse(text) * 1000 if resource is Resource.CPU else parse(text)
    return int(value.to_integral_value(rounding="ROUND_CEILING"))


def from_units(resource: Resource, units: int) -> str | int:
    """As the API writes it: `"1500m"`, `"2"`, `"8Gi"`; gpu and services as integers."""
    match resource:
        case Resource.GPU | Resource.SERVICES:
            return units
        case Resource.CPU:
            return str(units // 1000) if units % 1000 == 0 else f"{units}m"
        case Resource.MEMORY | Resource.STORAGE:
            return _bytes(units)


def _bytes(units: int) -> str:
    for power, suffix in ((4, "Ti"), (3, "Gi"), (2, "Mi"), (1, "Ki")):
        if units and units % 1024**power == 0:
            return f"{units // 1024**power}{suffix}"
    return str(units)


def in_words(resource: Resource, units: int) -> str:
    """As people read it in a sentence: `16 GiB`, and `0.5` of a cpu. Rounded where it is crooked."""
    match resource:
        case Resource.GPU | Resource.SERVICES:
            return f"{units:,}"
        case Resource.CPU:
            return f"{Decimal(units) / 1000:,f}"
        case Resource.MEMORY | Resource.STORAGE:
            return _bytes_in_words(units)


def _bytes_in_words(units: int) -> str:
    """In the largest unit in which two decimals say it exactly, else in the largest below it."""
    if units == 0:
        return "0 GiB"
    fitting = [one for one in _WORDS if units >= one[0]]
    for factor, name in fitting:
        if units * 100 % factor == 0:
            return f"{_plain(units, factor)} {name}"
    factor, name = fitting[0] if fitting else (1, "bytes")
    return f"{_plain(units, factor)} {name}"


def _plain(units: int, factor: int) -> str:
    found = f"{Decimal(units) / factor:,.2f}"
    return found.rstrip("0").rstrip(".")


_WORDS = ((1024**4, "TiB"), (1024**3, "GiB"), (1024**2, "MiB"))
