"""A worker says that it is there as long as it is, and answers a scraper."""

from typing import Any

from celery import signals
from django.apps import AppConfig
from django.conf import settings


class MonitoringConfig(AppConfig):
    name = "datalab.monitoring"

    def ready(self) -> None:
        signals.worker_ready.connect(start, dispatch_uid="monitoring.start")
        signals.worker_shutting_down.connect(stop, dispatch_uid="monitoring.stop")


def start(**_: Any) -> None:
    from datalab.monitoring import beating, scraping  # noqa: PLC0415 - models come later

    beating.start_thread()
    if settings.METRICS_PORT:
        scraping.serve(settings.METRICS_ADDRESS, settings.METRICS_PORT)


def stop(**_: Any) -> None:
    from datalab.monitoring import beating  # noqa: PLC0415

    beating.stop.set()
