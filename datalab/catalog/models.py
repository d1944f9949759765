from datetime import datetime, timedelta
from typing import Self

from django.db import models

UNUSED_FOR = timedelta(days=1)
"""Longer than any launch takes from keeping its chart to naming it."""


class KeptChartQuerySet(models.QuerySet["KeptChart"]):
    def unused(self, now: datetime) -> Self:
        """Those that nobody has asked for lately. Some are still named by a service."""
        return self.filter(kept_at__lt=now - UNUSED_FOR)


class KeptChart(models.Model):
    """A chart's archive, of which something was made: all of the platform reads it from here.

    What the catalogue has under the same name and version may change or go away; this does not.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=50)
    content = models.BinaryField()
    kept_at = models.DateTimeField()

    objects = KeptChartQuerySet.as_manager()
