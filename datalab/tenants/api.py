"""Tenants over HTTP: parse, call one function, answer."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.models import User
from datalab.core.errors import Conflict, NotAllowed, NotFound
from datalab.core.pagination import CURSOR, NewestFirst, page_of
from datalab.core.quantities import Resource
from datalab.tenants import actions
from datalab.tenants.lifecycle import Role
from datalab.tenants.models import Membership, Tenant
from datalab.tenants.quota import quota_of
from datalab.tenants.scope import TenantView, signed_in
from datalab.tenants.serializers import (
    MemberSerializer,
    NewMemberSerializer,
    QuotaChangeSerializer,
    QuotaSerializer,
    RoleSerializer,
    TenantSerializer,
)


class TenantsView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        responses=page_of(TenantSerializer), parameters=CURSOR, operation_id="tenants_list"
    )
    def get(self, request: Request) -> Response:
        paginator = NewestFirst()
        rows = Tenant.objects.visible_to(signed_in(request))
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(TenantSerializer(page, many=True).data)


class OneTenantView(TenantView):
    @extend_schema(responses=TenantSerializer, operation_id="tenants_read")
    def get(self, request: Request, tenant: str) -> Response:
        return Response(TenantSerializer(self.tenant).data)


class QuotaView(TenantView):
    @extend_schema(responses=QuotaSerializer, operation_id="quota_read")
    def get(self, request: Request, tenant: str) -> Response:
        return Response(QuotaSerializer(quota_of(self.tenant)).data)

    @extend_schema(
        request=QuotaChangeSerializer, responses=QuotaSerializer, operation_id="quota_change"
    )
    def put(self, request: Request, tenant: str) -> Response:
        if not self.member.is_platform_admin:
            raise NotAllowed("Only a platform administrator can change a quota.")
        data = QuotaChangeSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        limits = {Resource(name): units for name, units in data.validated_data["limits"].items()}
        quota = actions.set_limits(tenant=self.tenant, limits=limits, by=self.member.username)
        return Response(QuotaSerializer(quota).data)


class MembersView(TenantView):
    writing = Role.ADMIN

    @extend_schema(responses=MemberSerializer(many=True), operation_id="members_list")
    def get(self, request: Request, tenant: str) -> Response:
        rows = self.tenant.memberships.select_related("user").order_by("user__username")
        return Response(MemberSerializer(rows, many=True).data)

    @extend_schema(
        request=NewMemberSerializer, responses={201: MemberSerializer}, operation_id="members_add"
    )
    def post(self, request: Request, tenant: str) -> Response:
        data = NewMemberSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        user = User.objects.filter(username=data.validated_data["username"]).first()
        if user is None:
            raise NotFound("Nobody of that name has signed in yet.")
        role = Role(data.validated_data["role"])
        row = actions.set_member(tenant=self.tenant, user=user, role=role, by=self.member.username)
        return Response(MemberSerializer(row).data, status=201)


class OneMemberView(TenantView):
    reading = Role.ADMIN
    writing = Role.ADMIN

    @extend_schema(
        request=RoleSerializer, responses=MemberSerializer, operation_id="members_change"
    )
    def patch(self, request: Request, tenant: str, user: str) -> Response:
        data = RoleSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        role = Role(data.validated_data["role"])
        row = self._membership(user)
        if role is not Role.ADMIN:
            self._keep_an_admin(row)
        row = actions.set_member(
            tenant=self.tenant, user=row.user, role=role, by=self.member.username
        )
        return Response(MemberSerializer(row).data)

    @extend_schema(responses={204: None}, operation_id="members_remove")
    def delete(self, request: Request, tenant: str, user: str) -> Response:
        row = self._membership(user)
        self._keep_an_admin(row)
        actions.remove_member(tenant=self.tenant, user=row.user, by=self.member.username)
        return Response(status=204)

    def _membership(self, username: str) -> Membership:
        row = self.tenant.memberships.select_related("user").filter(user__username=username).first()
        if row is None:
            raise NotFound("No such member.")
        return row

    def _keep_an_admin(self, row: Membership) -> None:
        admins = self.tenant.memberships.filter(role=Role.ADMIN.value)
        if row.role == Role.ADMIN.value and admins.count() == 1:
            raise Conflict("A tenant keeps at least one admin: make somebody else one first.")
