"""Tenants over HTTP: parse, call one function, answer."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.reach import PLATFORM_ADMINS, Verb, Verbs
from datalab.core.pagination import CURSOR, NewestFirst, page_of
from datalab.core.quantities import Resource
from datalab.tenants import actions
from datalab.tenants.deletion_api import delete_tenant
from datalab.tenants.deletion_serializers import DeletionOrderSerializer, DeletionSerializer
from datalab.tenants.lifecycle import Kind, Role
from datalab.tenants.models import Amounts, Tenant
from datalab.tenants.scope import TenantView, platform_admin, signed_in
from datalab.tenants.serializers import (
    NewTenantSerializer,
    SlugSerializer,
    SuspendSerializer,
    TenantChangeSerializer,
    TenantFilterSerializer,
    TenantSerializer,
)
from datalab.tenants.suspension import reactivate_tenant, suspend_tenant


class TenantsView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = Verbs(reading=Verb.READ, writing=Verb.ADMIN)

    @extend_schema(
        responses=page_of(TenantSerializer),
        parameters=[TenantFilterSerializer, *CURSOR],
        operation_id="tenants_list",
    )
    def get(self, request: Request) -> Response:
        asked = TenantFilterSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        paginator = NewestFirst()
        visible = Tenant.objects.visible_to(signed_in(request))
        rows = visible.narrowed(**asked.validated_data).for_lists()
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(TenantSerializer(page, many=True).data)

    @extend_schema(
        request=NewTenantSerializer,
        responses={201: TenantSerializer},
        operation_id="tenants_create",
    )
    def post(self, request: Request) -> Response:
        by = platform_admin(request)
        data = NewTenantSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        made = actions.create_tenant(
            slug=data.validated_data.get("slug"),
            display_name=data.validated_data["display_name"],
            kind=Kind(data.validated_data["kind"]),
            group=data.validated_data["group"],
            limits=by_resource(data.validated_data.get("limits", {})),
            by=by.username,
        )
        return Response(shown(made), status=201)


class TenantSlugView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = PLATFORM_ADMINS

    @extend_schema(
        responses=SlugSerializer,
        parameters=[OpenApiParameter("display_name", str, required=True)],
        operation_id="platform_tenant_slug",
    )
    def get(self, request: Request) -> Response:
        """What a new tenant of that display name would be called."""
        platform_admin(request)
        data = NewTenantSerializer(data=request.query_params)
        data.is_valid(raise_exception=True)
        return Response({"slug": actions.suggest_slug(data.validated_data["display_name"])})


class OneTenantView(TenantView):
    writing = Role.ADMIN
    while_suspended = frozenset({"PATCH", "DELETE"})

    @extend_schema(responses=TenantSerializer, operation_id="tenants_read")
    def get(self, request: Request, tenant: str) -> Response:
        return Response(shown(self.tenant))

    @extend_schema(
        request=TenantChangeSerializer, responses=TenantSerializer, operation_id="tenants_change"
    )
    def patch(self, request: Request, tenant: str) -> Response:
        data = TenantChangeSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        asked = data.validated_data
        if asked.keys() & {"kind", "group"}:
            platform_admin(request)
        changed = actions.change_tenant(
            tenant=self.tenant,
            by=self.member.username,
            display_name=asked.get("display_name"),
            kind=Kind(asked["kind"]) if "kind" in asked else None,
            group=asked.get("group"),
        )
        return Response(shown(changed))

    @extend_schema(
        parameters=[DeletionOrderSerializer],
        responses={202: DeletionSerializer},
        operation_id="tenants_delete",
    )
    def delete(self, request: Request, tenant: str) -> Response:
        """Everything of it, for good, with the confirmation of what goes."""
        return delete_tenant(self.tenant, request)


class SuspendView(TenantView):
    writing = Role.ADMIN
    while_suspended = frozenset({"POST"})

    @extend_schema(
        request=SuspendSerializer, responses=TenantSerializer, operation_id="tenants_suspend"
    )
    def post(self, request: Request, tenant: str) -> Response:
        by = platform_admin(request)
        data = SuspendSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        reason = data.validated_data["reason"]
        suspend_tenant(tenant=self.tenant, reason=reason, by=by.username)
        return Response(shown(self.tenant))


class ReactivateView(TenantView):
    writing = Role.ADMIN
    while_suspended = frozenset({"POST"})

    @extend_schema(request=None, responses=TenantSerializer, operation_id="tenants_reactivate")
    def post(self, request: Request, tenant: str) -> Response:
        reactivate_tenant(tenant=self.tenant, by=platform_admin(request).username)
        return Response(shown(self.tenant))


def shown(tenant: Tenant) -> Any:
    """One tenant as the API names it, as it is now."""
    return TenantSerializer(Tenant.objects.for_lists().get(pk=tenant.pk)).data


def by_resource(limits: dict[str, int]) -> Amounts:
    return {Resource(name): units for name, units in limits.items()}
