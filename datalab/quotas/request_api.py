"""Requests for more, and what there is in all, over HTTP."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.reach import PLATFORM_ADMINS
from datalab.core.errors import NotAllowed, NotFound
from datalab.core.pagination import CURSOR, NewestFirst, page_of
from datalab.quotas import capacity, requests
from datalab.quotas.models import QuotaRequest, Scope
from datalab.quotas.request_serializers import (
    AskSerializer,
    CapacityChangeSerializer,
    CapacitySerializer,
    GrantSerializer,
    QuotaRequestSerializer,
    RefuseSerializer,
    StateSerializer,
)
from datalab.tenants.lifecycle import Role
from datalab.tenants.scope import TenantView, platform_admin

PAGE = page_of(QuotaRequestSerializer)


class QuotaRequestsView(TenantView):
    @extend_schema(
        responses=PAGE,
        parameters=[StateSerializer, *CURSOR],
        operation_id="quota_requests_list",
    )
    def get(self, request: Request, tenant: str) -> Response:
        """An admin sees everybody's, everybody else their own."""
        rows = QuotaRequest.objects.filter(tenant=self.tenant)
        if self.role is not Role.ADMIN:
            rows = rows.filter(user=self.member)
        return listed(self, request, rows)

    @extend_schema(
        request=AskSerializer,
        responses={201: QuotaRequestSerializer},
        operation_id="quota_requests_ask",
    )
    def post(self, request: Request, tenant: str) -> Response:
        asked = checked(AskSerializer, request)
        usual = Scope.TENANT if self.role is Role.ADMIN else Scope.MEMBER
        scope = Scope(asked.get("scope", usual))
        if scope is Scope.TENANT and self.role is not Role.ADMIN:
            raise NotAllowed("Only an admin of the tenant can ask for more for the whole tenant.")
        row = requests.ask(
            tenant=self.tenant,
            by=self.member,
            scope=scope,
            more=asked["resources"],
            reason=asked["reason"],
        )
        return Response(QuotaRequestSerializer(row).data, status=201)


class QuotaRequestView(TenantView):
    """Resolves one request: an admin's any of the tenant, everybody else's their own."""

    only_own = False

    def found(self, request_id: UUID) -> QuotaRequest:
        rows = QuotaRequest.objects.select_related("tenant", "user").filter(tenant=self.tenant)
        if self.role is not Role.ADMIN or self.only_own:
            rows = rows.filter(user=self.member)
        row = rows.filter(pk=request_id).first()
        if row is None:
            raise NotFound("No such request.")
        return row

    def shown(self, request_id: UUID) -> Response:
        return Response(QuotaRequestSerializer(self.found(request_id)).data)


class WithdrawView(QuotaRequestView):
    only_own = True

    @extend_schema(
        request=None, responses=QuotaRequestSerializer, operation_id="quota_requests_withdraw"
    )
    def post(self, request: Request, tenant: str, request_id: UUID) -> Response:
        requests.withdraw(request=self.found(request_id), by=self.member)
        return self.shown(request_id)


class GrantView(QuotaRequestView):
    writing = Role.ADMIN

    @extend_schema(
        request=GrantSerializer,
        responses=QuotaRequestSerializer,
        operation_id="quota_requests_grant",
    )
    def post(self, request: Request, tenant: str, request_id: UUID) -> Response:
        """Of a member's by an admin of the tenant; of the tenant's by a platform administrator."""
        row = self.found(request_id)
        asked = checked(GrantSerializer, request)
        requests.grant(
            request=row,
            by=self.member,
            more=asked.get("resources", row.wanted),
            until=asked.get("until"),
            answer=asked["answer"],
        )
        return self.shown(request_id)


class RefuseView(QuotaRequestView):
    writing = Role.ADMIN

    @extend_schema(
        request=RefuseSerializer,
        responses=QuotaRequestSerializer,
        operation_id="quota_requests_refuse",
    )
    def post(self, request: Request, tenant: str, request_id: UUID) -> Response:
        row = self.found(request_id)
        requests.refuse(
            request=row, by=self.member, answer=checked(RefuseSerializer, request)["answer"]
        )
        return self.shown(request_id)


class AllQuotaRequestsView(APIView):
    verbs = PLATFORM_ADMINS
    permission_classes = [IsAuthenticated]

    @extend_schema(
        responses=PAGE,
        parameters=[StateSerializer, *CURSOR],
        operation_id="capacity_requests",
    )
    def get(self, request: Request) -> Response:
        """What the tenants ask of whoever runs the platform."""
        platform_admin(request)
        return listed(self, request, QuotaRequest.objects.filter(scope=Scope.TENANT.value))


class CapacityView(APIView):
    verbs = PLATFORM_ADMINS
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=CapacitySerializer, operation_id="capacity_read")
    def get(self, request: Request) -> Response:
        """What there is, what is promised of it (the sum of all limits) and what is used."""
        platform_admin(request)
        return Response(capacity.overview())

    @extend_schema(
        request=CapacityChangeSerializer,
        responses=CapacitySerializer,
        operation_id="capacity_change",
    )
    def put(self, request: Request) -> Response:
        by = platform_admin(request)
        asked = checked(CapacityChangeSerializer, request)
        capacity.set_capacity(amounts=asked["resources"], by=by.username)
        return Response(capacity.overview())


def listed(view: APIView, request: Request, rows: QuerySet[QuotaRequest]) -> Response:
    data = StateSerializer(data=request.query_params)
    data.is_valid(raise_exception=True)
    paginator = NewestFirst()
    found = rows.filter(**data.validated_data).select_related("tenant", "user")
    page = paginator.paginate_queryset(found, request, view=view)
    return paginator.get_paginated_response(QuotaRequestSerializer(page, many=True).data)


def checked(shape: type[Any], request: Request) -> dict[str, Any]:
    data = shape(data=request.data)
    data.is_valid(raise_exception=True)
    answer: dict[str, Any] = data.validated_data
    return answer
