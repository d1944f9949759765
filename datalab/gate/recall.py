"""Remembering who may come in, for seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

VALID_FOR = 2.0
"""Seconds. So long may somebody go on reading after their access has ended."""
_MOST = 10_000

_T = TypeVar("_T")


class Recall(Generic[_T]):
    """Remembers what was found, never that nothing was; many who ask at once cause one look-up."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, _T]] = {}
        self._asking: dict[tuple[str, str], asyncio.Future[_T | None]] = {}

    async def get(
        self, key: tuple[str, str], look_up: Callable[[], Awaitable[_T | None]]
    ) -> _T | None:
        """From memory, or by `look_up`, whose errors go to all who wait."""
        known = self._known.get(key)
        if known is not None and self._clock() < known[0]:
            return known[1]
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.ensure_future(self._look_up(key, look_up))
            self._asking[key] = asking
        # One who goes away must not take the answer from the others.
        return await asyncio.shield(asking)

    async def _look_up(
        self, key: tuple[str, str], look_up: Callable[[], Awaitable[_T | None]]
    ) -> _T | None:
        asked_at = self._clock()
        try:
            found = await look_up()
        finally:
            del self._asking[key]
        self._known.pop(key, None)
        if found is not None:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = (asked_at + VALID_FOR, found)
        return found
