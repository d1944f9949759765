from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.utils.timezone import now

from datalab.audit.webhook import Delivery, Webhook

__all__ = [
    "Delivery",
    "DenialCount",
    "Event",
    "EventQuerySet",
    "EventType",
    "RetentionPass",
    "Webhook",
]


class EventType(models.TextChoices):
    """Past tense: an event says what has happened."""

    SIGNED_IN = "account.signed_in"
    SIGN_IN_REFUSED = "account.sign_in_refused"
    SIGNED_OUT = "account.signed_out"
    ACCESS_DENIED = "access.denied"
    AUDIT_EXPORTED = "audit.exported"
    AUDIT_FORGOTTEN = "audit.forgotten"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_REMOVED = "webhook.removed"
    WEBHOOK_TESTED = "webhook.tested"
    WEBHOOK_SECRET_REPLACED = "webhook.secret_replaced"  # noqa: S105
    WEBHOOK_SENT_AGAIN = "webhook.sent_again"
    WEBHOOK_DISABLED = "webhook.disabled"
    USAGE_EXPORTED = "usage.exported"
    PRICES_CHANGED = "prices.changed"
    ACTING_STARTED = "acting.started"
    ACTING_ENDED = "acting.ended"
    TOKEN_CREATED = "token.created"  # noqa: S105 - an event's name
    TOKEN_NARROWED = "token.narrowed"  # noqa: S105
    TOKEN_REVOKED = "token.revoked"  # noqa: S105
    PERSON_LOCKED = "person.locked"
    PERSON_UNLOCKED = "person.unlocked"
    PLATFORM_ADMIN_CHANGED = "platform_admin.changed"
    PLATFORM_WITHOUT_ADMIN = "platform.without_admin"
    GROUP_RULE_CREATED = "group_rule.created"
    GROUP_RULE_CHANGED = "group_rule.changed"
    GROUP_RULE_DELETED = "group_rule.deleted"
    TENANT_CREATED = "tenant.created"
    TENANT_CHANGED = "tenant.changed"
    TENANT_SUSPENDED = "tenant.suspended"
    TENANT_REACTIVATED = "tenant.reactivated"
    TENANT_DELETION_ASKED = "tenant.deletion_asked"
    TENANT_DELETION_CANCELLED = "tenant.deletion_cancelled"
    TENANT_DELETED = "tenant.deleted"
    MEMBER_ADDED = "member.added"
    MEMBER_CHANGED = "member.changed"
    MEMBER_REMOVED = "member.removed"
    MEMBER_LET_IN = "member.let_in"
    INVITATION_SENT = "invitation.sent"
    INVITATION_SENT_AGAIN = "invitation.sent_again"
    INVITATION_REVOKED = "invitation.revoked"
    INVITATION_ACCEPTED = "invitation.accepted"
    TENANT_WITHOUT_ADMIN = "tenant.without_admin"
    QUOTA_CHANGED = "quota.changed"
    QUOTA_MENDED = "quota.mended"
    MEMBER_QUOTA_CHANGED = "quota.member_changed"
    QUOTA_REQUESTED = "quota.requested"
    QUOTA_GRANTED = "quota.granted"
    QUOTA_REFUSED = "quota.refused"
    QUOTA_WITHDRAWN = "quota.withdrawn"
    QUOTA_GRANT_ENDED = "quota.grant_ended"
    CAPACITY_CHANGED = "capacity.changed"
    SECRET_WRITTEN = "secret.written"  # noqa: S105
    SECRET_DELETED = "secret.deleted"  # noqa: S105
    SERVICE_LAUNCHED = "service.launched"
    SERVICE_REFUSED = "service.refused"
    SERVICE_CHANGED = "service.changed"
    SERVICE_UPGRADED = "service.upgraded"
    SERVICE_ROLLED_BACK = "service.rolled_back"
    SERVICE_PAUSED = "service.paused"
    SERVICE_RESUMED = "service.resumed"
    SERVICE_RESTARTED = "service.restarted"
    SERVICE_REMOVED = "service.removed"
    SERVICE_HANDED_OVER = "service.handed_over"


class EventQuerySet(models.QuerySet["Event"]):
    def of_tenant(self, tenant_id: UUID | None) -> Self:
        """None: of all, and of the platform itself."""
        return self if tenant_id is None else self.filter(tenant_id=tenant_id)

    def between(self, since: datetime | None, until: datetime | None) -> Self:
        """From `since` on, and before `until`."""
        found = self if since is None else self.filter(at__gte=since)
        return found if until is None else found.filter(at__lt=until)


class Event(models.Model):
    """Holds ids and names, not foreign keys: it outlives what it describes. Never updated.

    `type` has no choices in the database: a new one must not be a migration. `before` and `after`
    are None where nothing was changed. `address` is the caller's, empty for the platform itself.
    `acting` is who really did it, where somebody acted as `actor`. `target` is what people look
    for: the name of the service, member or other thing that it happened to.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=now)
    type = models.CharField(max_length=64)
    actor = models.CharField(max_length=255, blank=True)
    acting = models.CharField(max_length=255, blank=True)
    target = models.CharField(max_length=255, blank=True)
    tenant_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=45, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    data = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        # Lists go by id, newest first, within one of these.
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="audit_of_tenant"),
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            models.Index(fields=["type", "-id"], name="audit_of_type"),
            models.Index(fields=["request_id"], name="audit_of_request"),
            models.Index(fields=["at"], name="audit_at"),
        ]


class DenialCount(models.Model):
    """How often the same was refused to the same caller within a minute: one event stands for all."""

    key = models.CharField(max_length=64)
    caller = models.CharField(max_length=64)
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    told = models.JSONField()
    """What the event said, to say it again with the number of repetitions."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["minute", "key"], name="one_count_per_denial"),
        ]
        indexes = [models.Index(fields=["minute", "caller"], name="denials_of_caller")]


class RetentionPass(models.Model):
    """While it is there, events before `until` may be deleted: see append_only. Never committed."""

    until = models.DateTimeField()
