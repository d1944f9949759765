from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils.timezone import now

from datalab.audit.denials import tell_repetitions
from datalab.audit.retention import forget_events


@shared_task
def count_denials() -> None:
    """Once a minute: what was refused again and again."""
    tell_repetitions(now())


@shared_task
def forget_old_events() -> None:
    """Nothing, unless the platform is told how long to keep them."""
    if settings.AUDIT_KEEP_DAYS:
        forget_events(keep=timedelta(days=settings.AUDIT_KEEP_DAYS), now=now())
