"""Services over HTTP: parse, call one function, answer."""

from itertools import pairwise
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab import VERSION
from datalab.accounts.acting import acting_in
from datalab.accounts.reach import PLATFORM_ADMINS
from datalab.core.errors import InvalidInput, NotAllowed
from datalab.core.pagination import CURSOR, NewestFirst, page_of
from datalab.launcher import actions, changes
from datalab.launcher.handover import hand_over
from datalab.launcher.models import Service
from datalab.launcher.offers import offer_upgrade
from datalab.launcher.scope import ServiceView
from datalab.launcher.selection import select
from datalab.launcher.serializers import (
    AllServicesAskedSerializer,
    ChangeSerializer,
    HandOverSerializer,
    LaunchSerializer,
    LogsSerializer,
    PlatformSerializer,
    PlatformServiceSerializer,
    ServiceDetailSerializer,
    ServicesAskedSerializer,
    ServiceSerializer,
)
from datalab.launcher.version_serializers import (
    OfferSerializer,
    RevisionSerializer,
    RollBackSerializer,
    UpgradeSerializer,
    VersionAskedSerializer,
    offered,
)
from datalab.providers import registry
from datalab.tenants.scope import TenantView, platform_admin, signed_in
from datalab.vault.paths import to_store

MAX_LOG_LINES = 5000
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", location=OpenApiParameter.HEADER, description="The same key, one service."
)


class ServicesView(TenantView):
    open_to_acting = True

    @extend_schema(
        responses=page_of(ServiceSerializer),
        parameters=[ServicesAskedSerializer, *CURSOR],
        operation_id="services_list",
    )
    def get(self, request: Request, tenant: str) -> Response:
        paginator = NewestFirst()
        asked = ServicesAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        mine = Service.objects.select_related("tenant", "owner").filter(tenant=self.tenant)
        rows = select(mine.with_revisions(), asked.validated_data)
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(ServiceSerializer(page, many=True).data)

    @extend_schema(
        request=LaunchSerializer,
        responses={202: ServiceSerializer},
        parameters=[IDEMPOTENCY],
        operation_id="services_launch",
    )
    def post(self, request: Request, tenant: str) -> Response:
        data = LaunchSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        if data.validated_data.get("secrets") and acting_in(request):
            raise NotAllowed("While you act as somebody, you launch without secrets.")
        service = actions.launch_service(
            tenant=self.tenant,
            by=self.member,
            order=order_from(data.validated_data, self.member.username),
            idempotency_key=idempotency_key(request),
        )
        return accepted(service)


class AllServicesView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = PLATFORM_ADMINS

    @extend_schema(
        responses=page_of(PlatformServiceSerializer),
        parameters=[AllServicesAskedSerializer, *CURSOR],
        operation_id="platform_services_list",
    )
    def get(self, request: Request) -> Response:
        """The services of all tenants."""
        platform_admin(request)
        asked = AllServicesAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        paginator = NewestFirst()
        every = Service.objects.select_related("tenant", "owner").with_revisions()
        rows = select(every, asked.validated_data)
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(PlatformServiceSerializer(page, many=True).data)


class OneServiceView(ServiceView):
    open_to_acting = True
    while_suspended = frozenset({"DELETE"})

    @extend_schema(responses=ServiceDetailSerializer, operation_id="services_read")
    def get(self, request: Request, tenant: str, service: str) -> Response:
        return Response(ServiceDetailSerializer(self.service).data)

    @extend_schema(
        request=ChangeSerializer, responses={202: ServiceSerializer}, operation_id="services_change"
    )
    def patch(self, request: Request, tenant: str, service: str) -> Response:
        data = ChangeSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        changes.change_service(
            service=self.service,
            by=self.member,
            resources=data.validated_data.get("resources"),
            values=data.validated_data.get("values"),
            version=data.validated_data.get("version"),
            preset=data.validated_data.get("preset"),
        )
        return accepted(self.service)

    @extend_schema(responses={202: ServiceSerializer}, operation_id="services_remove")
    def delete(self, request: Request, tenant: str, service: str) -> Response:
        actions.remove_service(service=self.service, by=self.member)
        return accepted(self.service)


class PauseView(ServiceView):
    open_to_acting = True
    while_suspended = frozenset({"POST"})

    @extend_schema(request=None, responses={202: ServiceSerializer}, operation_id="services_pause")
    def post(self, request: Request, tenant: str, service: str) -> Response:
        actions.pause_service(service=self.service, by=self.member)
        return accepted(self.service)


