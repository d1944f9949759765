"""The shapes of tokens in the API."""

from typing import Any

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from datalab.accounts.models import ApiToken
from datalab.accounts.reach import VERBS
from datalab.core.names import TENANT_MAX

MOST_TENANTS = 100
VERBS_FIELD = "read: what a viewer may. write: what a member may. admin: what an admin may."


class TokenTenantSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    display_name = serializers.CharField()


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """`tenants` is null for all that the owner is in."""

    verbs = serializers.ListField(child=serializers.ChoiceField(choices=VERBS), read_only=True)
    tenants = serializers.SerializerMethodField()
    expired = serializers.SerializerMethodField()

    class Meta:
        model = ApiToken
        fields: tuple[str, ...] = (
            "id",
            "name",
            "verbs",
            "tenants",
            "created_at",
            "expires_at",
            "expired",
            "last_used_at",
            "last_used_from",
        )
        read_only_fields = fields

    @extend_schema_field(TokenTenantSerializer(many=True, allow_null=True))
    def get_tenants(self, token: ApiToken) -> Any:
        if token.all_tenants:
            return None
        known = self.context["tenants"]
        mine = [known[one.tenant_id] for one in token.limits.all() if one.tenant_id in known]
        mine.sort(key=lambda tenant: tenant.display_name)
        return TokenTenantSerializer(mine, many=True).data

    def get_expired(self, token: ApiToken) -> bool:
        return token.expires_at <= now()


class ShownTokenSerializer(TokenSerializer):
    token = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "token")


class NewTokenSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    expires_in_days = serializers.IntegerField(default=30, min_value=1, max_value=3650)
    verbs = serializers.ListField(
        child=serializers.ChoiceField(choices=VERBS),
        default=VERBS,
        min_length=1,
        max_length=len(VERBS),
        help_text=VERBS_FIELD,
    )
    tenants = serializers.ListField(
        child=serializers.CharField(max_length=TENANT_MAX),
        default=None,
        allow_null=True,
        min_length=1,
        max_length=MOST_TENANTS,
        help_text="Slugs. Left out or null: all that you are in, now and later.",
    )


class TokenOwnerSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    display_name = serializers.CharField(source="get_full_name")


class TenantTokenSerializer(serializers.ModelSerializer[ApiToken]):
    """What a tenant's admin sees: nothing of the token's other tenants, but that there are some."""

    owner = TokenOwnerSerializer(source="user", read_only=True)
    verbs = serializers.ListField(child=serializers.ChoiceField(choices=VERBS), read_only=True)
    only_here = serializers.SerializerMethodField(help_text="It reaches no other tenant.")
    expired = serializers.SerializerMethodField()

    class Meta:
        model = ApiToken
        fields = (
            "id",
            "name",
            "owner",
            "verbs",
            "only_here",
            "created_at",
            "expires_at",
            "expired",
            "last_used_at",
            "last_used_from",
        )
        read_only_fields = fields

    def get_only_here(self, token: ApiToken) -> bool:
        return not token.all_tenants and len(token.limits.all()) == 1

    def get_expired(self, token: ApiToken) -> bool:
        return token.expires_at <= now()
