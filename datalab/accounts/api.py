"""Who am I, and my tokens."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.acting import ActingSession, acting_in
from datalab.accounts.acting_api import ActedAsSerializer, ActingSerializer
from datalab.accounts.actions import create_token, revoke_token
from datalab.accounts.models import ApiToken, User


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
        return TenantOfMineSerializer(memberships, many=True).data

    @extend_schema_field(ActingSerializer(allow_null=True))
    def get_acting(self, user: User) -> Any:
        acting = acting_in(self.context["request"])
        return None if acting is None else ActingSerializer(acting).data

    @extend_schema_field(ActedAsSerializer(many=True))
    def get_acted_as_recently(self, user: User) -> Any:
        return ActedAsSerializer(ActingSession.objects.seen_by(user, now())[:20], many=True).data


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    class Meta:
        model = ApiToken
        fields = ("id", "name", "created_at", "expires_at", "last_used_at")
        read_only_fields = fields


class NewTokenSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    expires_in_days = serializers.IntegerField(default=30, min_value=1, max_value=3650)


class ShownTokenSerializer(TokenSerializer):
    token = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "token")  # type: ignore[assignment]


class MeView(APIView):
    @extend_schema(responses=MeSerializer, operation_id="me")
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(cast("User", request.user), context={"request": request}).data)


class TokensView(APIView):
    @extend_schema(responses=TokenSerializer(many=True), operation_id="tokens_list")
    def get(self, request: Request) -> Response:
        tokens = cast("User", request.user).api_tokens.order_by("-created_at")
        return Response(TokenSerializer(tokens, many=True).data)

    @extend_schema(
        request=NewTokenSerializer,
        responses={201: ShownTokenSerializer},
        operation_id="tokens_create",
    )
    def post(self, request: Request) -> Response:
        asked = NewTokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        row, token = create_token(
            user=cast("User", request.user),
            name=asked.validated_data["name"],
            valid_for=timedelta(days=asked.validated_data["expires_in_days"]),
            now=now(),
        )
        shown = {**TokenSerializer(row).data, "token": token}
        return Response(shown, status=status.HTTP_201_CREATED)


class TokenView(APIView):
    @extend_schema(responses={204: None}, operation_id="tokens_delete")
    def delete(self, request: Request, token_id: UUID) -> Response:
        revoke_token(user=cast("User", request.user), token_id=token_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
