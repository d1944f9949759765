"""What a tenant's suspension does to its services: those that ran pause, and run again afterwards."""

from typing import Any

from django.db import transaction
from django.utils.timezone import now

from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.errors import QuotaExceeded
from datalab.core.later import after_commit
from datalab.launcher import reservation
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service
from datalab.launcher.tasks import reconcile_service
from datalab.launcher.timeline import note_change
from datalab.tenants.models import Tenant

SUSPENDED, REACTIVATED = "tenant suspended", "tenant reactivated"
"""Why, in the audit."""
PAUSED = {"before": {"wanted": Wanted.RUNNING.value}, "after": {"wanted": Wanted.PAUSED.value}}
RESUMED = {"before": PAUSED["after"], "after": PAUSED["before"]}


def pause_all(sender: Any, *, tenant: Tenant, by: str, **_: Any) -> None:
    for service in Service.objects.filter(tenant=tenant, wanted=Wanted.RUNNING.value):
        if Service.objects.filter(pk=service.pk).pause_with_tenant(now()):
            _record(EventType.SERVICE_PAUSED, service, by, cause=SUSPENDED, **PAUSED)
            _wake(service)


def resume_all(sender: Any, *, tenant: Tenant, by: str, **_: Any) -> None:
    """The oldest first. What the quota has no room for any more stays paused."""
    paused = Service.objects.select_related("tenant").filter(
        tenant=tenant, resume_with_tenant=True, wanted=Wanted.PAUSED.value
    )
    for service in paused.order_by("created_at", "id"):
        try:
            _resume(service)
        except QuotaExceeded as refusal:
            _record(EventType.SERVICE_REFUSED, service, by, code=refusal.code)
        else:
            _record(EventType.SERVICE_RESUMED, service, by, cause=REACTIVATED, **RESUMED)
            _wake(service)
    Service.objects.filter(tenant=tenant).update(resume_with_tenant=False)


@transaction.atomic
def _resume(service: Service) -> None:
    reservation.take_compute(service)
    row = Service.objects.filter(pk=service.pk, wanted=Wanted.PAUSED.value)
    row.update(wanted=Wanted.RUNNING.value)
    Service.objects.filter(pk=service.pk).wake(now())


def _wake(service: Service) -> None:
    note_change(Service.objects.get(pk=service.pk))
    after_commit(reconcile_service.delay, str(service.pk))


def _record(event: EventType, service: Service, by: str, **data: Any) -> None:
    record(
        event,
        actor=by,
        tenant_id=service.tenant_id,
        service=service.name,
        chart=service.chart,
        **data,
    )
