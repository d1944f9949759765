"""The shapes of services in the API."""

from itertools import zip_longest
from typing import Any, cast

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from datalab.catalog.presets import title_of
from datalab.catalog.serializers import (
    AskedSerializer,
    PresetField,
    PreviewAskedSerializer,
    ResourcesSerializer,
)
from datalab.core.devices import Devices
from datalab.core.quantities import Resource
from datalab.launcher import revisions
from datalab.launcher.lifecycle import PHASES, Outcome
from datalab.launcher.models import Service, ServiceEvent
from datalab.launcher.upgrades import Newer, newer
from datalab.tenants.models import Amounts
from datalab.tenants.serializers import as_quantities
from datalab.vault.paths import to_api


@extend_schema_serializer(component_name="Launch")
class LaunchSerializer(PreviewAskedSerializer):
    """A preview's request, and which chart. `name` empty: one is made up."""

    catalog = serializers.CharField(max_length=63, default="datalab")
    chart = serializers.CharField(max_length=100)


class ChangeSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(max_length=50, required=False)
    preset = PresetField()
    resources = AskedSerializer(
        required=False, help_text="Without a preset: it leaves the one that it had."
    )
    values = serializers.DictField(required=False)


class ServicesAskedSerializer(serializers.Serializer[Any]):
    without_member = serializers.BooleanField(
        default=False, help_text="Those only whose owner may not run services here any more."
    )
    search = serializers.CharField(max_length=200, required=False)
    owner = serializers.CharField(max_length=150, required=False)
    chart = serializers.CharField(max_length=100, required=False)
    phase = serializers.ChoiceField(choices=PHASES, required=False)
    older_than_days = serializers.IntegerField(min_value=1, max_value=10_000, required=False)


class AllServicesAskedSerializer(ServicesAskedSerializer):
    tenant = serializers.CharField(max_length=40, required=False)
    group = serializers.CharField(max_length=100, required=False)


class HandOverSerializer(serializers.Serializer[Any]):
    to = serializers.CharField(max_length=150, help_text="A member's or admin's user name.")


class ReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    raw = serializers.CharField()


class OwnerSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    display_name = serializers.CharField(source="get_full_name")


class RollBackToSerializer(serializers.Serializer[Any]):
    """`advised`: the newest change has failed, and this one has run."""

    revision = serializers.IntegerField()
    version = serializers.CharField()
    advised = serializers.BooleanField()


class ServiceSerializer(serializers.ModelSerializer[Service]):
    """`upgrade_available` is a newer version in the catalogue. `chart_changed`: what the catalogue
    has under this very version is not what the service is made of; it stays as it is.
    """

    phase = serializers.ChoiceField(choices=PHASES)
    reason = serializers.SerializerMethodField()
    resources = serializers.SerializerMethodField()
    owner = OwnerSerializer()
    created = serializers.DateTimeField(source="created_at")
    secrets = serializers.SerializerMethodField()
    chart_digest = serializers.CharField(source="kept_id", allow_null=True, read_only=True)
    upgrade_available = serializers.SerializerMethodField()
    chart_changed = serializers.SerializerMethodField()
    rollback_to = serializers.SerializerMethodField()

    class Meta:
        model = Service
        fields = [
            "id",
            "name",
            "catalog",
            "chart",
            "version",
            "phase",
            "reason",
            "progress",
            "url",
            "preset",
            "resources",
            "owner",
            "created",
            "secrets",
            "restart_to_apply",
            "chart_digest",
            "upgrade_available",
            "chart_changed",
            "rollback_to",
        ]
        read_only_fields = fields

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_reason(self, service: Service) -> dict[str, str] | None:
        if not service.reason_code:
            return None
        return {
            "code": service.reason_code,
            "message": service.reason_message,
            "raw": service.reason_raw,
        }

    @extend_schema_field(ResourcesSerializer)
    def get_resources(self, service: Service) -> dict[str, Any]:
        return sizes(service.footprint, service.devices)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_upgrade_available(self, service: Service) -> str | None:
        return self._newer(service).version or None

    def get_chart_changed(self, service: Service) -> bool:
        return self._newer(service).changed

    @extend_schema_field(RollBackToSerializer(allow_null=True))
    def get_rollback_to(self, service: Service) -> dict[str, Any] | None:
        former = revisions.former(service.newest_first)
        if former is None:
            return None
        failed = service.newest_first[0].outcome == Outcome.FAILED
        return {"revision": former.number, "version": former.version, "advised": failed}

    def _newer(self, service: Service) -> Newer:
        """Once for all services of a page that are made of the same."""
        known = cast("dict[str, Any]", self.context).setdefault("newer", {})
        key = (service.catalog, service.chart, service.version, service.kept_id)
        if key not in known:
            known[key] = newer(*key)
        found: Newer = known[key]
        return found

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_secrets(self, service: Service) -> list[str]:
        return [to_api(path) for path in service.secrets]


class TenantOfServiceSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    display_name = serializers.CharField()
    group = serializers.CharField()


class PlatformServiceSerializer(ServiceSerializer):
    """As a list over all tenants shows it."""

    tenant = TenantOfServiceSerializer()

    class Meta(ServiceSerializer.Meta):
        fields = [*ServiceSerializer.Meta.fields, "tenant"]
        read_only_fields = fields


class TimelineEventSerializer(serializers.ModelSerializer[ServiceEvent]):
    class Meta:
        model = ServiceEvent
        fields = ["at", "phase", "reason_code", "message", "raw", "progress"]
        read_only_fields = fields


class ServiceDetailSerializer(ServiceSerializer):
    """`preset_title` is empty where the operator does not offer the preset any more."""

    preset_title = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()
    options = serializers.JSONField(read_only=True)

    class Meta(ServiceSerializer.Meta):
        fields = [*ServiceSerializer.Meta.fields, "preset_title", "options", "timeline"]

    def get_preset_title(self, service: Service) -> str:
        return title_of(service.preset)

    @extend_schema_field(TimelineEventSerializer(many=True))
    def get_timeline(self, service: Service) -> list[dict[str, Any]]:
        newest = ServiceEvent.objects.filter(service_id=service.id).order_by("-id")[:500]
        return list(TimelineEventSerializer(_turning_points(list(newest)[::-1]), many=True).data)


def _turning_points(events: list[ServiceEvent]) -> list[ServiceEvent]:
    """Of a run of events with the same phase and reason the last one: progress is no news."""
    return [
        event
        for event, after in zip_longest(events, events[1:])
        if after is None or (event.phase, event.reason_code) != (after.phase, after.reason_code)
    ]


def sizes(footprint: Amounts, devices: Devices) -> dict[str, Any]:
    """As the API writes them; a service is one service anyway."""
    told: Amounts = {r: n for r, n in footprint.items() if r is not Resource.SERVICES}
    return as_quantities(told, devices)


class PlatformSerializer(serializers.Serializer[Any]):
    """`not_enforced`: what of a tool's limits and borders does not hold on this installation."""

    version = serializers.CharField()
    not_enforced = serializers.ListField(child=serializers.CharField())


class LogsSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
