"""The shapes of upgrades, roll backs and revisions in the API."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from datalab.catalog.serializers import (
    AskedSerializer,
    FindingSerializer,
    ResourcesSerializer,
    ShortageSerializer,
)
from datalab.core.quantities import Resource
from datalab.launcher.models import Revision, Service
from datalab.launcher.offers import Offer
from datalab.launcher.revisions import changed_values
from datalab.launcher.serializers import sizes
from datalab.tenants.models import Amounts
from datalab.tenants.serializers import as_quantities


class UpgradeSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(
        max_length=50, required=False, help_text="Left out: the one that is offered."
    )
    resources = AskedSerializer(required=False)
    values = serializers.DictField(
        required=False, help_text="In place of those that it has; left out: they stay."
    )


class RollBackSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        help_text="Left out: the newest other one that has run.",
    )


class VersionAskedSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(
        max_length=50, required=False, help_text="Left out: the one that is offered."
    )


class ChangedValueSerializer(serializers.Serializer[Any]):
    """`before` or `after` is null where it was left to the chart."""

    path = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    """`changes`: what its owner chose otherwise than at the revision before, by path. `origin` is the
    revision that it was rolled back to. `present`: it is what the service is made of now.
    """

    resources = serializers.SerializerMethodField()
    digest = serializers.CharField(source="kept_id", allow_null=True, read_only=True)
    changes = serializers.SerializerMethodField()
    present = serializers.SerializerMethodField()

    class Meta:
        model = Revision
        fields = [
            "number",
            "at",
            "by",
            "change",
            "origin",
            "version",
            "digest",
            "resources",
            "changes",
            "outcome",
            "reason",
            "present",
        ]
        read_only_fields = fields

    @extend_schema_field(ResourcesSerializer)
    def get_resources(self, revision: Revision) -> dict[str, Any]:
        amounts: Amounts = {
            Resource.CPU: revision.cpu,
            Resource.MEMORY: revision.memory,
            Resource.GPU: revision.gpu,
            Resource.STORAGE: revision.storage,
        }
        return as_quantities(amounts, revision.devices)

    @extend_schema_field(ChangedValueSerializer(many=True))
    def get_changes(self, revision: Revision) -> list[dict[str, Any]]:
        before = self.context["before"].get(revision.number)
        return changed_values(before.options, revision.options) if before else []

    def get_present(self, revision: Revision) -> bool:
        return bool(revision.number == self.context["present"])


class OfferSerializer(serializers.Serializer[Any]):
    """What an upgrade would do. `refused`: what of the service's values and sizes the new version does
    not take, by path; `values` and `resources` are the others, to send with the upgrade. `problems`
    are in its way; `shortages` are what the quota lacks for it now.
    """

    version_now = serializers.CharField()
    version = serializers.CharField()
    versions = serializers.ListField(child=serializers.CharField())
    refused = serializers.DictField(child=serializers.CharField())
    problems = serializers.DictField(child=serializers.CharField())
    values = serializers.DictField()
    resources = serializers.DictField()
    footprint_now = ResourcesSerializer()
    footprint = ResourcesSerializer(allow_null=True)
    findings = FindingSerializer(many=True)
    shortages = ShortageSerializer(many=True)
    fits = serializers.BooleanField()


def offered(service: Service, offer: Offer) -> dict[str, Any]:
    """As OfferSerializer takes it."""
    return {
        "version_now": service.version,
        "version": offer.version,
        "versions": offer.versions,
        "refused": offer.refused,
        "problems": offer.problems,
        "values": offer.values,
        "resources": offer.resources,
        "footprint_now": sizes(service.footprint, service.devices),
        "footprint": sizes(offer.footprint, offer.devices) if offer.footprint else None,
        "findings": [asdict(one) for one in offer.findings],
        "shortages": [asdict(one) for one in offer.shortages],
        "fits": offer.fits,
    }
