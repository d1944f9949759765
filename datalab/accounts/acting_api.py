"""Acting as a member, from the page only."""

from datetime import timedelta
from typing import Any, ClassVar, cast

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts.acting import LONGEST, SHORTEST_REASON, ActingSession, EndedBecause
from datalab.accounts.authentication import PageAuthentication
from datalab.accounts.models import User
from datalab.accounts.reach import FOR_THE_PAGE
from datalab.accounts.support import SESSION_KEY, end_in, start_acting
from datalab.core.errors import NotAllowed


class ActingSerializer(serializers.Serializer[ActingSession]):
    """`as` and `by` are user names."""

    by = serializers.CharField(source="actor.username")
    until = serializers.DateTimeField(source="ends_at")
    reason = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        # `as` is a word of the language.
        return {"as": serializers.CharField(source="member.username"), **super().get_fields()}


class ActedAsSerializer(serializers.Serializer[Any]):
    """For the member. `ended_at` null: it goes on, until `until` at the latest."""

    by = serializers.CharField(source="actor.username")
    reason = serializers.CharField()
    started_at = serializers.DateTimeField()
    until = serializers.DateTimeField(source="ends_at")
    ended_at = serializers.DateTimeField(allow_null=True)


class NewActingSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    reason = serializers.CharField(min_length=SHORTEST_REASON, max_length=500)
    minutes = serializers.IntegerField(default=30, min_value=1, max_value=LONGEST.seconds // 60)


class ActingView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = FOR_THE_PAGE

    @extend_schema(
        request=NewActingSerializer, responses={201: ActingSerializer}, operation_id="acting_start"
    )
    def post(self, request: Request) -> Response:
        if not isinstance(request.successful_authenticator, PageAuthentication):
            raise NotAllowed("Act as a member from the page, where everybody can see that you do.")
        asked = NewActingSerializer(data=request.data)
        if not cast("User", request.user).is_platform_admin:
            raise NotAllowed("Only a platform administrator can act as a member.")
        asked.is_valid(raise_exception=True)
        row = start_acting(
            actor=cast("User", request.user),
            username=asked.validated_data["username"],
            reason=asked.validated_data["reason"],
            lasting=timedelta(minutes=asked.validated_data["minutes"]),
            now=now(),
        )
        request.session[SESSION_KEY] = str(row.pk)
        return Response(ActingSerializer(row).data, status=201)


class StopActingView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = FOR_THE_PAGE
    open_to_acting: ClassVar[bool] = True

    @extend_schema(request=None, responses={204: None}, operation_id="acting_stop")
    def post(self, request: Request) -> Response:
        """Nothing happens where nobody acts."""
        end_in(request.session, because=EndedBecause.STOPPED, now=now())
        return Response(status=204)
