"""The shapes of requests for more, and of what there is in all."""

from datetime import datetime
from typing import Any

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from datalab.core.devices import LONGEST, is_device
from datalab.core.quantities import Resource, to_units
from datalab.quotas.models import SCOPES, QuotaRequest, State
from datalab.quotas.serializers import MOST_DEVICES, TenantLimitsSerializer
from datalab.quotas.shortage import written_as
from datalab.tenants.serializers import SomeQuantitiesSerializer

STATES = [state.value for state in State]


class QuotaRequestSerializer(serializers.ModelSerializer[QuotaRequest]):
    """`wanted` and `granted` are how much more. `until` null: for good. `ended`: not any more."""

    tenant = serializers.CharField(source="tenant.slug")
    tenant_name = serializers.CharField(source="tenant.display_name")
    username = serializers.CharField(source="user.username")
    scope = serializers.ChoiceField(choices=SCOPES)
    state = serializers.ChoiceField(choices=STATES)
    wanted = serializers.SerializerMethodField()
    granted = serializers.SerializerMethodField()

    class Meta:
        model = QuotaRequest
        fields = [
            "id",
            "tenant",
            "tenant_name",
            "username",
            "scope",
            "state",
            "wanted",
            "granted",
            "until",
            "ended",
            "reason",
            "answer",
            "decided_by",
            "decided_at",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(SomeQuantitiesSerializer)
    def get_wanted(self, row: QuotaRequest) -> dict[str, Any]:
        return as_more(row.wanted)

    @extend_schema_field(SomeQuantitiesSerializer)
    def get_granted(self, row: QuotaRequest) -> dict[str, Any]:
        return as_more(row.granted)


def as_more(more: dict[str, int]) -> dict[str, Any]:
    sizes = {name: written_as(name, n) for name, n in more.items() if not is_device(name)}
    devices = {name: n for name, n in more.items() if is_device(name)}
    return {**sizes, "devices": devices} if devices else sizes


class MoreSerializer(TenantLimitsSerializer):
    """How much more of each."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        units = super().validate(attrs)
        devices = units.pop("devices", {})
        more = {str(name): n for name, n in units.items()}
        return {**more, **{name: n or 0 for name, n in devices.items()}}


class AskSerializer(serializers.Serializer[Any]):
    """Members ask for their own limit, admins for the tenant's unless they say otherwise."""

    resources = MoreSerializer()
    reason = serializers.CharField(max_length=1000)
    scope = serializers.ChoiceField(choices=SCOPES, required=False)


class GrantSerializer(serializers.Serializer[Any]):
    """`resources` left out: as asked. `until` left out or null: for good."""

    resources = MoreSerializer(required=False)
    until = serializers.DateTimeField(required=False, allow_null=True)
    answer = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")

    def validate_until(self, until: datetime | None) -> datetime | None:
        if until is not None and until <= now():
            raise serializers.ValidationError("This is in the past.")
        return until


class RefuseSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField(max_length=1000)


class StateSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=STATES, required=False)


class CapacityResourceSerializer(serializers.Serializer[Any]):
    """`capacity` null: nobody can tell. `overcommit` is promised / capacity."""

    resource = serializers.CharField()
    capacity = serializers.CharField(allow_null=True)
    told_by = serializers.ChoiceField(choices=["runtime", "admin", "nobody"])
    promised = serializers.CharField()
    used = serializers.CharField()
    overcommit = serializers.FloatField(allow_null=True)


class CapacitySerializer(serializers.Serializer[Any]):
    resources = CapacityResourceSerializer(many=True)


class CapacityChangeSerializer(serializers.Serializer[Any]):
    """Quantities by name: cpu, memory, storage or a device. null: what the runtime tells."""

    resources = serializers.DictField(child=serializers.CharField(max_length=32, allow_null=True))

    def validate_resources(self, asked: dict[str, Any]) -> dict[str, int | None]:
        if len(asked) > MOST_DEVICES:
            raise serializers.ValidationError(f"At most {MOST_DEVICES} resources.")
        return {name: _units(name, text) for name, text in asked.items()}


def _units(name: str, text: str | None) -> int | None:
    known = name in {Resource.CPU, Resource.MEMORY, Resource.STORAGE}
    if len(name) > LONGEST or not (known or is_device(name)):
        raise serializers.ValidationError(
            f"{name[:LONGEST]} is not cpu, memory, storage or a device such as nvidia.com/gpu"
        )
    try:
        return None if text is None else to_units(Resource(name) if known else Resource.GPU, text)
    except ValueError as error:
        raise serializers.ValidationError(f"{name}: {error}") from error
