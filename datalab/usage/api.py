"""Use, cost and prices over HTTP: parse, call one function, answer."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Min
from django.http import StreamingHttpResponse
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.models import User
from datalab.accounts.reach import PLATFORM_ADMINS, Verb, Verbs
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.errors import NotAllowed, NotFound
from datalab.tenants.lifecycle import Role
from datalab.tenants.scope import TenantView, signed_in
from datalab.usage import telling
from datalab.usage.across import folded_by_label, titles_of_tenants
from datalab.usage.actions import NewPrices, set_prices
from datalab.usage.models import PriceVersion, UsageInterval
from datalab.usage.report import Asked, Group, Period, Report, report, total
from datalab.usage.scope import asked_of, seen_by
from datalab.usage.serializers import (
    GROUPS,
    PERIODS,
    NewPricesSerializer,
    PricesSerializer,
    PriceVersionSerializer,
    ServiceUsageSerializer,
    UsageSerializer,
)
from datalab.usage.tables import MEDIA_TYPE, csv_lines

IN_A_TENANT = {one.value: one for one in (Group.MEMBER, Group.CHART, Group.SERVICE)}
ACROSS = {"tenant": Group.TENANT, "group": Group.TENANT}
RANGE = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="The first day (UTC)."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="The last day, included."),
    OpenApiParameter("by", str, enum=PERIODS),
]
GROUP_BY = OpenApiParameter("group_by", str, enum=[name for name in GROUPS if name in IN_A_TENANT])
GROUP_ACROSS = OpenApiParameter("group_by", str, enum=list(ACROSS))
TABLE = {(200, "text/csv"): OpenApiTypes.STR}


class UsageView(TenantView):
    @extend_schema(
        responses=UsageSerializer, parameters=[*RANGE, GROUP_BY], operation_id="usage_read"
    )
    def get(self, request: Request, tenant: str) -> Response:
        at = now()
        asked = asked_of(request, tenant=self.tenant, groups=IN_A_TENANT, today=at.date())
        found = seen_by(report(asked, now=at), asked, user=self.member, role=self.role)
        answer = telling.told(found, asked, now=at, titles={})
        return Response(UsageSerializer({**answer, "months": telling.months(asked, now=at)}).data)


class UsageTableView(TenantView):
    @extend_schema(responses=TABLE, parameters=[*RANGE, GROUP_BY], operation_id="usage_export")
    def get(self, request: Request, tenant: str) -> StreamingHttpResponse:
        at = now()
        asked = asked_of(request, tenant=self.tenant, groups=IN_A_TENANT, today=at.date())
        found = seen_by(report(asked, now=at), asked, user=self.member, role=self.role)
        return table(found, asked, at=at, by=self.member, name=self.tenant.slug, titles={})


class ServiceUsageView(TenantView):
    """Also of a service that is gone: what it used stays."""

    @extend_schema(responses=ServiceUsageSerializer, operation_id="usage_of_service")
    def get(self, request: Request, tenant: str, service_id: UUID) -> Response:
        rows = UsageInterval.objects.filter(tenant_id=self.tenant.id, service_id=service_id)
        since = rows.aggregate(since=Min("started_at"))["since"]
        if since is None:
            raise NotFound("No such service.")
        if self.role is not Role.ADMIN and not rows.filter(owner_id=self.member.pk).exists():
            raise NotAllowed("Only its owner and the tenant's admins see what it used.")
        return Response(ServiceUsageSerializer(self._told(since, service_id)).data)

    def _told(self, since: datetime, service_id: UUID) -> dict[str, Any]:
        at = now()
        asked = Asked(
            since=since.date(),
            until=at.date() + timedelta(days=1),
            by=Period.MONTH,
            group=Group.SERVICE,
            tenant_id=self.tenant.id,
            service_id=service_id,
        )
        currency = telling.currency_of(at.date())
        whole = total(report(asked, now=at))
        figures = telling.figures(whole, priced=currency is not None)
        return {**figures, "since": since, "currency": currency}


class AllUsageView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = PLATFORM_ADMINS

    @extend_schema(
        responses=UsageSerializer, parameters=[*RANGE, GROUP_ACROSS], operation_id="usage_of_all"
    )
    def get(self, request: Request) -> Response:
        _platform_admin(request)
        at = now()
        asked, found, titles = across(request, at)
        answer = telling.told(found, asked, now=at, titles=titles)
        answer["group_by"] = request.query_params.get("group_by") or "tenant"
        return Response(UsageSerializer({**answer, "months": telling.months(asked, now=at)}).data)


class AllUsageTableView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = PLATFORM_ADMINS

    @extend_schema(
        responses=TABLE, parameters=[*RANGE, GROUP_ACROSS], operation_id="usage_of_all_export"
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        user = _platform_admin(request)
        at = now()
        asked, found, titles = across(request, at)
        return table(found, asked, at=at, by=user, name="all", titles=titles)


class PricesView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = Verbs(reading=Verb.READ, writing=Verb.ADMIN)

    @extend_schema(responses=PricesSerializer, operation_id="prices_read")
    def get(self, request: Request) -> Response:
        rows = list(PriceVersion.objects.order_by("-valid_from"))
        current = next((row for row in rows if row.valid_from <= now().date()), None)
        return Response(PricesSerializer({"current": current, "versions": rows}).data)

    @extend_schema(
        request=NewPricesSerializer,
        responses=PriceVersionSerializer,
        operation_id="prices_change",
    )
    def put(self, request: Request) -> Response:
        user = _platform_admin(request)
        data = NewPricesSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        today = now().date()
        new = NewPrices(**{"valid_from": today, **data.validated_data})
        return Response(PriceVersionSerializer(set_prices(new=new, by=user, today=today)).data)


def across(request: Request, at: datetime) -> tuple[Asked, Report, dict[str, str]]:
    asked = asked_of(request, tenant=None, groups=ACROSS, today=at.date())
    found = report(asked, now=at)
    if request.query_params.get("group_by") == "group":
        return asked, folded_by_label(found), {}
    return asked, found, titles_of_tenants()


def table(
    found: Report, asked: Asked, *, at: datetime, by: User, name: str, titles: dict[str, str]
) -> StreamingHttpResponse:
    """Somebody has taken it out of the platform, so it is written down."""
    currency = telling.currency_of(at.date())
    days = f"{asked.since}--{asked.until - timedelta(days=1)}"
    record(
        EventType.USAGE_EXPORTED,
        actor=by.username,
        tenant_id=asked.tenant_id,
        target=days,
        by=asked.by.value,
    )
    rows = telling.rows(found, asked, priced=currency is not None, titles=titles)
    lines = csv_lines(
        ("period", "title", *telling.FIGURES, "currency"),
        ({**row, "currency": currency} for row in rows),
    )
    answer = StreamingHttpResponse(lines, content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="usage-{name}-{days}.csv"'
    return answer


def _platform_admin(request: Request) -> User:
    user = signed_in(request)
    if not user.is_platform_admin:
        raise NotAllowed("Only a platform administrator sees the use and prices of all.")
    return user
