"""The shapes of use, cost and prices in the API. Figures are decimal numbers as text."""

import re
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from datalab.usage.models import PriceVersion
from datalab.usage.report import Group, Period

_PRICE: dict[str, Any] = {"max_digits": 14, "decimal_places": 6, "min_value": Decimal(0)}
_DEVICE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9./ _-]{0,98}[A-Za-z0-9])?")
MOST_DEVICES = 50
PERIODS = [one.value for one in Period]
GROUPS = [*(one.value for one in Group), "group"]


class FiguresSerializer(serializers.Serializer[Any]):
    """`cost` is null where there are no prices; `unpriced`: part of it is older than the first."""

    cpu_hours = serializers.CharField()
    memory_gib_hours = serializers.CharField()
    gpu_hours = serializers.CharField()
    storage_gib_hours = serializers.CharField()
    cost = serializers.CharField(allow_null=True)
    unpriced = serializers.BooleanField()


class UsageGroupSerializer(FiguresSerializer):
    """`key` is empty for what others used, whom one may not see."""

    key = serializers.CharField()
    title = serializers.CharField()


class UsageRowSerializer(UsageGroupSerializer):
    """`period` is a day such as 2026-11-30, or a month such as 2026-11."""

    period = serializers.CharField()


class MonthsSerializer(serializers.Serializer[Any]):
    """This month so far, and all of the last one."""

    month = serializers.CharField()
    cost = serializers.CharField(allow_null=True)
    last_month = serializers.CharField()
    last_cost = serializers.CharField(allow_null=True)


class UsageSerializer(serializers.Serializer[Any]):
    from_day = serializers.DateField()
    to_day = serializers.DateField()
    by = serializers.ChoiceField(choices=PERIODS)
    group_by = serializers.ChoiceField(choices=GROUPS)
    currency = serializers.CharField(allow_null=True)
    counted_until = serializers.DateTimeField()
    formula = serializers.CharField()
    total = FiguresSerializer()
    months = MonthsSerializer()
    groups = UsageGroupSerializer(many=True)
    rows = UsageRowSerializer(many=True)


class ServiceUsageSerializer(FiguresSerializer):
    """Since its launch, whoever owned it."""

    since = serializers.DateTimeField(allow_null=True)
    currency = serializers.CharField(allow_null=True)


class NewPricesSerializer(serializers.Serializer[Any]):
    """Per core-hour, GiB-hour of memory, GPU-hour, and GiB-month (730 hours) of storage.

    `devices` gives named GPUs a price of their own. `valid_from` is a day of UTC; left out: today.
    """

    valid_from = serializers.DateField(required=False)
    currency = serializers.RegexField(r"^[A-Z]{3}$", help_text='Such as "EUR".')
    cpu_hour = serializers.DecimalField(**_PRICE)
    memory_gib_hour = serializers.DecimalField(**_PRICE)
    gpu_hour = serializers.DecimalField(**_PRICE)
    storage_gib_month = serializers.DecimalField(**_PRICE)
    devices = serializers.DictField(child=serializers.DecimalField(**_PRICE), required=False)

    def validate_devices(self, devices: dict[str, Decimal]) -> dict[str, Decimal]:
        if len(devices) > MOST_DEVICES:
            raise serializers.ValidationError(f"At most {MOST_DEVICES} devices.")
        if not all(_DEVICE.fullmatch(name) for name in devices):
            raise serializers.ValidationError("A device's name is such as nvidia.com/gpu.")
        return devices


class PriceVersionSerializer(serializers.ModelSerializer[PriceVersion]):
    devices = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = PriceVersion
        fields = [
            "valid_from",
            "currency",
            "cpu_hour",
            "memory_gib_hour",
            "gpu_hour",
            "storage_gib_month",
            "devices",
            "set_at",
            "set_by",
        ]
        read_only_fields = fields


class PricesSerializer(serializers.Serializer[Any]):
    """`current` is null before the first prices; `versions` newest first."""

    current = PriceVersionSerializer(allow_null=True)
    versions = PriceVersionSerializer(many=True)