class ResumeView(ServiceView):
    open_to_acting = True

    @extend_schema(request=None, responses={202: ServiceSerializer}, operation_id="services_resume")
    def post(self, request: Request, tenant: str, service: str) -> Response:
        actions.resume_service(service=self.service, by=self.member)
        return accepted(self.service)


class RestartView(ServiceView):
    open_to_acting = True

    @extend_schema(
        request=None, responses={202: ServiceSerializer}, operation_id="services_restart"
    )
    def post(self, request: Request, tenant: str, service: str) -> Response:
        actions.restart_service(service=self.service, by=self.member)
        return accepted(self.service)


class UpgradeView(ServiceView):
    open_to_acting = True

    @extend_schema(
        parameters=[VersionAskedSerializer],
        responses=OfferSerializer,
        operation_id="services_upgrade_offer",
    )
    def get(self, request: Request, tenant: str, service: str) -> Response:
        """What an upgrade would change. Nothing is done."""
        asked = VersionAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = offer_upgrade(self.service, asked.validated_data.get("version"))
        return Response(OfferSerializer(offered(self.service, found)).data)

    @extend_schema(
        request=UpgradeSerializer,
        responses={202: ServiceSerializer},
        operation_id="services_upgrade",
    )
    def post(self, request: Request, tenant: str, service: str) -> Response:
        data = UpgradeSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        changes.upgrade_service(
            service=self.service,
            by=self.member,
            version=data.validated_data.get("version"),
            resources=data.validated_data.get("resources"),
            values=data.validated_data.get("values"),
        )
        return accepted(self.service)


class RollBackView(ServiceView):
    open_to_acting = True

    @extend_schema(
        request=RollBackSerializer,
        responses={202: ServiceSerializer},
        operation_id="services_rollback",
    )
    def post(self, request: Request, tenant: str, service: str) -> Response:
        data = RollBackSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        number = data.validated_data.get("revision")
        changes.roll_back_service(service=self.service, by=self.member, number=number)
        return accepted(self.service)


class RevisionsView(ServiceView):
    @extend_schema(responses=RevisionSerializer(many=True), operation_id="services_revisions")
    def get(self, request: Request, tenant: str, service: str) -> Response:
        """The newest first."""
        rows = self.service.newest_first
        context = {
            "before": {one.number: former for one, former in pairwise(rows)},
            "present": rows[0].number if rows else 0,
        }
        return Response(RevisionSerializer(rows, many=True, context=context).data)


class HandOverView(ServiceView):
    @extend_schema(
        request=HandOverSerializer,
        responses={202: ServiceSerializer},
        operation_id="services_hand_over",
    )
    def post(self, request: Request, tenant: str, service: str) -> Response:
        asked = HandOverSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        hand_over(service=self.service, to=asked.validated_data["to"], by=self.member)
        return accepted(self.service)


class LogsView(ServiceView):
    @extend_schema(
        responses=LogsSerializer,
        operation_id="services_logs",
        parameters=[OpenApiParameter("tail", int, description="How many lines, at most 5000.")],
    )
    def get(self, request: Request, tenant: str, service: str) -> Response:
        tail = request.query_params.get("tail", "200")
        if not tail.isdecimal() or not 0 < int(tail) <= MAX_LOG_LINES:
            raise InvalidInput("How many lines?", fields={"tail": "a number from 1 to 5000"})
        return Response({"text": registry.cluster_runtime().logs(self.service.ref, tail=int(tail))})


class PlatformView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = PLATFORM_ADMINS

    @extend_schema(responses=PlatformSerializer, operation_id="platform_read")
    def get(self, request: Request) -> Response:
        if not signed_in(request).is_platform_admin:
            raise NotAllowed("Only a platform administrator sees this.")
        told = registry.cluster_runtime().not_enforced()
        return Response({"version": VERSION, "not_enforced": list(told)})


def accepted(service: Service) -> Response:
    """202: a worker finishes it. The row as it is now."""
    row = Service.objects.select_related("tenant", "owner").filter(pk=service.pk).first()
    return Response(ServiceSerializer(row or service).data, status=202)


def order_from(data: dict[str, Any], username: str) -> actions.Order:
    return actions.Order(
        catalog=data["catalog"],
        chart=data["chart"],
        version=data.get("version"),
        name=data["name"],
        resources=data.get("resources", {}),
        values=data.get("values", {}),
        secrets=[to_store(path, username) for path in data.get("secrets", [])],
        preset=data.get("preset", ""),
    )


def idempotency_key(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 0 < len(key) <= 200:
        raise InvalidInput("The Idempotency-Key has 1 to 200 characters.")
    return key
