"""Deleting tenants over HTTP, and what is left of deleted ones."""

from datetime import timedelta
from typing import Any

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.reach import PLATFORM_ADMINS
from datalab.core.errors import InvalidInput
from datalab.core.pagination import CURSOR, NewestFirst, page_of
from datalab.tenants.deletion import (
    CONFIRM_WITHIN,
    cancel_deletion,
    check_confirmation,
    confirmation_of,
    order_deletion,
    progress_of,
    what_goes,
)
from datalab.tenants.deletion_serializers import (
    DeletionOrderSerializer,
    DeletionSerializer,
    FormerTenantSerializer,
)
from datalab.tenants.lifecycle import Role
from datalab.tenants.models import FormerTenant, Tenant
from datalab.tenants.scope import TenantView, platform_admin


class DeletionView(TenantView):
    reading = Role.ADMIN

    @extend_schema(responses=DeletionSerializer, operation_id="tenants_deletion")
    def get(self, request: Request, tenant: str) -> Response:
        """What goes with the tenant, with a confirmation of that list; or how far its deletion is."""
        by = platform_admin(request)
        if progress_of(self.tenant) is not None:
            return Response(told(self.tenant))
        leaving = what_goes(self.tenant)
        confirmation = confirmation_of(self.tenant, leaving, by.username)
        until = now() + CONFIRM_WITHIN
        answer = {"leaving": leaving, "confirmation": confirmation, "confirm_until": until}
        return Response(DeletionSerializer({**answer, "removal": None}).data)


class CancelDeletionView(TenantView):
    writing = Role.ADMIN
    while_suspended = frozenset({"POST"})

    @extend_schema(
        request=None, responses=DeletionSerializer, operation_id="tenants_deletion_cancel"
    )
    def post(self, request: Request, tenant: str) -> Response:
        """As it was before; possible until the retention ends."""
        cancel_deletion(tenant=self.tenant, by=platform_admin(request).username)
        return Response(told(self.tenant))


class FormerTenantsView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = PLATFORM_ADMINS

    @extend_schema(
        responses=page_of(FormerTenantSerializer),
        parameters=CURSOR,
        operation_id="platform_former_tenants",
    )
    def get(self, request: Request) -> Response:
        """Deleted tenants: their audit trails stay, under their ids."""
        platform_admin(request)
        paginator = NewestFirst()
        page = paginator.paginate_queryset(FormerTenant.objects.all(), request, view=self)
        return paginator.get_paginated_response(FormerTenantSerializer(page, many=True).data)


def delete_tenant(tenant: Tenant, request: Request) -> Response:
    """The second step: with the confirmation of the list."""
    by = platform_admin(request)
    body = request.data if isinstance(request.data, dict) else {}
    asked = DeletionOrderSerializer(data={**request.query_params.dict(), **body})
    asked.is_valid(raise_exception=True)
    if asked.validated_data.get("name", tenant.slug) not in {tenant.slug, tenant.display_name}:
        raise InvalidInput(
            "That is not the tenant's name.", fields={"name": f"type {tenant.display_name}"}
        )
    confirmation = asked.validated_data["confirmation"]
    leaving = check_confirmation(tenant, confirmation, by.username)
    days = asked.validated_data["retention_days"]
    keep_until = now() + timedelta(days=days) if days else None
    order_deletion(tenant=tenant, leaving=leaving, keep_until=keep_until, by=by.username)
    return Response(told(tenant), status=202)


def told(tenant: Tenant) -> Any:
    nothing = {"leaving": None, "confirmation": None, "confirm_until": None}
    current = Tenant.objects.filter(pk=tenant.pk).first()
    removal = progress_of(current or tenant)
    return DeletionSerializer({**nothing, "removal": removal}).data
