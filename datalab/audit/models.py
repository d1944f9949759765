import uuid

from django.db import models


class EventType(models.TextChoices):
    """Past tense: an event says what has happened."""

    SIGNED_IN = "account.signed_in"
    SIGN_IN_REFUSED = "account.sign_in_refused"
    TOKEN_CREATED = "token.created"  # noqa: S105 - an event's name
    TOKEN_REVOKED = "token.revoked"  # noqa: S105
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
    QUOTA_CHANGED = "quota.changed"
    SECRET_WRITTEN = "secret.written"  # noqa: S105
    SECRET_DELETED = "secret.deleted"  # noqa: S105
    SERVICE_LAUNCHED = "service.launched"
    SERVICE_REFUSED = "service.refused"
    SERVICE_CHANGED = "service.changed"
    SERVICE_PAUSED = "service.paused"
    SERVICE_RESUMED = "service.resumed"
    SERVICE_RESTARTED = "service.restarted"
    SERVICE_REMOVED = "service.removed"


class Event(models.Model):
    """Holds ids and names, not foreign keys: it outlives what it describes. Never updated.

    `type` has no choices in the database: a new one must not be a migration. `before` and `after`
    are None where nothing was changed. `address` is the caller's, empty for the platform itself.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    type = models.CharField(max_length=64)
    actor = models.CharField(max_length=255, blank=True)
    tenant_id = models.UUIDField(null=True, db_index=True)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=45, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    data = models.JSONField(default=dict)


def new_request_id() -> str:
    return uuid.uuid4().hex
