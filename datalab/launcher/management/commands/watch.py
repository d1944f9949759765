import signal
import threading
from typing import Any

import structlog
from django.core.management.base import BaseCommand

from datalab.launcher.signals import watcher_ready, watcher_stopping
from datalab.launcher.watch import watch
from datalab.providers import registry

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Follow the cluster, and write down what people are to read within a second. "
        "Several may run: one of them leads, another takes over when it dies."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        watcher_ready.send(sender=type(self))
        log.info("watcher_started")
        try:
            watch(registry.cluster_runtime(), stop)
        finally:
            watcher_stopping.send(sender=type(self))
        log.info("watcher_ended")
