"""Whether something would start at once, wait for room, or be refused: in a sentence. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from datalab.core.errors import Shortage
from datalab.core.quantities import Resource
from datalab.providers.cluster.base import Capacity
from datalab.providers.cluster.lacking import lacking
from datalab.providers.cluster.room import Amounts, Room
from datalab.quotas.shortage import missing_words, said


class State(StrEnum):
    """`WAITS` can be launched all the same: it starts by itself once there is room."""

    FITS = "fits"
    WAITS = "waits"
    REFUSED = "refused"
    UNKNOWN = "unknown"


STATES = [state.value for state in State]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`because` is empty where it fits, and where nobody can tell."""

    state: State
    because: str = ""


def verdict(
    pods: Sequence[Amounts],
    room: Room | None,
    *,
    short: Sequence[Shortage] = (),
    mine: Mapping[str, int] | None = None,
) -> Verdict:
    """`pods` each need a machine; `short` is what the quota lacks; `mine` who asks has of devices."""
    if short:
        whose = "your own limit" if all(one.whose == "member" for one in short) else "the quota"
        lacks = "; ".join(map(missing_words, short))
        return Verdict(state=State.REFUSED, because=f"Over {whose}: {lacks}.")
    if room is None:
        return Verdict(state=State.UNKNOWN)
    for asked in pods:
        if none := absent(asked, room):
            return Verdict(state=State.REFUSED, because=none)
        if not room.takes(asked):
            return Verdict(state=State.WAITS, because=_waits(asked, room, mine or {}))
    return Verdict(state=State.FITS)


def absent(asked: Amounts, room: Room) -> str:
    """What is said of devices that there will never be as many of, as at the launch itself."""
    devices = {name: number for name, number in asked.items() if "/" in name}
    there = Capacity(cpu=None, memory=None, storage=None, devices=room.there, grows=room.grows)
    return lacking(there, devices) or ""


def _waits(asked: Amounts, room: Room, mine: Mapping[str, int]) -> str:
    if room.grows:
        return "It waits for room: a machine may have to come first."
    if not room.machines:
        return "Will wait: there is no machine of the kind that it asks for."
    for name, amount in sorted(asked.items(), key=lambda one: "/" not in one[0]):
        if amount and room.knows(name) and room.largest(name) < amount:
            return _device(name, amount, room, mine) if "/" in name else _size(name, amount, room)
    return "Will wait: no machine has all of it free at once."


def _device(name: str, amount: int, room: Room, mine: Mapping[str, int]) -> str:
    there, free = room.there.get(name, 0), room.free.get(name, 0)
    waiting = room.waiting.get(name, 0)
    if free:
        found = f"{free} of {there} {name} free, {room.largest(name)} on one machine"
        asked = f", {waiting} waited for already" if waiting else ""
        return f"Will wait: {found}{asked}, and it asks for {amount}."
    used = f"{there - room.promised.get(name, 0)} of {there} in use"
    asked = f" and {waiting} waited for already" if waiting else ""
    own = f", {mine[name]} by you" if mine.get(name) else ""
    return f"Will wait: no free {name}; {used}{asked}{own}."


def _size(name: str, amount: int, room: Room) -> str:
    asked, most = (said(name, units) for units in (amount, room.largest(name)))
    of = f"of {name}"
    if name == Resource.CPU:
        of = "core" if asked == "1" else "cores"
    return f"Will wait: no machine has {asked} {of} free; the most is {most}."
