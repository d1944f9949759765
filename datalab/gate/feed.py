"""Reads what happens to services from the database: one reader for all streams of a process."""

import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

import structlog
from django.db import Error as DatabaseTrouble
from django.db import connection
from django.utils.timezone import now

from datalab.launcher.models import Service, ServiceEvent

LOOK_EVERY = 0.1
LOOK_EVERY_BLINDLY = 0.2
AT_ONCE = 500
"""Most events read in one go."""
SETTLES_WITHIN = timedelta(seconds=5)
"""How long a transaction may hold an event back before later ones are sent without it."""
_RECENT = 200
_AFTER_TROUBLE = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of a service's timeline, as it is sent."""

    id: int
    tenant: UUID
    service: UUID
    data: str


class Waker(Protocol):
    """Knows when there may be something new."""

    def wait(self, stop: threading.Event) -> bool:
        """Return True as soon as rows may have been written, False after a while without."""

    def close(self) -> None: ...


class SqliteWaker:
    """`PRAGMA data_version` moves with each commit of any other connection, in any process.

    https://www.sqlite.org/pragma.html#pragma_data_version
    """

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        self._seen = -1

    def wait(self, stop: threading.Event) -> bool:
        (version,) = self._database.execute("PRAGMA data_version").fetchone()
        if version != self._seen:
            self._seen = version
            return True
        stop.wait(LOOK_EVERY)
        return False

    def close(self) -> None:
        self._database.close()


class TimedWaker:
    """Looks again and again. PostgreSQL could say it, but NOTIFY makes all commits wait in line."""

    def wait(self, stop: threading.Event) -> bool:
        stop.wait(LOOK_EVERY_BLINDLY)
        return True

    def close(self) -> None:
        pass


def waker_for_database() -> Waker:
    if connection.vendor == "sqlite":
        return SqliteWaker(Path(str(connection.settings_dict["NAME"])))
    return TimedWaker()


class Feed:
    """A thread that hands every new happening to `deliver`, in order, once."""

    def __init__(
        self,
        deliver: Callable[[Sequence[Happening]], None],
        *,
        make_waker: Callable[[], Waker] = waker_for_database,
    ) -> None:
        self._deliver = deliver
        self._make_waker = make_waker
        self._stop = threading.Event()
        self._last: int | None = None
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._read_on()
            except (DatabaseTrouble, sqlite3.Error) as error:
                # The streams stay open; what is missed is read once the database is back.
                log.warning("feed_interrupted", error=type(error).__name__)
                self._stop.wait(_AFTER_TROUBLE)
            finally:
                connection.close()

    def _read_on(self) -> None:
        if self._last is None:
            self._last = newest()
        with closing(self._make_waker()) as waker:
            while not self._stop.is_set():
                if waker.wait(self._stop):
                    self._hand_over(self._last)

    def _hand_over(self, last: int) -> None:
        while happened := happenings_after(last):
            last = self._last = happened[-1].id
            self._deliver(happened)


def newest() -> int:
    """The id up to which all events are there; 0 before the first.

    PostgreSQL gives ids when rows are written and shows rows when they are committed, so behind a
    gap waits whoever reads on by ids. A gap that stays is a transaction that was rolled back.
    """
    events = ServiceEvent.objects.order_by("-id")
    if connection.vendor == "sqlite":
        return events.values_list("id", flat=True).first() or 0
    recent = list(events.values_list("id", "at")[:_RECENT])
    settled = now() - SETTLES_WITHIN
    reached = 0
    for number, at in reversed(recent):
        if reached and number > reached + 1 and at > settled:
            break
        reached = number
    return reached


def happenings_after(
    last: int, *, tenant: UUID | None = None, service: UUID | None = None
) -> Sequence[Happening]:
    """At most AT_ONCE of them, oldest first."""
    events = ServiceEvent.objects.filter(id__gt=last).order_by("id")
    if connection.vendor != "sqlite":
        events = events.filter(id__lte=newest())
    if tenant is not None:
        events = events.filter(tenant_id=tenant)
    if service is not None:
        events = events.filter(service_id=service)
    found = list(events[:AT_ONCE])
    services = Service.objects.filter(pk__in={event.service_id for event in found})
    by_id = {service.id: service for service in services}
    return [_happening(event, by_id.get(event.service_id)) for event in found]


def _happening(event: ServiceEvent, service: Service | None) -> Happening:
    """`name` and `url` are None for what is gone."""
    reason = {"code": event.reason_code, "message": event.message, "raw": event.raw}
    data = {
        "id": str(event.service_id),
        "name": service.name if service else None,
        "phase": event.phase,
        "reason": reason if event.reason_code or event.message else None,
        "progress": event.progress,
        "at": event.at.isoformat(),
        "url": service.url if service else None,
    }
    return Happening(
        id=event.id, tenant=event.tenant_id, service=event.service_id, data=json.dumps(data)
    )
