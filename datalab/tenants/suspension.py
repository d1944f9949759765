"""Suspending a tenant: everything pauses, nothing is lost, until somebody reactivates it."""

from django.db import transaction
from django.utils.timezone import now

from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.errors import Conflict
from datalab.tenants import signals
from datalab.tenants.lifecycle import Wanted
from datalab.tenants.models import Tenant


@transaction.atomic
def suspend_tenant(*, tenant: Tenant, reason: str, by: str) -> None:
    """Twice is once: the first reason stays. Conflict where the tenant is being deleted."""
    at = now()
    if not _move(
        tenant,
        Wanted.ACTIVE,
        Wanted.SUSPENDED,
        suspended_reason=reason,
        suspended_by=by,
        suspended_at=at,
    ):
        return
    signals.suspended.send(Tenant, tenant=tenant, reason=reason, by=by)
    record(
        EventType.TENANT_SUSPENDED,
        actor=by,
        tenant_id=tenant.id,
        before={"wanted": Wanted.ACTIVE.value},
        after={"wanted": Wanted.SUSPENDED.value, "reason": reason},
        tenant=tenant.slug,
    )


@transaction.atomic
def reactivate_tenant(*, tenant: Tenant, by: str) -> None:
    """What suspending has paused runs again as far as the quota allows."""
    before = {"wanted": Wanted.SUSPENDED.value, "reason": tenant.suspended_reason}
    if not _move(
        tenant,
        Wanted.SUSPENDED,
        Wanted.ACTIVE,
        suspended_reason="",
        suspended_by="",
        suspended_at=None,
    ):
        return
    signals.reactivated.send(Tenant, tenant=tenant, by=by)
    record(
        EventType.TENANT_REACTIVATED,
        actor=by,
        tenant_id=tenant.id,
        before=before,
        after={"wanted": Wanted.ACTIVE.value},
        tenant=tenant.slug,
    )


def _move(tenant: Tenant, expected: Wanted, wanted: Wanted, **more: object) -> bool:
    """False where it is so already. The row in the caller's hand is as the database's afterwards."""
    row = Tenant.objects.filter(pk=tenant.pk, wanted=expected.value)
    moved = row.update(wanted=wanted.value, **more)
    tenant.refresh_from_db()
    if tenant.wanted != wanted.value:
        raise Conflict(f"{tenant.display_name} is being deleted: cancel that first.")
    if moved:
        Tenant.objects.filter(pk=tenant.pk).wake(now())
    return bool(moved)
