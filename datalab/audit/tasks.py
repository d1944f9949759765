from celery import shared_task
from django.utils.timezone import now

from datalab.audit.denials import tell_repetitions


@shared_task
def count_denials() -> None:
    """Once a minute: what was refused again and again."""
    tell_repetitions(now())
