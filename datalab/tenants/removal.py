"""Taking a tenant away, step by step. Each step can be done twice, and is, after a crash.

Nothing is remembered of the steps but for people: a pass begins with the first one each time, and
what is absent already is done. A part that does not answer stops the pass where it is.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import ProtectedError

from datalab.audit.models import EventType
from datalab.audit.record import Plain, record
from datalab.tenants import signals
from datalab.tenants.access import end_access
from datalab.tenants.lifecycle import RemovalStep, Wanted
from datalab.tenants.models import FormerTenant, Tenant
from datalab.tenants.outside import Outside

SOON = timedelta(seconds=2)
AT_ONCE = timedelta()
IN_A_PASS = 5_000
"""Objects deleted before the row is saved: people see how far it is, and no claim runs out."""
PLATFORM = "platform"

Step = Callable[[Tenant, Outside, datetime], timedelta | None]
"""None: done. Else when to go on."""


class Cancelled(Exception):
    """Somebody has changed their mind before anything was destroyed."""


def remove(tenant: Tenant, outside: Outside, *, now: datetime) -> timedelta | None:
    """One pass. None: the tenant is gone; else when to look again."""
    try:
        for name, step in STEPS.items():
            _note(tenant, name)
            wait = step(tenant, outside, now)
            if wait is not None:
                return wait
    except Cancelled:
        return AT_ONCE
    return None


def _note(tenant: Tenant, step: RemovalStep) -> None:
    """Say what is done now. Whoever cancels does so before SERVICES is written, or not at all."""
    order = list(RemovalStep)
    reached = order.index(RemovalStep(tenant.removal_step)) if tenant.removal_step else -1
    if order.index(step) <= reached:
        return  # done again after a crash: what was destroyed makes it no earlier step
    row = Tenant.objects.filter(pk=tenant.pk, wanted=Wanted.REMOVED.value)
    if not row.update(removal_step=step.value):
        raise Cancelled
    tenant.removal_step = step.value


def _keep(tenant: Tenant, _: Outside, now: datetime) -> timedelta | None:
    if tenant.remove_after is None or tenant.remove_after <= now:
        return None
    return min(tenant.remove_after - now, timedelta(minutes=10))


def _end_services(tenant: Tenant, _: Outside, now: datetime) -> timedelta | None:
    by = str(tenant.removal.get("by", PLATFORM))
    answers = signals.removing.send(Tenant, tenant=tenant, by=by)
    left = sum(cast("int", count) for _, count in answers)
    _tell(tenant, services_left=left)
    return SOON if left else None


def _end_access(tenant: Tenant, _: Outside, now: datetime) -> timedelta | None:
    end_access(tenant, by=str(tenant.removal.get("by", PLATFORM)))
    return None


def _destroy_secrets(tenant: Tenant, outside: Outside, now: datetime) -> timedelta | None:
    outside.secrets.remove_tenant(tenant.slug)
    return None


def _destroy_files(tenant: Tenant, outside: Outside, now: datetime) -> timedelta | None:
    deleted = outside.objects.empty(tenant.bucket, at_most=IN_A_PASS)
    if deleted:
        before = int(tenant.removal.get("objects_deleted", 0))
        _tell(tenant, objects_deleted=before + deleted)
    if deleted == IN_A_PASS:
        return AT_ONCE
    outside.objects.remove_bucket(tenant.bucket)
    return None


def _destroy_namespace(tenant: Tenant, outside: Outside, now: datetime) -> timedelta | None:
    outside.cluster.remove_namespace(tenant.namespace)
    return None


def _forget(tenant: Tenant, _: Outside, now: datetime) -> timedelta | None:
    try:
        with transaction.atomic():
            _leave_a_record(tenant, now)
            Tenant.objects.filter(pk=tenant.pk).delete()
    except ProtectedError:
        # Launched in the very moment in which the deletion was asked for: it ends like the others.
        return SOON
    return None


def _leave_a_record(tenant: Tenant, now: datetime) -> None:
    by = str(tenant.removal.get("by", PLATFORM))
    totals = tenant.removal.get("totals", {})
    FormerTenant.objects.create(
        id=tenant.id,
        slug=tenant.slug,
        display_name=tenant.display_name,
        kind=tenant.kind,
        group=tenant.group,
        totals=totals,
        deleted_by=by,
        created_at=tenant.created_at,
        deleted_at=now,
    )
    record(
        EventType.TENANT_DELETED,
        actor=by,
        tenant_id=tenant.id,
        before={"display_name": tenant.display_name, "kind": tenant.kind, "group": tenant.group},
        tenant=tenant.slug,
        went=in_words(totals),
        objects_deleted=int(tenant.removal.get("objects_deleted", 0)),
    )


def in_words(totals: dict[str, int]) -> list[Plain]:
    """For the audit, which hides what is called a secret, be it a number."""
    return [f"{count} {kind}" for kind, count in sorted(totals.items())]


def _tell(tenant: Tenant, **facts: int) -> None:
    tenant.removal = {**tenant.removal, **facts}
    Tenant.objects.filter(pk=tenant.pk).update(removal=tenant.removal)


STEPS: dict[RemovalStep, Step] = {
    RemovalStep.RETENTION: _keep,
    RemovalStep.SERVICES: _end_services,
    RemovalStep.ACCESS: _end_access,
    RemovalStep.SECRETS: _destroy_secrets,
    RemovalStep.FILES: _destroy_files,
    RemovalStep.NAMESPACE: _destroy_namespace,
    RemovalStep.RECORD: _forget,
}
