"""How lists are cut: by cursor, so that a page costs the same however far down it is."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from datalab.core.errors import InvalidInput


class NewestFirst(CursorPagination):
    ordering: str | tuple[str, ...] = ("-created_at", "-id")
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Any:
        """Not "not found", which would be said of the list."""
        try:
            return super().decode_cursor(request)
        except NotFound as error:
            text = "not one that a list has given in `next` or `previous`"
            raise InvalidInput(f"cursor: {text}", fields={"cursor": text}) from error


def page_of(one: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    """The shape of a page of these, for the OpenAPI schema."""
    name = one.__name__.removesuffix("Serializer")
    return inline_serializer(
        name=f"Paginated{name}List",
        fields={
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": one(many=True),
        },
    )


CURSOR = [
    OpenApiParameter("cursor", str, description="From `next` or `previous`."),
    OpenApiParameter("page_size", int, description="At most 200; 50 where it is left out."),
]
