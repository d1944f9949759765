"""Celery's way in: the clock closes days that are over."""

import structlog
from celery import shared_task
from django.utils.timezone import now

from datalab.usage.rollup import close_days

log = structlog.get_logger(__name__)


@shared_task
def close_days_that_are_over() -> None:
    closed = close_days(now=now())
    if closed:
        log.info("days_closed", first=str(closed[0]), last=str(closed[-1]))
