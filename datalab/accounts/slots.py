"""How many requests may hold a thread while they wait for the issuer.

The built-in provider answers from the same pool of threads: n requests that wait for it need
another n threads to be answered. Whoever finds no slot is told to come again at once, because
waiting would hold a thread, too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.conf import settings

from datalab.core.errors import ProviderUnavailable

_slots = BoundedSemaphore(settings.BACK_CHANNEL_SLOTS)


class NoSlot(ProviderUnavailable):
    """All slots are taken."""


@contextmanager
def back_channel_slot() -> Iterator[None]:
    """NoSlot where all are taken."""
    if not _slots.acquire(blocking=False):
        raise NoSlot(
            "Many people are signing in right now. Try again in a moment.", provider="identity"
        )
    try:
        yield
    finally:
        _slots.release()
