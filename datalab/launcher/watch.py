"""Hearing of changes at once: a thread beside the worker that follows the runtime.

It only shortens the wait. Were it dead, the sweep would find the same a few seconds later.
"""

import threading

import structlog
from django.db import close_old_connections

from datalab.core.errors import ProviderError
from datalab.launcher.models import Service
from datalab.launcher.tasks import reconcile_service
from datalab.providers.cluster.base import ClusterRuntime, ReleaseRef

log = structlog.get_logger(__name__)

RETRY_AFTER = 1.0
TRY_AGAIN = 0.15


def watch(runtime: ClusterRuntime, stop: threading.Event) -> None:
    """Reconcile each service whose observation has changed, until `stop` is set."""
    while not stop.is_set():
        try:
            follow(runtime, stop)
        except ProviderError as error:
            log.info("watch_interrupted", code=error.code, detail=error.detail)
        stop.wait(RETRY_AFTER)


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
