"""A worker and a watcher say that they are there as long as they are, and answer a scraper."""

from typing import Any

from celery import signals
from django.apps import AppConfig
from django.conf import settings

from datalab.launcher.signals import watcher_ready, watcher_stopping


class MonitoringConfig(AppConfig):
    name = "datalab.monitoring"

    def ready(self) -> None:
        signals.worker_ready.connect(start_worker, dispatch_uid="monitoring.start")
        signals.worker_shutting_down.connect(stop, dispatch_uid="monitoring.stop")
        watcher_ready.connect(start_watcher, dispatch_uid="monitoring.start")
        watcher_stopping.connect(stop, dispatch_uid="monitoring.stop")


def start_worker(**_: Any) -> None:
    start("worker")


def start_watcher(**_: Any) -> None:
    start("watcher")


def start(kind: str) -> None:
    from datalab.monitoring import beating, scraping  # noqa: PLC0415 - models come later

    beating.start_thread(kind)
    if settings.METRICS_PORT:
        scraping.serve(settings.METRICS_ADDRESS, settings.METRICS_PORT)


def stop(**_: Any) -> None:
    from datalab.monitoring import beating  # noqa: PLC0415

    beating.stop.set()
