"""How much the machines have left now, for whom a preset may send there or for everybody. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Amounts = Mapping[str, int]
"""cpu in millicores, memory in bytes, devices by name. What is not in it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """`machines`: what is left on each, without those that another one has more of everything than.

    `grows`: machines come as they are needed. `waiting`: what is asked for by all that has no machine
    yet; `promised`: the part of it that a machine has room for, which is neither free nor in use.
    """

    there: Amounts
    free: Amounts
    machines: Sequence[Amounts]
    grows: bool = False
    promised: Amounts = field(default_factory=dict)
    waiting: Amounts = field(default_factory=dict)

    def takes(self, asked: Amounts) -> bool:
        """Whether one machine has room for all of it now."""
        known = {name: amount for name, amount in asked.items() if amount and self.knows(name)}
        return any(_holds(machine, known) for machine in self.machines)

    def knows(self, name: str) -> bool:
        """Of a device that no machine has it is known that there are none."""
        return name in self.there or "/" in name

    def largest(self, name: str) -> int:
        """The most of it that one machine has left."""
        return max((machine.get(name, 0) for machine in self.machines), default=0)

    def to_json(self) -> dict[str, Any]:
        return {
            "there": dict(self.there),
            "free": dict(self.free),
            "machines": [dict(one) for one in self.machines],
            "grows": self.grows,
            "promised": dict(self.promised),
            "waiting": dict(self.waiting),
        }


def room_of(
    machines: Iterable[tuple[Amounts, Amounts]],
    *,
    grows: bool = False,
    promised: Amounts | None = None,
    waiting: Amounts | None = None,
) -> Room:
    """Of what each machine has, and what is taken of it or promised."""
    there: dict[str, int] = {}
    free: dict[str, int] = {}
    left = []
    for has, taken in machines:
        rest = {name: max(0, amount - taken.get(name, 0)) for name, amount in has.items()}
        for total, amounts in ((there, has), (free, rest)):
            for name, amount in amounts.items():
                total[name] = total.get(name, 0) + amount
        left.append(rest)
    return Room(
        there=there,
        free=free,
        machines=_widest(left),
        grows=grows,
        promised=promised or {},
        waiting=waiting or {},
    )


def _holds(machine: Amounts, asked: Amounts) -> bool:
    return all(machine.get(name, 0) >= amount for name, amount in asked.items())


def _widest(machines: Sequence[Amounts]) -> list[Amounts]:
    """Whatever fits somewhere fits on one of these: a few, of however many."""
    found: list[Amounts] = []
    for one in sorted(machines, key=lambda each: sum(each.values()), reverse=True):
        if not any(_holds(other, one) for other in found):
            found.append(one)
    return found
