"""The shapes of members in the API."""

from typing import Any

from rest_framework import serializers

from datalab.tenants.lifecycle import FATES, ROLES, SOURCES, Fate, ServicesFate
from datalab.tenants.models import KeptOut, Membership

HAND_OVER_TO = "The user name of the member who gets them, with `services` `hand_over`."


class MemberSerializer(serializers.ModelSerializer[Membership]):
    username = serializers.CharField(source="user.username")
    display_name = serializers.CharField(source="user.get_full_name")
    role = serializers.ChoiceField(choices=ROLES)
    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]  # a field's name
    is_active = serializers.BooleanField(source="user.is_active")
    last_sign_in = serializers.DateTimeField(source="user.last_login", allow_null=True)
    services = serializers.IntegerField()

    class Meta:
        model = Membership
        fields = [
            "username",
            "display_name",
            "role",
            "role_by_hand",
            "source",
            "is_active",
            "last_sign_in",
            "services",
        ]
        read_only_fields = fields


class MembersAskedSerializer(serializers.Serializer[Any]):
    search = serializers.CharField(
        max_length=100, required=False, help_text="Part of a user name or a display name."
    )
    role = serializers.ChoiceField(choices=ROLES, required=False)


class NewMemberSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=ROLES)


class FateSerializer(serializers.Serializer[Any]):
    """What becomes of the services of somebody who may no longer run them."""

    services = serializers.ChoiceField(choices=FATES, default=ServicesFate.PAUSE.value)
    hand_over_to = serializers.CharField(max_length=150, required=False, help_text=HAND_OVER_TO)

    @property
    def fate(self) -> Fate:
        return Fate(
            services=ServicesFate(self.validated_data["services"]),
            heir=self.validated_data.get("hand_over_to", ""),
        )


class MemberChangeSerializer(FateSerializer):
    role = serializers.ChoiceField(choices=ROLES)


class KeptOutSerializer(serializers.ModelSerializer[KeptOut]):
    username = serializers.CharField(source="user.username")
    display_name = serializers.CharField(source="user.get_full_name")

    class Meta:
        model = KeptOut
        fields = ["username", "display_name", "by", "created_at"]
        read_only_fields = fields
