"""Somebody of the support stands in for a member: for minutes, for a reason, seen by both."""

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from datalab.accounts.models import User

LONGEST = timedelta(minutes=60)
SHORTEST_REASON = 10
SHOWN_FOR = timedelta(days=30)
"""How long a member sees on their account that somebody acted as them."""


class EndedBecause(StrEnum):
    STOPPED = "stopped"
    TIME = "time is up"
    SIGNED_OUT = "signed out"


class ActingSessionQuerySet(models.QuerySet["ActingSession"]):
    def going(self, at: datetime) -> Self:
        """Those that hold: not ended, in time, and both people still are what they were."""
        return self.filter(
            ended_at=None,
            ends_at__gt=at,
            actor__is_active=True,
            actor__is_platform_admin=True,
            member__is_active=True,
            member__is_platform_admin=False,
        )

    def seen_by(self, member: "User", at: datetime) -> Self:
        shown = self.filter(member=member, started_at__gt=at - SHOWN_FOR)
        return shown.select_related("actor").order_by("-started_at")


class ActingSession(models.Model):
    """Belongs to the one browser session that began it, which holds its id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)

    objects = ActingSessionQuerySet.as_manager()


def acting_in(request: Any) -> ActingSession | None:
    """Whether somebody acts as another in this request: Django's, or the framework's of it."""
    found = getattr(request, "acting", None)
    return found if isinstance(found, ActingSession) else None
