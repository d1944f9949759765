"""Quotas over HTTP: parse, call one function, answer."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datalab.accounts.models import User
from datalab.core.errors import NotAllowed, NotFound
from datalab.quotas import actions
from datalab.quotas.picture import picture
from datalab.quotas.serializers import (
    OwnQuotaChangeSerializer,
    QuotaChangeSerializer,
    QuotaSerializer,
    amounts_of,
)
from datalab.tenants.lifecycle import Role
from datalab.tenants.scope import TenantView


class QuotaView(TenantView):
    writing = Role.ADMIN
    while_suspended = frozenset({"PUT"})  # so that there is room when it is reactivated

    @extend_schema(responses=QuotaSerializer, operation_id="quota_read")
    def get(self, request: Request, tenant: str) -> Response:
        return pictured(self)

    @extend_schema(
        request=QuotaChangeSerializer, responses=QuotaSerializer, operation_id="quota_change"
    )
    def put(self, request: Request, tenant: str) -> Response:
        """`notes` of the answer say what is above its new limit: nothing of it is stopped."""
        if not self.member.is_platform_admin:
            raise NotAllowed("Only a platform administrator can change a tenant's quota.")
        limits = parsed(QuotaChangeSerializer, request)
        actions.set_limits(
            tenant=self.tenant,
            limits=amounts_of(limits),
            devices=limits.get("devices", {}),
            by=self.member.username,
        )
        return pictured(self)


class MemberDefaultView(TenantView):
    writing = Role.ADMIN

    @extend_schema(
        request=OwnQuotaChangeSerializer,
        responses=QuotaSerializer,
        operation_id="quota_change_default",
    )
    def put(self, request: Request, tenant: str) -> Response:
        """What each member may hold who has no limits of their own."""
        limits = amounts_of(parsed(OwnQuotaChangeSerializer, request))
        actions.set_own_limits(
            tenant=self.tenant, member=None, limits=limits, by=self.member.username
        )
        return pictured(self)


class OneMemberQuotaView(TenantView):
    writing = Role.ADMIN

    @extend_schema(
        request=OwnQuotaChangeSerializer,
        responses=QuotaSerializer,
        operation_id="quota_change_member",
    )
    def put(self, request: Request, tenant: str, user: str) -> Response:
        limits = amounts_of(parsed(OwnQuotaChangeSerializer, request))
        actions.set_own_limits(
            tenant=self.tenant, member=self._member(user), limits=limits, by=self.member.username
        )
        return pictured(self)

    def _member(self, username: str) -> User:
        found = User.objects.filter(username=username, memberships__tenant=self.tenant).first()
        if found is None:
            raise NotFound("No such member.")
        return found


def pictured(view: TenantView) -> Response:
    return Response(picture(view.tenant, view.member, whole=view.role is Role.ADMIN))


def parsed(shape: type[Any], request: Request) -> dict[str, Any]:
    data = shape(data=request.data)
    data.is_valid(raise_exception=True)
    limits: dict[str, Any] = data.validated_data["limits"]
    return limits
