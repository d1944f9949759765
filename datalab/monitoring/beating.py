"""Signs of life of this process, written down every few seconds by a thread of its own."""

import os
import socket
import threading
from datetime import datetime, timedelta

import structlog
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections
from django.utils.timezone import now

from datalab import VERSION
from datalab.monitoring.models import Heartbeat, note

EVERY = timedelta(seconds=10)
FORGOTTEN_AFTER = timedelta(days=1)

log = structlog.get_logger(__name__)
stop = threading.Event()


def start_thread(kind: str) -> None:
    """For a worker or a watcher; daemon, so that it ends with the process."""
    stop.clear()
    threading.Thread(
        target=_beat_for_ever, args=(kind, now()), name="heartbeat", daemon=True
    ).start()


def _beat_for_ever(kind: str, started_at: datetime) -> None:
    while not stop.is_set():
        close_old_connections()
        try:
            beat(kind, started_at=started_at)
        except DatabaseTrouble as error:
            log.warning("heartbeat_not_written", error=type(error).__name__)
        stop.wait(EVERY.total_seconds())


def beat(kind: str, *, started_at: datetime) -> None:
    """One sign of life of this process."""
    at = now()
    note(f"{kind}:{_me()}", at=at, started_at=started_at, version=VERSION)
    Heartbeat.objects.filter(at__lt=at - FORGOTTEN_AFTER).delete()


def _me() -> str:
    return f"{socket.gethostname()[:60]}-{os.getpid()}"
