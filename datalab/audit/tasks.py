from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils.timezone import now

from datalab.audit.delivering import deliver, forget_delivered
from datalab.audit.denials import tell_repetitions
from datalab.audit.retention import forget_events
from datalab.audit.webhook import Webhook
from datalab.providers import registry


@shared_task
def count_denials() -> None:
    """Once a minute: what was refused again and again."""
    tell_repetitions(now())


@shared_task
def forget_old_events() -> None:
    """Nothing, unless the platform is told how long to keep them."""
    if settings.AUDIT_KEEP_DAYS:
        forget_events(keep=timedelta(days=settings.AUDIT_KEEP_DAYS), now=now())


@shared_task
def deliver_to_webhook(webhook_id: str) -> None:
    """What waits for it. Whoever claims it first sends."""
    at = now()
    webhook = Webhook.objects.ready(at).filter(pk=webhook_id).first()
    if webhook is not None and Webhook.objects.claim(webhook.pk, at):
        deliver(webhook, registry.webhook_sender(), clock=now)


@shared_task
def deliver_due_webhooks() -> None:
    """What a lost message left behind, and what is tried again."""
    at = now()
    for pk in Webhook.objects.ready(at).to_queue(at):
        deliver_to_webhook.delay(str(pk))
    forget_delivered(at)
