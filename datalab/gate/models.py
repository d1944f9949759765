"""How a browser gets from the page's origin to a tool's: a code once, then a pass."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Exists, OuterRef, Q

from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service
from datalab.tenants.lifecycle import Role
from datalab.tenants.models import Membership

OPENERS = [role.value for role in Role if role.includes(Role.MEMBER)]
"""Who may use a tenant's tools. A tool acts with the tenant's data, so looking on isn't enough."""


class DoorCode(models.Model):
    """Handed from the page to a tool's origin in a URL: once, for 30 seconds, to one browser."""

    digest = models.CharField(max_length=64, primary_key=True)
    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    state = models.CharField(max_length=64)
    back = models.TextField(default="/")
    session = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used = models.BooleanField(default=False)


class DoorPassQuerySet(models.QuerySet["DoorPass"]):
    def good(self, at: datetime) -> Self:
        """Those whose holder is signed in, active and still of the tenant, and whose service is there."""
        session = Session.objects.filter(session_key=OuterRef("session"), expire_date__gt=at)
        membership = Membership.objects.filter(
            user=OuterRef("user"), tenant=OuterRef("service__tenant"), role__in=OPENERS
        )
        return (
            self.filter(Exists(session), expires_at__gt=at, user__is_active=True)
            .filter(Q(user__is_platform_admin=True) | Exists(membership))
            .exclude(service__wanted=Wanted.REMOVED.value)
        )


class DoorPass(models.Model):
    """What the cookie on a tool's origin stands for. Dies with the session of the page."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    digest = models.CharField(max_length=64, unique=True)
    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    session = models.CharField(max_length=64, db_index=True)
    expires_at = models.DateTimeField()

    objects = DoorPassQuerySet.as_manager()
