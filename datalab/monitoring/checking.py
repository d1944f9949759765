"""Asking all parts at once: each with a time-out of its own, and no more often than every few seconds."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from django.db import connection
from django.utils.timezone import now

from datalab.monitoring.parts import Failing, Part, all_parts

KEPT_FOR = 5.0
"""Seconds that an answer is good for: any number of probes is one round."""

_Answer = tuple[str, str, float]
"""The remark, what is wrong, and how many seconds it took."""

log = structlog.get_logger(__name__)


class State(StrEnum):
    WORKING = "working"
    SLOW = "slow"  # it answers, and took long enough to be noticed
    FAILING = "failing"


SLOW_AFTER = 1.0
STATES = [state.value for state in State]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """`since` is when this process first saw the state that it is in now."""

    part: Part
    state: State
    remark: str
    error: str
    since: datetime
    seconds: float


class Checks:
    """One round at a time; who asks meanwhile waits for that round's answer."""

    def __init__(
        self,
        parts: Callable[[], Sequence[Part]] = all_parts,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = parts
        self._clock = clock
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="health")
        self._under_way: dict[str, Future[_Answer]] = {}
        self._last: Mapping[str, Seen] = {}
        self._read_at = float("-inf")

    def look(self) -> Sequence[Seen]:
        with self._lock:
            if self._clock() - self._read_at >= KEPT_FOR:
                self._last = self._round()
                self._read_at = self._clock()
            return list(self._last.values())

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _round(self) -> Mapping[str, Seen]:
        parts = self._parts()
        for part in parts:
            # A question that nobody has answered yet is not asked a second time.
            if part.name not in self._under_way:
                self._under_way[part.name] = self._threads.submit(_ask, part)
        began = self._clock()
        return {part.name: self._answer(part, began) for part in parts}

    def _answer(self, part: Part, began: float) -> Seen:
        left = max(0.0, part.within - (self._clock() - began))
        try:
            trouble = self._under_way[part.name].exception(timeout=left)
        except TimeoutError:
            return self._seen(part, "", _silence(part), part.within)
        asked = self._under_way.pop(part.name)
        if trouble is not None:
            log.warning("check_broke", part=part.name, exc_info=trouble)
            return self._seen(part, "", "Asking it failed; the log says more.", part.within)
        return self._seen(part, *asked.result())

    def _seen(self, part: Part, remark: str, error: str, seconds: float) -> Seen:
        state = State.SLOW if seconds > SLOW_AFTER else State.WORKING
        state = State.FAILING if error else state
        before = self._last.get(part.name)
        same = before is not None and before.state is state
        if not same and (before or error):
            log.warning("part_changed", part=part.name, state=state, error=error)
        since = before.since if before is not None and same else now()
        return Seen(
            part=part, state=state, remark=remark, error=error, since=since, seconds=seconds
        )


def _silence(part: Part) -> str:
    return f"It has not answered within {part.within:.0f} s."


def _ask(part: Part) -> _Answer:
    began = time.perf_counter()
    try:
        remark, error = part.check(), ""
    except Failing as failing:
        remark, error = "", str(failing)
    finally:
        # This thread is in nobody's request: the connection would outlive its time.
        connection.close()
    return remark, error, time.perf_counter() - began


checks = Checks()
