"""A person's own notifications."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.models import User
from datalab.accounts.notifications import Notification
from datalab.accounts.reach import EVERYBODYS
from datalab.core.pagination import CURSOR, NewestFirst


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """`link` is an address inside the page, or empty. `read_at` null: not read yet."""

    class Meta:
        model = Notification
        fields = ["id", "created_at", "title", "text", "link", "read_at"]
        read_only_fields = fields


class NotificationsSerializer(serializers.Serializer[Any]):
    """A page of them, and how many are unread in all."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = NotificationSerializer(many=True)
    unread = serializers.IntegerField()


class ReadSerializer(serializers.Serializer[Any]):
    """Left out: all of them."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62),
        required=False,
        max_length=200,
    )


class UnreadSerializer(serializers.Serializer[Any]):
    unread = serializers.IntegerField()


class NotificationsView(APIView):
    verbs = EVERYBODYS

    @extend_schema(
        responses=NotificationsSerializer, parameters=CURSOR, operation_id="notifications_list"
    )
    def get(self, request: Request) -> Response:
        paginator = NewestFirst()
        mine = Notification.objects.filter(user=cast("User", request.user))
        page = paginator.paginate_queryset(mine, request, view=self)
        rows = NotificationSerializer(page, many=True).data
        answer = paginator.get_paginated_response(rows)
        answer.data["unread"] = mine.unread().count()
        return answer


class NotificationsReadView(APIView):
    verbs = EVERYBODYS

    @extend_schema(
        request=ReadSerializer, responses=UnreadSerializer, operation_id="notifications_read"
    )
    def post(self, request: Request) -> Response:
        asked = ReadSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        mine = Notification.objects.filter(user=cast("User", request.user))
        chosen = asked.validated_data.get("ids")
        (mine if chosen is None else mine.filter(pk__in=chosen)).mark_read()
        return Response({"unread": mine.unread().count()})
