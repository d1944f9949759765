"""Everybody who has ever signed in, for platform administrators."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts import people
from datalab.accounts.models import User
from datalab.accounts.reach import PLATFORM_ADMINS
from datalab.core.pagination import CURSOR, NewestFirst, page_of
from datalab.tenants.lifecycle import ROLES, SOURCES
from datalab.tenants.models import Membership
from datalab.tenants.scope import platform_admin


class HeldRoleSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField(source="tenant.slug")
    display_name = serializers.CharField(source="tenant.display_name")
    role = serializers.ChoiceField(choices=ROLES)
    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]  # a field's name


class PersonSerializer(serializers.ModelSerializer[User]):
    display_name = serializers.CharField(source="get_full_name")
    email = serializers.CharField(help_text="Empty where the issuer names none.")
    last_sign_in = serializers.DateTimeField(source="last_login", allow_null=True)
    groups = serializers.ListField(source="issuer_groups", child=serializers.CharField())
    tenants = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = [
            "username",
            "display_name",
            "email",
            "email_verified",
            "is_active",
            "is_platform_admin",
            "platform_admin_by_hand",
            "last_sign_in",
            "groups",
            "tenants",
        ]
        read_only_fields = fields

    @extend_schema_field(HeldRoleSerializer(many=True))
    def get_tenants(self, user: User) -> Any:
        return HeldRoleSerializer(user.memberships.all(), many=True).data


class PeopleAskedSerializer(serializers.Serializer[Any]):
    search = serializers.CharField(
        max_length=100, required=False, help_text="Part of a user name, name or e-mail address."
    )
    platform_admin = serializers.BooleanField(allow_null=True, default=None)
    locked = serializers.BooleanField(allow_null=True, default=None)


class PersonChangeSerializer(serializers.Serializer[Any]):
    """`is_platform_admin` is given and taken by hand; what a group gives stays."""

    is_active = serializers.BooleanField(required=False)
    is_platform_admin = serializers.BooleanField(required=False)


class ByName(NewestFirst):
    ordering = ("username", "id")


class PeopleView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = PLATFORM_ADMINS

    @extend_schema(
        responses=page_of(PersonSerializer),
        parameters=[PeopleAskedSerializer, *CURSOR],
        operation_id="people_list",
    )
    def get(self, request: Request) -> Response:
        platform_admin(request)
        asked = PeopleAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        paginator = ByName()
        page = paginator.paginate_queryset(_found(asked.validated_data), request, view=self)
        return paginator.get_paginated_response(PersonSerializer(page, many=True).data)


class PersonView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = PLATFORM_ADMINS

    @extend_schema(
        request=PersonChangeSerializer, responses=PersonSerializer, operation_id="people_change"
    )
    def patch(self, request: Request, username: str) -> Response:
        by = platform_admin(request)
        asked = PersonChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        people.change(username=username, by=by, **asked.validated_data)
        user = people.find(username)
        return Response(PersonSerializer(user).data)


def _found(asked: dict[str, Any]) -> QuerySet[User]:
    held = Membership.objects.select_related("tenant").order_by("tenant__slug")
    rows: QuerySet[User] = User.objects.prefetch_related(Prefetch("memberships", queryset=held))
    if text := asked.get("search"):
        names = Q(username__icontains=text) | Q(first_name__icontains=text)
        rows = rows.filter(names | Q(email__icontains=text))
    if asked["platform_admin"] is not None:
        rows = rows.filter(is_platform_admin=asked["platform_admin"])
    if asked["locked"] is not None:
        rows = rows.filter(is_active=not asked["locked"])
    return rows
