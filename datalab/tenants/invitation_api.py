"""Invitations over HTTP. A link is in the answer that makes it and in a mail, and nowhere else."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.reach import KEEPING_TOKENS
from datalab.core.pagination import CURSOR, NewestFirst, page_of
from datalab.tenants import invitations
from datalab.tenants.invitation_mail import mail_invitation
from datalab.tenants.lifecycle import INVITATION_STATES, ROLES, Role
from datalab.tenants.models import Invitation
from datalab.tenants.scope import TenantView, signed_in


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """`inviter_gone`: whoever has invited administers no more. Send it again in your own name."""

    role = serializers.ChoiceField(choices=ROLES)
    invited_by = serializers.CharField(source="invited_by.username")
    state = serializers.SerializerMethodField()

    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "invited_by", "created_at", "expires_at", "state"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=INVITATION_STATES))
    def get_state(self, row: Invitation) -> str:
        if row.expires_at <= now():
            return "expired"
        is_open: bool = self.context["open"] is None or row.pk in self.context["open"]
        return "open" if is_open else "inviter_gone"


class MadeInvitationSerializer(InvitationSerializer):
    link = serializers.CharField(
        read_only=True, help_text="Shown this once: send it to them where no mail was."
    )
    mailed = serializers.BooleanField(
        read_only=True, help_text="A mail server has taken the link, for their address."
    )
    not_mailed = serializers.CharField(
        read_only=True, help_text="Why no mail was sent; empty where one was."
    )

    class Meta(InvitationSerializer.Meta):
        fields = [*InvitationSerializer.Meta.fields, "link", "mailed", "not_mailed"]


class PeriodSerializer(serializers.Serializer[Any]):
    expires_in_days = serializers.IntegerField(default=7, min_value=1, max_value=30)

    @property
    def period(self) -> timedelta:
        return timedelta(days=self.validated_data["expires_in_days"])


class NewInvitationSerializer(PeriodSerializer):
    email = serializers.CharField(max_length=254)
    role = serializers.ChoiceField(choices=ROLES)


class InvitationLinkSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=100, help_text="The last part of the link.")


class AcceptedInvitationSerializer(serializers.Serializer[Any]):
    tenant = serializers.CharField(help_text="The slug of the tenant of which you are a member.")


class InvitationsView(TenantView):
    reading = Role.ADMIN
    writing = Role.ADMIN

    @extend_schema(
        responses=page_of(InvitationSerializer), parameters=CURSOR, operation_id="invitations_list"
    )
    def get(self, request: Request, tenant: str) -> Response:
        paginator = NewestFirst()
        rows = self.tenant.invitations.pending().select_related("invited_by")
        page = paginator.paginate_queryset(rows, request, view=self) or []
        ids = [row.pk for row in page]
        still = set(Invitation.objects.open(now()).filter(pk__in=ids).values_list("pk", flat=True))
        shown = InvitationSerializer(page, many=True, context={"open": still})
        return paginator.get_paginated_response(shown.data)

    @extend_schema(
        request=NewInvitationSerializer,
        responses={201: MadeInvitationSerializer},
        operation_id="invitations_create",
    )
    def post(self, request: Request, tenant: str) -> Response:
        asked = NewInvitationSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made = invitations.invite(
            tenant=self.tenant,
            email=asked.validated_data["email"],
            role=Role(asked.validated_data["role"]),
            valid_for=asked.period,
            by=self.member,
        )
        return _made(*made, status=201)


class InvitationView(TenantView):
    writing = Role.ADMIN

    @extend_schema(responses={204: None}, operation_id="invitations_revoke")
    def delete(self, request: Request, tenant: str, invitation_id: UUID) -> Response:
        invitations.revoke(tenant=self.tenant, invitation_id=invitation_id, by=self.member)
        return Response(status=204)


class ResentInvitationView(TenantView):
    writing = Role.ADMIN

    @extend_schema(
        request=PeriodSerializer,
        responses=MadeInvitationSerializer,
        operation_id="invitations_send_again",
    )
    def post(self, request: Request, tenant: str, invitation_id: UUID) -> Response:
        asked = PeriodSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made = invitations.send_again(
            tenant=self.tenant, invitation_id=invitation_id, valid_for=asked.period, by=self.member
        )
        return _made(*made)


class AcceptInvitationView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = KEEPING_TOKENS

    @extend_schema(
        request=InvitationLinkSerializer,
        responses=AcceptedInvitationSerializer,
        operation_id="invitations_accept",
    )
    def post(self, request: Request) -> Response:
        asked = InvitationLinkSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        tenant = invitations.accept_link(
            token=asked.validated_data["token"], user=signed_in(request)
        )
        return Response({"tenant": tenant.slug})


def _made(row: Invitation, link: str, *, status: int = 200) -> Response:
    not_mailed = mail_invitation(row, link, at=now())
    shown = InvitationSerializer(row, context={"open": None}).data
    told = {"link": link, "mailed": not not_mailed, "not_mailed": not_mailed}
    return Response({**shown, **told}, status=status)
