"""The health of the parts, for who runs the platform."""

from collections.abc import Sequence

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab import VERSION
from datalab.accounts.reach import PLATFORM_ADMINS
from datalab.core.errors import NotAllowed
from datalab.launcher.models import Service
from datalab.monitoring import checking
from datalab.monitoring.checking import Seen, State
from datalab.monitoring.models import Heartbeat
from datalab.monitoring.serializers import HealthSerializer
from datalab.monitoring.state import overdue
from datalab.tenants.models import Tenant
from datalab.tenants.scope import signed_in


class HealthView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = PLATFORM_ADMINS

    @extend_schema(responses=HealthSerializer, operation_id="platform_health")
    def get(self, request: Request) -> Response:
        if not signed_in(request).is_platform_admin:
            raise NotAllowed("Only a platform administrator sees this.")
        at = now()
        seen = checking.checks.look()
        told = {
            "version": VERSION,
            "state": worst(seen),
            "parts": seen,
            "processes": Heartbeat.objects.order_by("part"),
            "lag": {
                "services": overdue(Service.objects.due(at).unclaimed(at), at),
                "tenants": overdue(Tenant.objects.due(at).unclaimed(at), at),
            },
        }
        return Response(HealthSerializer(told).data)


def worst(seen: Sequence[Seen]) -> State:
    states = {one.state for one in seen}
    return next((s for s in (State.FAILING, State.SLOW) if s in states), State.WORKING)
