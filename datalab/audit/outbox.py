"""Events on their way out are written with the event itself: neither gets lost without the other.

Only new rows: to touch the webhook's own here would make all that is written wait for each other.
"""

from collections.abc import Sequence

from datalab.audit.models import Event
from datalab.audit.webhook import Delivery, Webhook, payload
from datalab.core.later import after_commit


def put_out(event: Event) -> None:
    """For all that hear of it."""
    post(event, Webhook.objects.hearing_of(event.type, event.tenant_id))


def post(event: Event, webhooks: Sequence[Webhook]) -> None:
    body = payload(event) if webhooks else {}
    for webhook in webhooks:
        Delivery.objects.create(webhook=webhook, type=event.type, body=body)
        after_commit(wake, str(webhook.pk))


def wake(webhook_id: str) -> None:
    from datalab.audit.tasks import deliver_to_webhook  # noqa: PLC0415 - it writes events itself

    deliver_to_webhook.delay(webhook_id)
