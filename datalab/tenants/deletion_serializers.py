"""The shapes of a tenant's deletion in the API."""

from typing import Any

from rest_framework import serializers

from datalab.tenants.lifecycle import KINDS, REMOVAL_STEPS
from datalab.tenants.models import FormerTenant

LONGEST_RETENTION = 90
"""Days."""


class LeavingThingSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    name = serializers.CharField()
    owner = serializers.CharField()
    detail = serializers.CharField()


class LeavingSerializer(serializers.Serializer[Any]):
    """`more_objects`: counting ended at 100,000 objects, so there are more, and more bytes."""

    things = LeavingThingSerializer(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    size = serializers.IntegerField(help_text="Bytes of all counted objects.")
    more_objects = serializers.BooleanField()


class RemovalSerializer(serializers.Serializer[Any]):
    step = serializers.ChoiceField(choices=REMOVAL_STEPS)
    by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    keep_until = serializers.DateTimeField(allow_null=True)
    totals = serializers.DictField(child=serializers.IntegerField())
    services_left = serializers.IntegerField()
    objects_deleted = serializers.IntegerField()
    problem = serializers.CharField(help_text="Why the step failed last; it is tried again.")
    cancellable = serializers.BooleanField()


class DeletionSerializer(serializers.Serializer[Any]):
    """Before: what goes, and the confirmation of just that. Afterwards: how far it is."""

    leaving = LeavingSerializer(allow_null=True)
    confirmation = serializers.CharField(allow_null=True)
    confirm_until = serializers.DateTimeField(allow_null=True)
    removal = RemovalSerializer(allow_null=True)


class DeletionOrderSerializer(serializers.Serializer[Any]):
    """In the query or in a JSON body. `name`, where it is given, must be the tenant's short name."""

    confirmation = serializers.CharField(max_length=2000)
    retention_days = serializers.IntegerField(min_value=0, max_value=LONGEST_RETENTION, default=0)
    name = serializers.CharField(max_length=200, required=False)


class FormerTenantSerializer(serializers.ModelSerializer[FormerTenant]):
    """`id` is what the audit's events of the tenant carry."""

    kind = serializers.ChoiceField(choices=KINDS)
    totals = serializers.DictField(child=serializers.IntegerField())

    class Meta:
        model = FormerTenant
        fields = [
            "id",
            "slug",
            "display_name",
            "kind",
            "group",
            "totals",
            "created_at",
            "deleted_at",
            "deleted_by",
        ]
