"""Asking again, every second, whether what is open may stay open."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

import structlog
from django.db import Error as DatabaseTrouble

EVERY = 1.0
ANSWER_WITHIN = 5.0
BLIND_FOR = 6.0
"""Seconds without an answer after which everything is cut: access must not outlive an outage."""

log = structlog.get_logger(__name__)

_R = TypeVar("_R")


class Guarded(Protocol[_R]):
    """What holds things open. `rights` are those in use."""

    @property
    def rights(self) -> set[_R]: ...

    def cut(self, ended: set[_R]) -> None: ...


class Sweep(Generic[_R]):
    def __init__(
        self,
        guarded: Guarded[_R],
        still_good: Callable[[set[_R]], Awaitable[set[_R]]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._guarded = guarded
        self._still_good = still_good
        self._clock = clock
        self._answered_at = clock()

    async def once(self) -> None:
        """Cut what has ended since the last time."""
        rights = self._guarded.rights
        if not rights:
            self._answered_at = self._clock()
            return
        try:
            good = await asyncio.wait_for(self._still_good(rights), ANSWER_WITHIN)
        except (DatabaseTrouble, TimeoutError) as error:
            blind = self._clock() - self._answered_at
            log.warning("rights_unknown", seconds=round(blind, 1), error=type(error).__name__)
            if blind < BLIND_FOR:
                return
            good = set()
        else:
            self._answered_at = self._clock()
        if rights - good:
            self._guarded.cut(rights - good)

    async def forever(self) -> None:
        while True:
            await self.once()
            await asyncio.sleep(EVERY)
