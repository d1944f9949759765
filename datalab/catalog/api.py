"""Catalogues and charts over HTTP: parse, call one function, answer. Nothing is created here."""

import base64
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.utils.timezone import now
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.models import User
from datalab.accounts.reach import EVERYBODYS
from datalab.catalog import values
from datalab.catalog.context import Launching, context_for
from datalab.catalog.form import build_form
from datalab.catalog.plan import LaunchRequest, Plan, draft_launch
from datalab.catalog.presets import offered_to, sized
from datalab.catalog.room import room_for, would_wait
from datalab.catalog.serializers import (
    CatalogSerializer,
    ChartSerializer,
    ChartSummarySerializer,
    FormSerializer,
    PreviewAskedSerializer,
    PreviewSerializer,
    RoomSerializer,
)
from datalab.catalog.sources import (
    ChartVersion,
    catalogs,
    default_version,
    find_chart,
    versions_of,
)
from datalab.core.errors import InvalidInput
from datalab.core.names import RELEASE_MAX, is_label
from datalab.quotas.claim import Claim
from datalab.quotas.reserve import effective_limits, limits_of_member, missing
from datalab.tenants.models import Amounts, Tenant
from datalab.tenants.quota import quota_of
from datalab.tenants.scope import TenantView
from datalab.tenants.secret_paths import to_store
from datalab.tenants.serializers import as_quantities
from datalab.usage.telling import estimated

VERSION = OpenApiParameter("version", str, description="Left out: the newest.")
SOME_NAME = "preview"


class CatalogsView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = EVERYBODYS

    @extend_schema(responses=CatalogSerializer(many=True), operation_id="catalogs_list")
    def get(self, request: Request) -> Response:
        return Response(CatalogSerializer(catalogs(), many=True).data)


class ChartsView(TenantView):
    @extend_schema(responses=ChartSummarySerializer(many=True), operation_id="charts_list")
    def get(self, request: Request, tenant: str) -> Response:
        names = [(one.id, chart.name) for one in catalogs() for chart in one.charts]
        newest = [versions_of(*key) for key in dict.fromkeys(names)]
        return Response([summary(versions) for versions in newest])


class OneChartView(TenantView):
    @extend_schema(responses=ChartSerializer, operation_id="charts_read")
    def get(self, request: Request, tenant: str, catalog: str, chart: str) -> Response:
        versions = versions_of(catalog, chart)
        return Response({**summary(versions), "readme": default_version(versions).readme})


class FormView(TenantView):
    @extend_schema(responses=FormSerializer, parameters=[VERSION], operation_id="charts_form")
    def get(self, request: Request, tenant: str, catalog: str, chart: str) -> Response:
        found = find_chart(catalog, chart, request.query_params.get("version"))
        launching = Launching(tenant=self.tenant, user=self.member, name=SOME_NAME, host=SOME_NAME)
        context = context_for(launching)
        limits = effective_limits(self.tenant, self.member.pk)
        given = values.resolve_values(found.schema, context=context, defaults=found.defaults)
        presets = offered_to(self.tenant)
        return Response(
            build_form(found.schema, given, context=context, most=limits, presets=presets)
        )


class RoomView(TenantView):
    @extend_schema(responses=RoomSerializer, operation_id="room_read")
    def get(self, request: Request, tenant: str) -> Response:
        """What can be had right now. Some seconds old at most; cheap enough to ask often."""
        return Response(room_for(self.tenant, self.member))


class PreviewView(TenantView):
    open_to_acting = True

    @extend_schema(
        request=PreviewAskedSerializer,
        responses=PreviewSerializer,
        operation_id="charts_preview",
    )
    def post(self, request: Request, tenant: str, catalog: str, chart: str) -> Response:
        data = PreviewAskedSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        username = self.member.username
        asked = preview_request(catalog, chart, data.validated_data, username=username)
        preset = data.validated_data.get("preset", "")
        asked = sized(asked, tenant=self.tenant, preset=preset)
        plan = draft_launch(tenant=self.tenant, user=self.member, request=asked)
        return Response(preview(plan, self.tenant, self.member))


def summary(versions: Sequence[ChartVersion]) -> dict[str, Any]:
    newest = default_version(versions)
    return {
        "catalog": newest.catalog,
        "name": newest.name,
        "title": newest.title,
        "description": newest.description,
        "category": newest.category,
        "version": newest.version,
        "versions": [one.version for one in versions],
        "icon": _icon(newest.icon),
        "keywords": list(newest.keywords),
        "home": newest.home,
    }


def _icon(svg: str) -> str:
    """As a data address: an image cannot run the scripts that an SVG may hold."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}" if svg else ""


def preview_request(
    catalog: str, chart: str, data: dict[str, Any], *, username: str
) -> LaunchRequest:
    name = data["name"] or SOME_NAME
    if not is_label(name, longest=RELEASE_MAX):
        raise InvalidInput(
            "A service's name is lower-case letters, digits and hyphens, and starts with a letter.",
            fields={"name": f"at most {RELEASE_MAX} characters, such as my-notebook"},
        )
    return LaunchRequest(
        catalog=catalog,
        chart=chart,
        version=data.get("version"),
        name=name,
        host=name,
        resources=data.get("resources", {}),
        values=data.get("values", {}),
        secrets=[to_store(path, username) for path in data.get("secrets", [])],
    )


def preview(plan: Plan, tenant: Tenant, member: User) -> dict[str, Any]:
    quota = quota_of(tenant)
    claim = Claim(owner_id=member.pk, amounts=plan.footprint, devices=plan.devices)
    shortages = missing(tenant, claim)
    return {
        "values": plan.values,
        "manifests": list(plan.manifests),
        "footprint": as_quantities(plan.footprint, plan.devices),
        "quota": quota_after(quota.limits, quota.used, plan.footprint),
        "own": own_after(tenant, member, plan),
        "cost": estimated(plan.footprint, plan.devices, day=now().date()),
        "fits": not shortages and not plan.findings,
        "room": would_wait(plan),
        "shortages": [asdict(one) for one in shortages],
        "findings": [asdict(one) for one in plan.findings],
    }


def quota_after(limits: Amounts, used: Amounts, asked: Amounts) -> dict[str, Any]:
    after = {r: used.get(r, 0) + asked.get(r, 0) for r in limits}
    return {
        "limits": as_quantities(limits),
        "used": as_quantities({r: used.get(r, 0) for r in limits}),
        "after": as_quantities(after),
    }


def own_after(tenant: Tenant, member: User, plan: Plan) -> dict[str, Any]:
    """Of what the member has a limit of their own. Empty where only the tenant's count."""
    own = limits_of_member(tenant, member.pk)
    return quota_after(own.limits, own.used, plan.footprint)
