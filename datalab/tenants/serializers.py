"""The shapes of tenants in the API."""

from typing import Any

from rest_framework import serializers

from datalab.core.quantities import Resource, from_units, to_units
from datalab.tenants.lifecycle import KINDS, ROLES
from datalab.tenants.models import Amounts, Membership, Quota, Tenant


class QuantitiesSerializer(serializers.Serializer[Any]):
    """cpu, memory and storage as Kubernetes quantities, gpu and services as integers."""

    cpu = serializers.CharField()
    memory = serializers.CharField()
    gpu = serializers.IntegerField()
    storage = serializers.CharField()
    services = serializers.IntegerField()


class QuotaSerializer(serializers.Serializer[Quota]):
    limits = QuantitiesSerializer()
    used = QuantitiesSerializer()
    available = QuantitiesSerializer()

    def to_representation(self, instance: Quota) -> dict[str, dict[str, str | int]]:
        free = {r: max(0, instance.limits[r] - instance.used[r]) for r in Resource}
        return {
            "limits": as_quantities(instance.limits),
            "used": as_quantities(instance.used),
            "available": as_quantities(free),
        }


def as_quantities(amounts: Amounts) -> dict[str, str | int]:
    return {str(resource): from_units(resource, amount) for resource, amount in amounts.items()}


class LimitsSerializer(serializers.Serializer[Any]):
    cpu = serializers.CharField(max_length=32, required=False)
    memory = serializers.CharField(max_length=32, required=False)
    gpu = serializers.IntegerField(min_value=0, max_value=10**6, required=False)
    storage = serializers.CharField(max_length=32, required=False)
    services = serializers.IntegerField(min_value=0, max_value=10**6, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        units: dict[str, Any] = {}
        for name, text in attrs.items():
            try:
                units[name] = to_units(Resource(name), text)
            except ValueError as error:
                raise serializers.ValidationError({name: str(error)}) from error
        return units


class QuotaChangeSerializer(serializers.Serializer[Any]):
    limits = LimitsSerializer()


class TenantSerializer(serializers.ModelSerializer[Tenant]):
    kind = serializers.ChoiceField(choices=KINDS)

    class Meta:
        model = Tenant
        fields = ["slug", "display_name", "kind", "provisioned", "created_at"]


class MemberSerializer(serializers.ModelSerializer[Membership]):
    username = serializers.CharField(source="user.username")
    display_name = serializers.CharField(source="user.get_full_name")
    role = serializers.ChoiceField(choices=ROLES)

    class Meta:
        model = Membership
        fields = ["username", "display_name", "role", "from_groups"]


class RoleSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=ROLES)


class NewMemberSerializer(RoleSerializer):
    username = serializers.CharField(max_length=150)
