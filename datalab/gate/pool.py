"""The few threads in which the gate asks the database: its one door to Django's ORM."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connection

THREADS = 4
LEAVES_WITHIN = 1.0

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Pool:
    def __init__(self, threads: int = THREADS) -> None:
        self._size = threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="gate")

    async def run(self, ask: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What `ask` returns or raises. It goes on in its thread where the caller is cancelled."""
        bound = partial(ask, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, _asked, bound)

    def close(self) -> None:
        """Give the connections back. A thread that hangs is not waited for longer than a moment."""
        all_here = threading.Barrier(self._size)
        left = [self._threads.submit(_leave, all_here) for _ in range(self._size)]
        wait(left, timeout=LEAVES_WITHIN)
        self._threads.shutdown(wait=False, cancel_futures=True)


def _asked(ask: Callable[[], _T]) -> _T:
    # No request begins or ends here, so nobody else drops connections that are old or broken.
    close_old_connections()
    return ask()


def _leave(all_here: threading.Barrier) -> None:
    connection.close()
    # A thread that is held here leaves the next of these to another thread.
    with contextlib.suppress(threading.BrokenBarrierError):
        all_here.wait(LEAVES_WITHIN)
