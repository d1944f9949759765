from datetime import datetime

from django.db import models


class Heartbeat(models.Model):
    """The last sign of life of a part that has no address: workers, the gate, the queue's pulse.

    `lag` is how late it came, in seconds; only the pulse knows.
    """

    part = models.CharField(max_length=100, primary_key=True)
    """The kind, a colon, and which one: `worker:host-17`. The pulse is one: `queue`."""
    at = models.DateTimeField()
    started_at = models.DateTimeField()
    version = models.CharField(max_length=32)
    lag = models.FloatField(default=0)


def note(part: str, *, at: datetime, started_at: datetime, version: str, lag: float = 0) -> None:
    Heartbeat.objects.update_or_create(
        part=part, defaults={"at": at, "started_at": started_at, "version": version, "lag": lag}
    )
