"""Tokens over HTTP: one's own, and those that reach a tenant."""

from datetime import timedelta
from uuid import UUID

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.actions import create_token, revoke_token
from datalab.accounts.models import ApiToken
from datalab.accounts.reach import KEEPING_TOKENS, Verb
from datalab.core.pagination import CURSOR, NewestFirst, page_of
from datalab.tenants.lifecycle import Role
from datalab.tenants.scope import TenantView, signed_in
from datalab.tenants.token_serializers import (
    NewTokenSerializer,
    ShownTokenSerializer,
    TenantTokenSerializer,
    TokenSerializer,
)
from datalab.tenants.tokens import names_of, take_out, tenants_for_token, tokens_reaching


class TokensView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = KEEPING_TOKENS

    @extend_schema(responses=TokenSerializer(many=True), operation_id="tokens_list")
    def get(self, request: Request) -> Response:
        rows = signed_in(request).api_tokens.order_by("-created_at").prefetch_related("limits")
        return Response(TokenSerializer(rows, many=True, context=_names(list(rows))).data)

    @extend_schema(
        request=NewTokenSerializer,
        responses={201: ShownTokenSerializer},
        operation_id="tokens_create",
    )
    def post(self, request: Request) -> Response:
        asked = NewTokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        user, data = signed_in(request), asked.validated_data
        wanted = data["tenants"]
        row, token = create_token(
            user=user,
            name=data["name"],
            valid_for=timedelta(days=data["expires_in_days"]),
            now=now(),
            verbs=[Verb(one) for one in data["verbs"]],
            tenants=None if wanted is None else tenants_for_token(user, wanted),
        )
        shown = {**TokenSerializer(row, context=_names([row])).data, "token": token}
        return Response(shown, status=201)


class OneTokenView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = KEEPING_TOKENS

    @extend_schema(responses={204: None}, operation_id="tokens_delete")
    def delete(self, request: Request, token_id: UUID) -> Response:
        """One's own; a platform administrator anybody's."""
        revoke_token(token_id=token_id, by=signed_in(request))
        return Response(status=204)


class TenantTokensView(TenantView):
    reading = Role.ADMIN

    @extend_schema(
        responses=page_of(TenantTokenSerializer),
        parameters=CURSOR,
        operation_id="tenant_tokens_list",
    )
    def get(self, request: Request, tenant: str) -> Response:
        """Those made for this tenant, and those for all tenants of one of its members."""
        paginator = NewestFirst()
        page = paginator.paginate_queryset(tokens_reaching(self.tenant), request, view=self)
        return paginator.get_paginated_response(TenantTokenSerializer(page, many=True).data)


class TenantTokenView(TenantView):
    writing = Role.ADMIN
    while_suspended = frozenset({"DELETE"})

    @extend_schema(responses={204: None}, operation_id="tenant_tokens_take_out")
    def delete(self, request: Request, tenant: str, token_id: UUID) -> Response:
        """The token no longer reaches this tenant; it ends where it reaches no other."""
        take_out(tenant=self.tenant, token_id=token_id, by=self.member)
        return Response(status=204)


def _names(rows: list[ApiToken]) -> dict[str, object]:
    return {"tenants": names_of(rows)}
