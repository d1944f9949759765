"""The shapes of catalogues, charts, forms and previews in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from datalab.catalog.verdict import STATES
from datalab.quotas.models import SCOPES
from datalab.tenants.serializers import DevicesField, QuantitiesSerializer, SomeQuantitiesSerializer

QUANTITY: dict[str, Any] = {"max_length": 32, "required": False}


@extend_schema_serializer(component_name="ResourcesAsked")
class AskedSerializer(serializers.Serializer[Any]):
    """Kubernetes quantities. What is left out takes the chart's default."""

    cpu = serializers.CharField(help_text='Such as "500m" or "2".', **QUANTITY)
    memory = serializers.CharField(help_text='Such as "512Mi" or "4Gi".', **QUANTITY)
    gpu = serializers.IntegerField(min_value=0, max_value=64, required=False)
    storage = serializers.CharField(help_text='Such as "10Gi".', **QUANTITY)


class ResourcesSerializer(serializers.Serializer[Any]):
    cpu = serializers.CharField()
    memory = serializers.CharField()
    gpu = serializers.IntegerField()
    storage = serializers.CharField()
    devices = DevicesField(required=False)


class CatalogSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()


class ChartSummarySerializer(serializers.Serializer[Any]):
    """`icon` is a data address; empty where the chart has none."""

    catalog = serializers.CharField()
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()
    version = serializers.CharField()
    versions = serializers.ListField(child=serializers.CharField())
    icon = serializers.CharField()
    keywords = serializers.ListField(child=serializers.CharField())
    home = serializers.CharField()


class ChartSerializer(ChartSummarySerializer):
    """`readme` is Markdown."""

    readme = serializers.CharField()


class ResourceRangeSerializer(serializers.Serializer[Any]):
    default = serializers.CharField()
    min = serializers.CharField()
    max = serializers.CharField()
    step = serializers.CharField()


class FormResourcesSerializer(serializers.Serializer[Any]):
    """Only what the chart can be given."""

    cpu = ResourceRangeSerializer(required=False)
    memory = ResourceRangeSerializer(required=False)
    gpu = ResourceRangeSerializer(required=False)
    storage = ResourceRangeSerializer(required=False)


class PresetResourcesSerializer(AskedSerializer):
    """What it fixes; whatever is not in it can be chosen beside it."""

    devices = DevicesField(required=False)


class PresetSerializer(serializers.Serializer[Any]):
    """`special`: it gives devices or leads to machines of its own, which its sizes alone do not."""

    id = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    resources = PresetResourcesSerializer()
    special = serializers.BooleanField()


class PresetField(serializers.CharField):
    def __init__(self, **more: Any) -> None:
        text = "The id of one of the form's presets; then no resource that the preset says itself."
        super().__init__(max_length=40, required=False, help_text=text, **more)


class FormSerializer(serializers.Serializer[Any]):
    """`schema` and `ui` are for a JSON-schema form; `defaults` what it begins with."""

    schema = serializers.DictField()
    ui = serializers.DictField()
    defaults = serializers.DictField()
    presets = PresetSerializer(many=True)
    resources = FormResourcesSerializer()


@extend_schema_serializer(component_name="Preview")
class PreviewAskedSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(max_length=50, required=False, allow_null=True)
    name = serializers.CharField(max_length=63, required=False, allow_blank=True, default="")
    preset = PresetField()
    resources = AskedSerializer(required=False)
    values = serializers.DictField(required=False)
    secrets = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, max_length=20
    )


class FindingSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    path = serializers.CharField()
    message = serializers.CharField()


class ShortageSerializer(serializers.Serializer[Any]):
    resource = serializers.CharField(help_text="cpu, memory, …, or the name of a device.")
    whose = serializers.ChoiceField(choices=SCOPES)
    limit = serializers.CharField()
    used = serializers.CharField()
    asked = serializers.CharField()
    available = serializers.CharField()


class QuotaAfterSerializer(serializers.Serializer[Any]):
    limits = QuantitiesSerializer()
    used = QuantitiesSerializer()
    after = QuantitiesSerializer()


class CostSerializer(serializers.Serializer[Any]):
    """Decimal numbers as text. `because` is the formula with its numbers, in a sentence."""

    per_hour = serializers.CharField()
    per_month_running = serializers.CharField()
    currency = serializers.CharField()
    because = serializers.CharField()


class OwnQuotaAfterSerializer(serializers.Serializer[Any]):
    limits = SomeQuantitiesSerializer()
    used = SomeQuantitiesSerializer()
    after = SomeQuantitiesSerializer()


class VerdictSerializer(serializers.Serializer[Any]):
    """`fits`: it would start at once. `waits`: it starts once there is room. `because` says why."""

    state = serializers.ChoiceField(choices=STATES)
    because = serializers.CharField()


class RoomOfResourceSerializer(serializers.Serializer[Any]):
    """`there` in all, `free` now, `largest` free on one machine: null where nobody can tell.

    `left` is what the quota leaves whoever asks, null without a limit; `mine` are devices in use by
    them, null of what is no device.
    """

    resource = serializers.CharField(help_text="cpu, memory, or the name of a device.")
    there = serializers.CharField(allow_null=True)
    free = serializers.CharField(allow_null=True)
    largest = serializers.CharField(allow_null=True)
    left = serializers.CharField(allow_null=True)
    mine = serializers.IntegerField(allow_null=True)


class RoomOfPresetSerializer(VerdictSerializer):
    """`resources` on the machines that it leads to. `refused`: a launch would not be accepted."""

    id = serializers.CharField()
    resources = RoomOfResourceSerializer(many=True)


class RoomSerializer(serializers.Serializer[Any]):
    """Of the whole cluster, whoever has the rest. `resources` is for launches without a preset."""

    resources = RoomOfResourceSerializer(many=True)
    presets = RoomOfPresetSerializer(many=True)


class PreviewSerializer(serializers.Serializer[Any]):
    """What a launch would be and take. `fits` is false where the quota would refuse it.

    `quota` is the tenant's, `own` the part of it that whoever asks is limited to.
    `cost` is null where there are no prices. `room` is what the machines say now.
    """

    values = serializers.DictField()
    manifests = serializers.ListField(child=serializers.DictField())
    footprint = QuantitiesSerializer()
    quota = QuotaAfterSerializer()
    own = OwnQuotaAfterSerializer()
    cost = CostSerializer(allow_null=True)
    fits = serializers.BooleanField()
    room = VerdictSerializer()
    shortages = ShortageSerializer(many=True)
    findings = FindingSerializer(many=True)
