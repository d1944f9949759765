"""What to do next with a service. Pure: no database, no network, no clock."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from datalab.providers.cluster.base import Observed, Step

AT_ONCE = timedelta(milliseconds=200)
SOON = timedelta(seconds=3)
LATER = timedelta(minutes=5)
FOR_SAFETY = timedelta(seconds=30)
RARELY = timedelta(hours=6)
"""Where every change is told: how soon to look all the same, at what moves and at what has settled."""


class Wanted(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    REMOVED = "removed"


class Change(StrEnum):
    """What made a revision of a service."""

    LAUNCHED = "launched"
    CHANGED = "changed"
    UPGRADED = "upgraded"
    ROLLED_BACK = "rolled_back"


class Outcome(StrEnum):
    """What came of a revision. Once it was ready it was, whatever became of it later."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class Phase(StrEnum):
    """What a person is told. Derived, never stored."""

    QUEUED = "queued"
    PREPARING = "preparing"
    STARTING = "starting"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    REMOVING = "removing"
    FAILED = "failed"
    UNKNOWN = "unknown"


PHASES = [phase.value for phase in Phase]


class Action(StrEnum):
    NONE = "none"
    APPLY = "apply"
    REMOVE = "remove"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Decision:
    action: Action
    check_after: timedelta


_NOT_BEGUN = {None, Step.QUEUED, Step.SCHEDULING}


def decide(
    wanted: Wanted,
    observed: Observed,
    *,
    changed: bool,
    step: Step | None = None,
    watched: bool = False,
) -> Decision:
    """Compare what the user wants with what the runtime reports.

    `changed` is true while the newest wanted state has not been applied. What has been accepted
    but not begun (its environment is ready only now) is applied again: applying twice is once.
    `watched`: somebody is told of every change, and what has been accepted begins by itself, unless
    it is at no step at all.
    """
    soon = FOR_SAFETY if watched else SOON
    if observed is Observed.UNKNOWN:
        return Decision(Action.NONE, soon)
    if wanted is Wanted.REMOVED:
        if observed is Observed.ABSENT:
            return Decision(Action.FORGET, LATER)
        return Decision(Action.REMOVE, FOR_SAFETY if watched else AT_ONCE)
    if changed or _must_be_applied(wanted, observed, step, watched=watched):
        return Decision(Action.APPLY, soon)
    if observed in _SETTLED[wanted]:
        return Decision(Action.NONE, RARELY if watched else LATER)
    return Decision(Action.NONE, soon)


def _must_be_applied(
    wanted: Wanted, observed: Observed, step: Step | None, *, watched: bool
) -> bool:
    """Though nothing has changed here: it vanished, was stopped behind our back, has not begun."""
    match observed:
        case Observed.ABSENT:
            return True
        case Observed.PAUSED:
            return wanted is Wanted.RUNNING
        case Observed.STARTING:
            return step is None if watched else step in _NOT_BEGUN
        case _:
            return False


_SETTLED = {
    Wanted.RUNNING: {Observed.RUNNING, Observed.FAILED},
    Wanted.PAUSED: {Observed.PAUSED, Observed.FAILED},
}


def phase_of(
    wanted: Wanted, observed: Observed, *, changed: bool, step: Step | None = None
) -> Phase:
    """Name the gap between wanted and observed, also before a worker has run."""
    if wanted is Wanted.REMOVED:
        return Phase.REMOVING
    if not changed and observed in _PLAIN:
        return _PLAIN[observed]
    if wanted is Wanted.PAUSED:
        return Phase.PAUSED if observed is Observed.PAUSED else Phase.PAUSING
    if changed:
        return Phase.QUEUED
    if observed is Observed.RUNNING:
        return Phase.RUNNING
    return _WAITING.get(step, Phase.STARTING)


_PLAIN = {Observed.UNKNOWN: Phase.UNKNOWN, Observed.FAILED: Phase.FAILED}
_WAITING: dict[Step | None, Phase] = {
    None: Phase.QUEUED,
    Step.QUEUED: Phase.QUEUED,
    Step.PREPARING: Phase.PREPARING,
}


def outcome_of(phase: Phase) -> Outcome | None:
    """None: it says nothing about it."""
    return {Phase.RUNNING: Outcome.READY, Phase.FAILED: Outcome.FAILED}.get(phase)


def runs_without_reservation(wanted: Wanted, observed: Observed, *, holds: bool) -> bool:
    """It had failed and gave its cpu and memory back, and has got up again by itself."""
    return (
        wanted is Wanted.RUNNING and not holds and observed in {Observed.STARTING, Observed.RUNNING}
    )


def holds_compute(wanted: Wanted, phase: Phase) -> bool:
    """Whether cpu, memory and gpu stay reserved: not once it is paused, failed or leaving.

    They do in any case while something may still run: `Observation.may_run`.
    """
    return wanted is Wanted.RUNNING and phase is not Phase.FAILED
