"""The audit over HTTP: of one tenant for its admins, of everything for platform administrators."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.reach import EVERYBODYS, PLATFORM_ADMINS
from datalab.audit.models import Event, EventQuerySet, EventType
from datalab.audit.record import record
from datalab.core.errors import NotAllowed
from datalab.core.pagination import CURSOR, page_of
from datalab.tenants.audit_query import (
    NewestEvents,
    as_texts,
    everything,
    filters_from,
    matching,
    parameters,
)
from datalab.tenants.lifecycle import Role
from datalab.tenants.models import FormerTenant, Tenant
from datalab.tenants.scope import TenantView, signed_in

FILTERS = parameters()
EVERY_TENANT = (Tenant.objects, FormerTenant.objects)


class EventSerializer(serializers.ModelSerializer[Event]):
    """`title` is the type in plain words; `tenant` null: the platform."""

    title = serializers.SerializerMethodField()
    tenant = serializers.SerializerMethodField()
    before = serializers.DictField(allow_null=True)
    after = serializers.DictField(allow_null=True)
    details = serializers.DictField(source="data")

    class Meta:
        model = Event
        fields = [
            "id", "at", "type", "title", "actor", "acting", "tenant", "target", "address",
            "request_id", "before", "after", "details",
        ]  # fmt: skip
        read_only_fields = fields

    def get_title(self, event: Event) -> str:
        known = event.type in EventType.values
        return str(EventType(event.type).label).capitalize() if known else event.type

    def get_tenant(self, event: Event) -> str | None:
        names: dict[UUID, str] = self.context["tenants"]
        return names.get(event.tenant_id) if event.tenant_id else None


EVENTS = page_of(EventSerializer)


class EventTypeSerializer(serializers.Serializer[Any]):
    type = serializers.CharField()
    title = serializers.CharField()


class JsonLines(BaseRenderer):
    """Only so that a client may ask for it: the answer is streamed past the renderer."""

    media_type = "application/x-ndjson"
    format = "ndjson"

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        return JSONRenderer().render(data)


def page_of_events(view: APIView, request: Request, events: EventQuerySet) -> Response:
    paginator = NewestEvents()
    rows = matching(events, filters_from(request.query_params.dict()))
    page = paginator.paginate_queryset(rows, request, view=view) or []
    return paginator.get_paginated_response(_shown(page))


def exported(
    request: Request, events: EventQuerySet, tenant_id: UUID | None, *, tenant: str = ""
) -> StreamingHttpResponse:
    """Everything up to now as JSON lines; that somebody took it is an event of its own."""
    filters = filters_from(request.query_params.dict())
    told = {"tenant": tenant} if tenant else {}
    event = record(
        EventType.AUDIT_EXPORTED,
        actor=signed_in(request).username,
        tenant_id=tenant_id,
        filters={**told, **as_texts(filters)},
    )
    rows = everything(matching(events.filter(id__lt=event.pk), filters))
    answer = StreamingHttpResponse(_lines(rows), content_type=JsonLines.media_type)
    answer["Content-Disposition"] = f'attachment; filename="audit-{now():%Y-%m-%d}.jsonl"'
    return answer


class TenantAuditView(TenantView):
    reading = Role.ADMIN

    @extend_schema(
        responses=EVENTS,
        parameters=[*CURSOR, *FILTERS],
        operation_id="audit_list",
    )
    def get(self, request: Request, tenant: str) -> Response:
        return page_of_events(self, request, Event.objects.of_tenant(self.tenant.id))


class TenantAuditExportView(TenantView):
    reading = Role.ADMIN
    renderer_classes = [JSONRenderer, JsonLines]

    @extend_schema(
        responses={(200, JsonLines.media_type): OpenApiTypes.STR},
        parameters=FILTERS,
        operation_id="audit_export",
    )
    def get(self, request: Request, tenant: str) -> StreamingHttpResponse:
        return exported(request, Event.objects.of_tenant(self.tenant.id), self.tenant.id)


class PlatformOnlyView(APIView):
    """For platform administrators."""

    permission_classes = [IsAuthenticated]
    verbs = PLATFORM_ADMINS

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not signed_in(request).is_platform_admin:
            raise NotAllowed("Only a platform administrator can do this.")


ONE_TENANT = OpenApiParameter(
    "tenant", str, description="Short name of a tenant, also of one that was deleted."
)


def of_one_or_all(request: Request) -> EventQuerySet:
    """Two tenants may have had a name one after the other: it is the trail of both."""
    slug = request.query_params.get("tenant", "")
    if not slug:
        return Event.objects.of_tenant(None)
    named = [rows.filter(slug=slug).values_list("id", flat=True) for rows in EVERY_TENANT]
    return Event.objects.filter(tenant_id__in=[pk for found in named for pk in found])


class PlatformAuditView(PlatformOnlyView):
    @extend_schema(
        responses=EVENTS,
        parameters=[*CURSOR, ONE_TENANT, *FILTERS],
        operation_id="platform_audit_list",
    )
    def get(self, request: Request) -> Response:
        return page_of_events(self, request, of_one_or_all(request))


class PlatformAuditExportView(PlatformOnlyView):
    renderer_classes = [JSONRenderer, JsonLines]

    @extend_schema(
        responses={(200, JsonLines.media_type): OpenApiTypes.STR},
        parameters=[ONE_TENANT, *FILTERS],
        operation_id="platform_audit_export",
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        slug = request.query_params.get("tenant", "")
        return exported(request, of_one_or_all(request), None, tenant=slug)


class EventTypesView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = EVERYBODYS

    @extend_schema(responses=EventTypeSerializer(many=True), operation_id="audit_types")
    def get(self, request: Request) -> Response:
        return Response(
            [{"type": one.value, "title": str(one.label).capitalize()} for one in EventType]
        )


def _shown(events: Iterable[Event]) -> list[dict[str, Any]]:
    events = list(events)
    ids = {event.tenant_id for event in events if event.tenant_id}
    names = dict(Tenant.objects.filter(id__in=ids).values_list("id", "slug"))
    if gone := ids - names.keys():
        names |= dict(FormerTenant.objects.filter(id__in=gone).values_list("id", "slug"))
    return list(EventSerializer(events, many=True, context={"tenants": names}).data)


def _lines(events: Iterable[Event]) -> Iterator[bytes]:
    """Tenants' names are looked up once each."""
    names = {pk: slug for rows in EVERY_TENANT for pk, slug in rows.values_list("id", "slug")}
    serializer = EventSerializer(context={"tenants": names})
    for event in events:
        yield json.dumps(serializer.to_representation(event), ensure_ascii=False).encode() + b"\n"
