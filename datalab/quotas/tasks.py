from celery import shared_task
from django.utils.timezone import now

from datalab.quotas import requests


@shared_task
def end_quota_grants() -> None:
    requests.end_grants(now())
