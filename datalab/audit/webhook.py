"""Who outside hears of events, and what is on its way to them."""

import uuid
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.crypto import salted_hmac
from django.utils.timezone import now

from datalab.core.reconciling import Reconciled, ReconciledQuerySet


class WebhookQuerySet(ReconciledQuerySet["Webhook"]):
    def hearing_of(self, type_: str, tenant_id: uuid.UUID | None) -> list["Webhook"]:
        """Those that are told of an event of that type in that tenant."""
        of = Q(tenant_id=None) | Q(tenant_id=tenant_id) if tenant_id else Q(tenant_id=None)
        found = self.filter(of, disabled_at=None)
        return [one for one in found if not one.types or type_ in one.types]

    def with_waiting(self) -> Self:
        """`waiting` is how many events have not arrived yet."""
        rows = Delivery.objects.filter(
            webhook=OuterRef("pk"), delivered_at=None, given_up_at=None
        ).order_by()
        count = rows.values("webhook").annotate(count=Count("pk")).values("count")
        return self.annotate(waiting=Coalesce(Subquery(count), 0))

    def ready(self, at: datetime) -> Self:
        """Those with something to send that may be tried."""
        waiting = Delivery.objects.waiting(at).filter(webhook=OuterRef("pk"))
        rested = Q(check_after=None) | Q(check_after__lte=at)
        return self.unclaimed(at).filter(rested, Exists(waiting), disabled_at=None)


class Webhook(Reconciled):
    """`check_after` is when a failing one is tried again; None: at once, if anything waits.

    `tenant_id` None: of the whole platform. `types` empty: all.

    Its secret is kept nowhere: it comes from the platform's own key, the webhook's id and how
    often it was replaced.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    url = models.CharField(max_length=500)
    tenant_id = models.UUIDField(null=True, db_index=True)
    types = models.JSONField(default=list)
    created_by = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=now)
    failing_since = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_because = models.CharField(max_length=500, blank=True)
    secrets_before = models.PositiveIntegerField(default=0, db_default=0)

    objects = WebhookQuerySet.as_manager()

    @property
    def key(self) -> bytes:
        said = f"{self.id}:{self.secrets_before}" if self.secrets_before else str(self.id)
        return salted_hmac("datalab.webhook", said, algorithm="sha256").digest()


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self, at: datetime) -> Self:
        return self.filter(delivered_at=None, given_up_at=None, due_at__lte=at).order_by("id")


class Delivery(models.Model):
    """One event to one webhook, written with the event. Sent at least once, always the same."""

    id = models.BigAutoField(primary_key=True)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    message = models.UUIDField(default=uuid.uuid4, unique=True)
    """What receivers tell repetitions by."""
    type = models.CharField(max_length=64)
    body = models.JSONField()
    created_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(default=now)
    attempts = models.PositiveIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, blank=True)
    """Of the last attempt; empty where it went well."""

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["webhook", "id"],
                condition=Q(delivered_at=None, given_up_at=None),
                name="deliveries_waiting",
            ),
            models.Index(fields=["webhook", "-id"], name="deliveries_of_webhook"),
        ]


def payload(event: Any) -> dict[str, Any]:
    """An event as receivers get it: type, timestamp and data, as Standard Webhooks has it."""
    return {
        "type": event.type,
        "timestamp": event.at.isoformat(),
        "data": {
            "id": event.pk,
            "actor": event.actor,
            "acting": event.acting,
            "tenant_id": str(event.tenant_id) if event.tenant_id else None,
            "target": event.target,
            "address": event.address,
            "request_id": event.request_id,
            "before": event.before,
            "after": event.after,
            "details": event.data,
        },
    }
