"""A tenant's members over HTTP: parse, call one function, answer."""

from django.db.models import Count, F, Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datalab.core.pagination import CURSOR, NewestFirst, page_of
from datalab.tenants import members
from datalab.tenants.lifecycle import FATES, Role
from datalab.tenants.member_serializers import (
    HAND_OVER_TO,
    FateSerializer,
    KeptOutSerializer,
    MemberChangeSerializer,
    MembersAskedSerializer,
    MemberSerializer,
    NewMemberSerializer,
)
from datalab.tenants.models import Membership, MembershipQuerySet, Tenant
from datalab.tenants.scope import TenantView

FATE = [
    OpenApiParameter("services", str, enum=FATES, description="`pause` where it is left out."),
    OpenApiParameter("hand_over_to", str, description=HAND_OVER_TO),
]


class ByUsername(NewestFirst):
    ordering = ("username", "id")


class MembersView(TenantView):
    writing = Role.ADMIN

    @extend_schema(
        responses=page_of(MemberSerializer),
        parameters=[MembersAskedSerializer, *CURSOR],
        operation_id="members_list",
    )
    def get(self, request: Request, tenant: str) -> Response:
        paginator = ByUsername()
        rows = _searched(shown(self.tenant), request)
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(MemberSerializer(page, many=True).data)

    @extend_schema(
        request=NewMemberSerializer, responses={201: MemberSerializer}, operation_id="members_add"
    )
    def post(self, request: Request, tenant: str) -> Response:
        asked = NewMemberSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        row = members.add_member(
            tenant=self.tenant,
            username=asked.validated_data["username"],
            role=Role(asked.validated_data["role"]),
            by=self.member,
        )
        return _one(row, status=201)


class OneMemberView(TenantView):
    writing = Role.ADMIN
    while_suspended = frozenset({"DELETE"})

    @extend_schema(responses=MemberSerializer, operation_id="members_read")
    def get(self, request: Request, tenant: str, user: str) -> Response:
        return _one(members.membership_of(self.tenant, user))

    @extend_schema(
        request=MemberChangeSerializer, responses=MemberSerializer, operation_id="members_change"
    )
    def patch(self, request: Request, tenant: str, user: str) -> Response:
        asked = MemberChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        role = Role(asked.validated_data["role"])
        row = members.change_role(
            tenant=self.tenant, username=user, role=role, by=self.member, fate=asked.fate
        )
        return _one(row)

    @extend_schema(responses={204: None}, parameters=FATE, operation_id="members_remove")
    def delete(self, request: Request, tenant: str, user: str) -> Response:
        asked = FateSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        members.dismiss(tenant=self.tenant, username=user, by=self.member, fate=asked.fate)
        return Response(status=204)


class KeptOutView(TenantView):
    reading = Role.ADMIN
    writing = Role.ADMIN

    @extend_schema(
        responses=page_of(KeptOutSerializer), parameters=CURSOR, operation_id="kept_out_list"
    )
    def get(self, request: Request, tenant: str) -> Response:
        paginator = NewestFirst()
        rows = self.tenant.kept_out.select_related("user")
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(KeptOutSerializer(page, many=True).data)


class OneKeptOutView(TenantView):
    writing = Role.ADMIN

    @extend_schema(responses={204: None}, operation_id="kept_out_let_in")
    def delete(self, request: Request, tenant: str, user: str) -> Response:
        members.let_in_again(tenant=self.tenant, username=user, by=self.member)
        return Response(status=204)


def shown(tenant: Tenant) -> MembershipQuerySet:
    """As a list shows them. Services are counted by the name of a relation of a higher part."""
    rows: MembershipQuerySet = tenant.memberships.select_related("user")
    of_this_tenant = Q(user__services__tenant=F("tenant"))
    return rows.annotate(
        username=F("user__username"), services=Count("user__services", filter=of_this_tenant)
    )


def _one(row: Membership, *, status: int = 200) -> Response:
    return Response(MemberSerializer(shown(row.tenant).get(pk=row.pk)).data, status=status)


def _searched(rows: MembershipQuerySet, request: Request) -> MembershipQuerySet:
    asked = MembersAskedSerializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    text, role = asked.validated_data.get("search"), asked.validated_data.get("role")
    if role:
        rows = rows.filter(role=role)
    if text:
        rows = rows.filter(Q(user__username__icontains=text) | Q(user__first_name__icontains=text))
    return rows
