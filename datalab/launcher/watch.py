"""Hearing of changes at once: whoever follows the runtime, a process or a thread beside the worker.

It only shortens the wait. Were it dead, the sweep would find the same a little later.
"""

import threading
from collections.abc import Callable, Iterable
from contextlib import closing

import structlog
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections

from datalab.core.errors import ProviderError
from datalab.launcher.leading import LOOKS_EVERY, Leadership
from datalab.launcher.mirroring import MOST_AT_ONCE, Rows
from datalab.launcher.models import Service
from datalab.launcher.rooms import Rooms
from datalab.launcher.tasks import reconcile_service
from datalab.providers.cluster.base import ClusterRuntime, ReleaseMirror, ReleaseRef

log = structlog.get_logger(__name__)

RETRY_AFTER = 1.0
TRY_AGAIN = 0.15


def watch(runtime: ClusterRuntime, stop: threading.Event) -> None:
    """Until `stop` is set."""
    while not stop.is_set():
        try:
            mirror = runtime.mirror()
            if mirror is None:
                follow(runtime, stop)
            else:
                follow_as_leader(mirror, stop)
        except (ProviderError, DatabaseTrouble) as error:
            log.warning("watch_interrupted", error=type(error).__name__)
        stop.wait(RETRY_AFTER)


# -- asking is cheap: the service is reconciled right here ----------------------------------------
def follow(runtime: ClusterRuntime, stop: threading.Event) -> None:
    for ref in runtime.changes():
        if stop.is_set():
            return
        if ref is not None:
            reconcile_now(ref)


def reconcile_now(ref: ReleaseRef) -> None:
    """Here and not through the queue: somebody waits for this."""
    close_old_connections()
    found = Service.objects.filter(tenant__namespace=ref.namespace, name=ref.name)
    pk = found.values_list("pk", flat=True).first()
    if pk is not None and not reconcile_service(str(pk)):
        # Another thread works on it with an older view: look again right after it.
        reconcile_service.apply_async((str(pk),), countdown=TRY_AGAIN)


# -- asking is dear: one of all watchers follows a mirror, and writes down what it shows ----------
def follow_as_leader(mirror: ReleaseMirror, stop: threading.Event) -> None:
    """Returns when another one leads."""
    leadership = Leadership()
    while not leadership.take():
        close_old_connections()
        if stop.wait(LOOKS_EVERY):
            return
    log.info("watch_leads")
    try:
        with closing(mirror.changes()) as changes:
            write_down(changes, Rows(mirror), Rooms(mirror), leads=leadership.keep, stop=stop)
    finally:
        log.info("watch_leads_no_more")
    leadership.give_back()


def write_down(
    changes: Iterable[ReleaseRef | None],
    rows: Rows,
    rooms: Rooms,
    *,
    leads: Callable[[], bool],
    stop: threading.Event,
) -> None:
    """What comes together is written together."""
    changed: set[ReleaseRef] = set()
    for ref in changes:
        if stop.is_set() or not leads():
            return
        if ref is not None:
            changed.add(ref)
        if ref is None or len(changed) >= MOST_AT_ONCE:
            close_old_connections()
            rows.keep(changed)
            rooms.keep(heard=bool(changed))
            changed.clear()
