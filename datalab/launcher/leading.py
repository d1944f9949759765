"""Which of several watchers writes down what happens on the cluster: the one that holds the lease.

Were there two for a moment, they would write the same: nothing depends on there being one alone.
"""

import os
import socket
import time
from datetime import datetime

from django.utils.timezone import now

from datalab.launcher.models import Lease

NAME = "watch"
RENEWED_EVERY = 3.0
"""Seconds. A dead leader is followed after HELD_FOR and one look of those that wait."""
LOOKS_EVERY = 2.0


def somebody_watches(at: datetime) -> bool:
    return Lease.objects.is_held(NAME, at)


class Leadership:
    """Of this process: each attempt has a name of its own, so that a thread can be told from another."""

    def __init__(self) -> None:
        self._holder = f"{socket.gethostname()[:60]}-{os.getpid()}-{time.monotonic_ns()}"
        self._renewed_at = 0.0

    def take(self) -> bool:
        """Also to keep it."""
        taken = Lease.objects.take(NAME, self._holder, now())
        self._renewed_at = time.monotonic()
        return taken

    def keep(self) -> bool:
        """Cheap, so often as one likes. False once another one leads."""
        due = time.monotonic() - self._renewed_at > RENEWED_EVERY
        return self.take() if due else True

    def give_back(self) -> None:
        Lease.objects.give_back(NAME, self._holder, now())
