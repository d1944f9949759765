"""What one may ask of the audit, and how an answer is cut."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from datalab.audit.models import Event, EventQuerySet, EventType
from datalab.core.pagination import NewestFirst

TYPES = [one.value for one in EventType]


class NewestEvents(NewestFirst):
    """By id: it grows with time, and no two events share one."""

    ordering = ("-id",)


class EventFilterSerializer(serializers.Serializer[Any]):
    """`type` is one or several, separated by commas; `text` a part of the target's name."""

    type = serializers.CharField(max_length=500, required=False)
    actor = serializers.CharField(max_length=255, required=False)
    acting = serializers.CharField(max_length=255, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    text = serializers.CharField(max_length=200, required=False)
    request_id = serializers.CharField(max_length=64, required=False)

    def validate_type(self, text: str) -> list[str]:
        asked = [one.strip() for one in text.split(",") if one.strip()]
        if unknown := [one for one in asked if one not in TYPES]:
            raise serializers.ValidationError(f"There are no events of type {unknown[0][:64]}.")
        return asked


def parameters() -> list[OpenApiParameter]:
    """The filters, for the OpenAPI schema."""
    return [
        OpenApiParameter("type", str, description=f"One or several of: {', '.join(TYPES)}."),
        OpenApiParameter("actor", str, description="User name of who did it."),
        OpenApiParameter("acting", str, description="Who acted as somebody else."),
        OpenApiParameter("since", datetime, description="From this time on."),
        OpenApiParameter("until", datetime, description="Before this time."),
        OpenApiParameter("text", str, description="Part of the name of what it happened to."),
        OpenApiParameter("request_id", str, description="Everything that one request caused."),
    ]


def filters_from(query: Mapping[str, Any]) -> dict[str, Any]:
    """Raises a ValidationError that names the filter."""
    asked = EventFilterSerializer(data={name: text for name, text in query.items() if text})
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def matching(events: EventQuerySet, filters: Mapping[str, Any]) -> EventQuerySet:
    found = events.between(filters.get("since"), filters.get("until"))
    for name in ("actor", "acting", "request_id"):
        if name in filters:
            found = found.filter(**{name: filters[name]})
    if "type" in filters:
        found = found.filter(type__in=filters["type"])
    if "text" in filters:
        found = found.filter(target__icontains=filters["text"])
    return found


def as_texts(filters: Mapping[str, Any]) -> dict[str, str]:
    """The filters as an event can keep them."""
    return {name: _text(value) for name, value in filters.items()}


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return ",".join(value) if isinstance(value, list) else str(value)


def everything(events: EventQuerySet, *, at_once: int = 1000) -> Any:
    """All of them, the newest first, read in pieces: memory and locks stay small."""
    below = None
    while True:
        page = (
            events.order_by("-id") if below is None else events.filter(id__lt=below).order_by("-id")
        )
        rows: list[Event] = list(page[:at_once])
        yield from rows
        if len(rows) < at_once:
            return
        below = rows[-1].pk
