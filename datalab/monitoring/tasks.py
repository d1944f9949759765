"""Celery's way in: the clock sends a pulse through the queue, and a worker writes its arrival down."""

import time
from typing import Any

from celery import shared_task
from django.utils.timezone import now

from datalab import VERSION
from datalab.monitoring.models import note


@shared_task(bind=True)
def pulse(self: Any) -> None:
    """That it arrives shows that the clock, the queue and a worker work together."""
    at = now()
    sent = self.request.get("sent_at")
    lag = max(0.0, time.time() - float(sent)) if sent else 0.0
    note("queue", at=at, started_at=at, version=VERSION, lag=lag)
