"""Who am I."""

from typing import Any, cast

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.acting import ActingSession, acting_in
from datalab.accounts.acting_api import ActedAsSerializer, ActingSerializer
from datalab.accounts.models import User
from datalab.accounts.reach import EVERYBODYS


class TenantOfMineSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField(source="tenant.slug")
    display_name = serializers.CharField(source="tenant.display_name")
    role = serializers.ChoiceField(choices=["admin", "member", "viewer"])


class MeSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    email = serializers.CharField()
    display_name = serializers.SerializerMethodField()
    is_platform_admin = serializers.BooleanField()
    tenants = serializers.SerializerMethodField()

    acting = serializers.SerializerMethodField()
    acted_as_recently = serializers.SerializerMethodField()

    def get_display_name(self, user: User) -> str:
        return user.get_full_name() or user.username

    @extend_schema_field(TenantOfMineSerializer(many=True))
    def get_tenants(self, user: User) -> Any:
        memberships = user.memberships.select_related("tenant").order_by("tenant__display_name")
        if user.reach.tenants is not None:
            memberships = memberships.filter(tenant_id__in=user.reach.tenants)
        return TenantOfMineSerializer(memberships, many=True).data

    @extend_schema_field(ActingSerializer(allow_null=True))
    def get_acting(self, user: User) -> Any:
        acting = acting_in(self.context["request"])
        return None if acting is None else ActingSerializer(acting).data

    @extend_schema_field(ActedAsSerializer(many=True))
    def get_acted_as_recently(self, user: User) -> Any:
        return ActedAsSerializer(ActingSession.objects.seen_by(user, now())[:20], many=True).data


class MeView(APIView):
    verbs = EVERYBODYS

    @extend_schema(responses=MeSerializer, operation_id="me")
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(cast("User", request.user), context={"request": request}).data)
