"""How a browser gets from the page's origin to a tool's: a code once, then a pass."""

import uuid

from django.conf import settings
from django.db import models

from datalab.launcher.models import Service


class DoorCode(models.Model):
    """Handed from the page to a tool's origin in a URL: once, for 30 seconds, to one browser."""

    digest = models.CharField(max_length=64, primary_key=True)
    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    state = models.CharField(max_length=64)
    session = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used = models.BooleanField(default=False)


class DoorPass(models.Model):
    """What the cookie on a tool's origin stands for. Dies with the session of the page."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    digest = models.CharField(max_length=64, unique=True)
    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    session = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
