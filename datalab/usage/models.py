from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q

from datalab.usage.amounts import Amounts, Holding
from datalab.usage.pricing import Prices


class Holder(models.Model):
    """Whose use it was. Names and ids, no foreign keys: it outlives service, member and tenant."""

    service_id = models.UUIDField(db_index=True)
    service = models.CharField(max_length=63)
    tenant_id = models.UUIDField()
    tenant = models.CharField(max_length=63)
    owner_id = models.BigIntegerField(null=True)
    owner = models.CharField(max_length=150)
    catalog = models.CharField(max_length=63)
    chart = models.CharField(max_length=100)

    class Meta:
        abstract = True


class UsageIntervalQuerySet(models.QuerySet["UsageInterval"]):
    def open(self) -> Self:
        return self.filter(ended_at=None)

    def between(self, began: datetime, ended: datetime) -> Self:
        """Those that overlap, open ones included."""
        alive = Q(ended_at=None) | Q(ended_at__gt=began)
        return self.filter(alive, started_at__lt=ended)


class UsageInterval(Holder):
    """A service held this from `started_at` until `ended_at`, None while it still does.

    Written in the transaction that changes the reservation. At most one is open for each service
    and holding: the database sees to it. Millicores, MiB, pieces by the device's name.
    """

    id = models.BigAutoField(primary_key=True)
    holding = models.CharField(max_length=16, choices=[(h.value, h.name) for h in Holding])
    cpu = models.BigIntegerField(default=0)
    memory = models.BigIntegerField(default=0)
    storage = models.BigIntegerField(default=0)
    gpu = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = UsageIntervalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service_id", "holding"],
                condition=Q(ended_at=None),
                name="one_open_interval",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "started_at"], name="usage_of_tenant"),
            models.Index(fields=["ended_at"], name="usage_by_end"),
        ]

    @property
    def amounts(self) -> Amounts:
        return Amounts(cpu=self.cpu, memory=self.memory, storage=self.storage, gpu=self.gpu)


class DailyUse(Holder):
    """A closed day's use by one service, added up so that a year is read quickly.

    Amounts times seconds. A named device has a row of its own, with `gpu` alone.
    """

    id = models.BigAutoField(primary_key=True)
    day = models.DateField(db_index=True)
    device = models.CharField(max_length=100, blank=True)
    cpu = models.BigIntegerField(default=0)
    memory = models.BigIntegerField(default=0)
    storage = models.BigIntegerField(default=0)
    gpu = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "day"], name="daily_use_of_tenant")]


class ClosedDay(models.Model):
    """All use of this day is in `DailyUse`. What is not closed is counted from the intervals."""

    day = models.DateField(primary_key=True)


class PriceVersion(models.Model):
    """Prices from a day on. History is kept: past use costs what it cost then."""

    valid_from = models.DateField(unique=True)
    currency = models.CharField(max_length=3)
    cpu_hour = models.DecimalField(max_digits=14, decimal_places=6)
    memory_gib_hour = models.DecimalField(max_digits=14, decimal_places=6)
    gpu_hour = models.DecimalField(max_digits=14, decimal_places=6)
    storage_gib_month = models.DecimalField(max_digits=14, decimal_places=6)
    devices = models.JSONField(default=dict)
    """Name of a device to the price of its hour, as text."""
    set_at = models.DateTimeField(auto_now=True)
    set_by = models.CharField(max_length=150)

    @property
    def prices(self) -> Prices:
        named: Mapping[str, str] = self.devices
        return Prices(
            valid_from=self.valid_from,
            currency=self.currency,
            cpu_hour=self.cpu_hour,
            memory_gib_hour=self.memory_gib_hour,
            gpu_hour=self.gpu_hour,
            storage_gib_month=self.storage_gib_month,
            devices={name: Decimal(price) for name, price in named.items()},
        )


def all_prices() -> list[Prices]:
    """In the order of their dates."""
    return [row.prices for row in PriceVersion.objects.order_by("valid_from")]
