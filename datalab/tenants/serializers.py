"""The shapes of tenants in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from datalab.core.devices import Devices
from datalab.core.names import TENANT_MAX
from datalab.core.quantities import Resource, from_units, to_units
from datalab.tenants.lifecycle import KINDS, STATES, Kind
from datalab.tenants.models import Amounts, Quota, Tenant


class DevicesField(serializers.DictField):
    """Whole numbers by the name of a device, such as `nvidia.com/mig-1g.5gb`."""

    child = serializers.IntegerField()


class QuantitiesSerializer(serializers.Serializer[Any]):
    """cpu, memory and storage as Kubernetes quantities, gpu and services as integers.

    `gpu` is all whole GPUs together; `devices` counts each kind by its own name.
    """

    cpu = serializers.CharField()
    memory = serializers.CharField()
    gpu = serializers.IntegerField()
    storage = serializers.CharField()
    services = serializers.IntegerField()
    devices = DevicesField(required=False, help_text="Left out where there is none.")


class SomeQuantitiesSerializer(serializers.Serializer[Any]):
    """Only those that there is something to say of."""

    cpu = serializers.CharField(required=False)
    memory = serializers.CharField(required=False)
    gpu = serializers.IntegerField(required=False)
    storage = serializers.CharField(required=False)
    services = serializers.IntegerField(required=False)
    devices = DevicesField(required=False)


def as_quantities(amounts: Amounts, devices: Devices | None = None) -> dict[str, Any]:
    """As the API writes them; `devices` is left out where there is none."""
    written = {str(resource): from_units(resource, amount) for resource, amount in amounts.items()}
    return {**written, "devices": dict(devices)} if devices else written


class QuotaUseSerializer(serializers.Serializer[Quota]):
    limits = QuantitiesSerializer()
    used = QuantitiesSerializer()
    available = QuantitiesSerializer()

    def to_representation(self, instance: Quota) -> dict[str, dict[str, Any]]:
        free = {r: max(0, instance.limits[r] - instance.used[r]) for r in Resource}
        return {
            "limits": as_quantities(instance.limits),
            "used": as_quantities(instance.used),
            "available": as_quantities(free),
        }


class LimitsSerializer(serializers.Serializer[Any]):
    """Validated, they are in the units of `datalab.core.quantities`."""

    cpu = serializers.CharField(max_length=32, required=False)
    memory = serializers.CharField(max_length=32, required=False)
    gpu = serializers.IntegerField(min_value=0, max_value=10**6, required=False)
    storage = serializers.CharField(max_length=32, required=False)
    services = serializers.IntegerField(min_value=0, max_value=10**6, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        units: dict[str, Any] = dict(attrs)
        for name in (resource for resource in Resource if resource in attrs):
            try:
                units[name] = None if attrs[name] is None else to_units(name, attrs[name])
            except ValueError as error:
                raise serializers.ValidationError({name: str(error)}) from error
        return units


class SuspensionSerializer(serializers.Serializer[Tenant]):
    reason = serializers.CharField(source="suspended_reason")
    by = serializers.CharField(source="suspended_by")
    at = serializers.DateTimeField(source="suspended_at")


class TenantSerializer(serializers.ModelSerializer[Tenant]):
    """`problem` is why the last step of making or deleting it failed; it is tried again."""

    kind = serializers.ChoiceField(choices=KINDS)
    state = serializers.ChoiceField(choices=STATES)
    problem = serializers.CharField(source="error_detail")
    suspension = serializers.SerializerMethodField()
    group = serializers.CharField()
    members = serializers.IntegerField()
    quota = QuotaUseSerializer()

    class Meta:
        model = Tenant
        fields = [
            "slug",
            "display_name",
            "kind",
            "group",
            "state",
            "problem",
            "suspension",
            "provisioned",
            "members",
            "quota",
            "created_at",
        ]

    @extend_schema_field(SuspensionSerializer(allow_null=True))
    def get_suspension(self, tenant: Tenant) -> Any:
        if tenant.suspended_at is None:
            return None
        return SuspensionSerializer(tenant).data


class SuspendSerializer(serializers.Serializer[Any]):
    """The reason is shown to everybody in the tenant."""

    reason = serializers.CharField(min_length=1, max_length=500)


class DisplayNameField(serializers.CharField):
    """One line of any script, such as "Acme Robotics"."""

    def __init__(self, **more: Any) -> None:
        super().__init__(min_length=1, max_length=200, **more)


class NewTenantSerializer(serializers.Serializer[Any]):
    """Without `slug` one is made of the display name; limits that are left out have defaults."""

    display_name = DisplayNameField()
    slug = serializers.CharField(max_length=TENANT_MAX, required=False)
    kind = serializers.ChoiceField(choices=KINDS, default=Kind.BUSINESS_UNIT.value)
    group = serializers.CharField(max_length=100, allow_blank=True, default="")
    limits = LimitsSerializer(required=False)


class TenantChangeSerializer(serializers.Serializer[Any]):
    """A tenant's admin changes the display name; kind and group are a platform administrator's."""

    display_name = DisplayNameField(required=False)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    group = serializers.CharField(max_length=100, allow_blank=True, required=False)


class TenantFilterSerializer(serializers.Serializer[Any]):
    """What a list of tenants can be cut down to."""

    search = serializers.CharField(max_length=200, required=False)
    group = serializers.CharField(max_length=100, required=False)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    state = serializers.ChoiceField(choices=STATES, required=False)


class SlugSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
