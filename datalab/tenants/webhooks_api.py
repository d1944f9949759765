"""Webhooks over HTTP, for platform administrators."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from datalab.audit.signature import secret_of
from datalab.audit.webhook import Delivery, Webhook
from datalab.core.errors import InvalidInput, ProviderError
from datalab.core.pagination import CURSOR, page_of
from datalab.providers import registry
from datalab.tenants import webhooks
from datalab.tenants.audit_api import PlatformOnlyView
from datalab.tenants.audit_query import TYPES, NewestEvents
from datalab.tenants.models import Tenant
from datalab.tenants.scope import signed_in


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """`tenant` null: the whole platform. `types` empty: every event."""

    tenant = serializers.SerializerMethodField()
    types = serializers.ListField(child=serializers.CharField(), read_only=True)
    enabled = serializers.SerializerMethodField()
    waiting = serializers.IntegerField(read_only=True, help_text="Events not arrived yet.")

    class Meta:
        model = Webhook
        fields = [
            "id", "url", "tenant", "types", "enabled", "disabled_because", "failing_since",
            "waiting", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_tenant(self, webhook: Webhook) -> str | None:
        names: dict[UUID, str] = self.context["tenants"]
        return names.get(webhook.tenant_id) if webhook.tenant_id else None

    def get_enabled(self, webhook: Webhook) -> bool:
        return webhook.disabled_at is None


class ShownWebhookSerializer(WebhookSerializer):
    secret = serializers.SerializerMethodField(help_text="Shown this once.")

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]
        read_only_fields = fields

    def get_secret(self, webhook: Webhook) -> str:
        return secret_of(webhook.key).reveal()


class NewWebhookSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=500)
    tenant = serializers.CharField(max_length=40, required=False, allow_null=True)
    types = serializers.ListField(
        child=serializers.CharField(max_length=64), required=False, default=list, max_length=200
    )

    def validate_types(self, types: list[str]) -> list[str]:
        return known_types(types)


class WebhookChangeSerializer(serializers.Serializer[Any]):
    types = serializers.ListField(
        child=serializers.CharField(max_length=64), required=False, max_length=200
    )
    enabled = serializers.BooleanField(required=False)

    def validate_types(self, types: list[str]) -> list[str]:
        return known_types(types)


def known_types(types: list[str]) -> list[str]:
    if unknown := sorted(set(types) - set(TYPES)):
        raise serializers.ValidationError(f"There are no events of type {unknown[0]}.")
    return sorted(set(types))


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """`problem` is of the last attempt. Neither time: it waits, and is tried again at `due_at`."""

    class Meta:
        model = Delivery
        fields = [
            "id", "type", "created_at", "attempts", "due_at", "delivered_at", "given_up_at",
            "problem",
        ]  # fmt: skip
        read_only_fields = fields


class WebhooksView(PlatformOnlyView):
    @extend_schema(responses=WebhookSerializer(many=True), operation_id="webhooks_list")
    def get(self, request: Request) -> Response:
        rows = list(Webhook.objects.with_waiting().order_by("-created_at"))
        return Response(WebhookSerializer(rows, many=True, context=_names(rows)).data)

    @extend_schema(
        request=NewWebhookSerializer,
        responses={201: ShownWebhookSerializer},
        operation_id="webhooks_add",
    )
    def post(self, request: Request) -> Response:
        data = NewWebhookSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        url = data.validated_data["url"]
        try:
            registry.webhook_sender().check(url)
        except ProviderError as error:
            raise InvalidInput(error.detail, fields={"url": error.detail}) from error
        webhook = webhooks.add_webhook(
            url=url,
            tenant_id=_tenant_id(data.validated_data.get("tenant")),
            types=data.validated_data["types"],
            by=signed_in(request).username,
        )
        row = webhooks.find_webhook(webhook.pk)
        return Response(ShownWebhookSerializer(row, context=_names([row])).data, status=201)


class WebhookView(PlatformOnlyView):
    @extend_schema(
        request=WebhookChangeSerializer, responses=WebhookSerializer, operation_id="webhooks_change"
    )
    def patch(self, request: Request, webhook: UUID) -> Response:
        data = WebhookChangeSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        row = webhooks.change_webhook(
            webhooks.find_webhook(webhook),
            types=data.validated_data.get("types"),
            enabled=data.validated_data.get("enabled"),
            by=signed_in(request).username,
            now=now(),
        )
        return Response(WebhookSerializer(row, context=_names([row])).data)

    @extend_schema(responses={204: None}, operation_id="webhooks_remove")
    def delete(self, request: Request, webhook: UUID) -> Response:
        row = webhooks.find_webhook(webhook)
        webhooks.remove_webhook(row, by=signed_in(request).username)
        return Response(status=204)


class WebhookTestView(PlatformOnlyView):
    @extend_schema(request=None, responses={202: None}, operation_id="webhooks_test")
    def post(self, request: Request, webhook: UUID) -> Response:
        row = webhooks.find_webhook(webhook)
        webhooks.send_test(row, by=signed_in(request).username)
        return Response(status=202)


class WebhookSecretView(PlatformOnlyView):
    @extend_schema(
        request=None, responses=ShownWebhookSerializer, operation_id="webhooks_replace_secret"
    )
    def post(self, request: Request, webhook: UUID) -> Response:
        """Another secret, shown this once. The former one signs nothing any more."""
        row = webhooks.find_webhook(webhook)
        row = webhooks.replace_secret(row, by=signed_in(request).username)
        return Response(ShownWebhookSerializer(row, context=_names([row])).data)


class DeliveryAgainView(PlatformOnlyView):
    @extend_schema(request=None, responses={202: None}, operation_id="webhooks_send_again")
    def post(self, request: Request, webhook: UUID, delivery: int) -> Response:
        """An event that has not arrived is tried at once, also where it was given up."""
        row = webhooks.find_webhook(webhook)
        by = signed_in(request).username
        webhooks.send_again(row, delivery_id=delivery, by=by, now=now())
        return Response(status=202)


DELIVERIES = page_of(DeliverySerializer)


class DeliveriesView(PlatformOnlyView):
    @extend_schema(responses=DELIVERIES, parameters=CURSOR, operation_id="webhooks_deliveries")
    def get(self, request: Request, webhook: UUID) -> Response:
        paginator = NewestEvents()
        rows = Delivery.objects.filter(webhook=webhooks.find_webhook(webhook))
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(DeliverySerializer(page, many=True).data)


def _names(rows: Sequence[Webhook]) -> dict[str, Any]:
    ids = {row.tenant_id for row in rows if row.tenant_id}
    return {"tenants": dict(Tenant.objects.filter(id__in=ids).values_list("id", "slug"))}


def _tenant_id(slug: str | None) -> UUID | None:
    if not slug:
        return None
    found = Tenant.objects.filter(slug=slug).values_list("id", flat=True).first()
    if found is None:
        raise InvalidInput("There is no such tenant.", fields={"tenant": "no such tenant"})
    return found
