"""The shapes of quotas in the API."""

from typing import Any

from rest_framework import serializers

from datalab.core.devices import LONGEST, is_device
from datalab.core.quantities import Resource
from datalab.tenants.serializers import (
    LimitsSerializer,
    QuantitiesSerializer,
    SomeQuantitiesSerializer,
)

MOST_DEVICES = 50


class HolderSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    owner = serializers.CharField()
    resources = SomeQuantitiesSerializer()


class ReservedBySerializer(serializers.Serializer[Any]):
    """The largest first; `complete` is false where there are more."""

    services = HolderSerializer(many=True)
    complete = serializers.BooleanField()


class MemberQuotaSerializer(serializers.Serializer[Any]):
    """`limits` hold for this member now; `own` are those that are not the tenant's default."""

    username = serializers.CharField()
    display_name = serializers.CharField()
    own = SomeQuantitiesSerializer()
    limits = SomeQuantitiesSerializer()
    used = QuantitiesSerializer()


class EffectiveSerializer(serializers.Serializer[Any]):
    """The most that whoever asks can hold now, and the arithmetic."""

    resource = serializers.CharField()
    effective = serializers.CharField()
    because = serializers.CharField()


class QuotaSerializer(serializers.Serializer[Any]):
    """`per_member` has everybody for an admin, and one's own line for everybody else.

    `base` is what was set with PUT; `limits` has what is granted until a date on top.
    """

    limits = QuantitiesSerializer()
    base = QuantitiesSerializer()
    used = QuantitiesSerializer()
    available = QuantitiesSerializer()
    reserved_by = ReservedBySerializer()
    per_member = MemberQuotaSerializer(many=True)
    member_default = SomeQuantitiesSerializer()
    effective = EffectiveSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class DeviceLimitsField(serializers.DictField):
    """Counts by the name of a device; null takes the limit away."""

    child = serializers.IntegerField(min_value=0, max_value=10**6, allow_null=True)

    def to_internal_value(self, data: Any) -> dict[str, int | None]:
        limits: dict[str, int | None] = super().to_internal_value(data)
        if len(limits) > MOST_DEVICES:
            raise serializers.ValidationError(f"At most {MOST_DEVICES} kinds of devices.")
        for name in limits:
            if len(name) > LONGEST or not is_device(name):
                raise serializers.ValidationError(
                    f"{name[:LONGEST]} is no device such as nvidia.com/gpu or nvidia.com/mig-1g.5gb"
                )
        return limits


class TenantLimitsSerializer(LimitsSerializer):
    devices = DeviceLimitsField(required=False)


class QuotaChangeSerializer(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    limits = TenantLimitsSerializer()


class OwnLimitsSerializer(LimitsSerializer):
    """null takes a limit away."""

    cpu = serializers.CharField(max_length=32, required=False, allow_null=True)
    memory = serializers.CharField(max_length=32, required=False, allow_null=True)
    gpu = serializers.IntegerField(min_value=0, max_value=10**6, required=False, allow_null=True)
    storage = serializers.CharField(max_length=32, required=False, allow_null=True)
    services = serializers.IntegerField(
        min_value=0, max_value=10**6, required=False, allow_null=True
    )


class OwnQuotaChangeSerializer(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    limits = OwnLimitsSerializer()


def amounts_of(limits: dict[str, Any]) -> dict[Resource, Any]:
    return {Resource(name): units for name, units in limits.items() if name in set(Resource)}
