"""Do the counters of a tenant's quota say what its services hold? Each is made to again."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from datalab.accounts.models import User
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.launcher.holdings import devices_held, held_by_members, held_by_tenant
from datalab.quotas.actions import recount_members
from datalab.quotas.models import DeviceQuota, MemberQuota
from datalab.quotas.reserve import locked
from datalab.tenants.models import Quota, Tenant

Drift = dict[str, int]
"""How far each counter is from the sum of the rows, as `cpu`, `nvidia.com/gpu`, `bob: cpu`."""


def drift(tenant: Tenant) -> Drift:
    """Empty where the counters agree with the rows."""
    quota = Quota.objects.get(tenant=tenant)
    devices = dict(DeviceQuota.objects.filter(tenant=tenant).values_list("name", "used"))
    wrong = {**_off(quota.used, held_by_tenant(tenant)), **_off(devices, devices_held(tenant))}
    return {**wrong, **_of_members(tenant)} if quota.counts_members else wrong


@transaction.atomic
def mend_drift(tenant: Tenant) -> Drift:
    """Make the counters the sum of the rows again. Returns what was wrong."""
    quota = locked(tenant.id)
    wrong = drift(tenant)
    if not wrong:
        return wrong
    held = held_by_tenant(tenant)
    Quota.objects.filter(tenant=tenant).update(**{f"used_{r}": n for r, n in held.items()})
    DeviceQuota.objects.filter(tenant=tenant).update(used=0)
    for name, amount in devices_held(tenant).items():
        counted = {"used": amount}
        DeviceQuota.objects.update_or_create(tenant=tenant, name=name, defaults=counted)
    if quota.counts_members:
        recount_members(tenant)
    record(
        EventType.QUOTA_MENDED,
        actor="quota",
        tenant_id=tenant.id,
        tenant=tenant.slug,
        drift={**wrong},
    )
    return wrong


def _of_members(tenant: Tenant) -> Drift:
    held = held_by_members(tenant)
    rows = MemberQuota.objects.filter(tenant=tenant, user__isnull=False)
    used = {row.user_id: row.used for row in rows if row.user_id is not None}
    off = {pk: _off(used.get(pk, {}), held.get(pk, {})) for pk in {*held, *used}}
    wrong = {pk: one for pk, one in off.items() if one}
    names = dict(User.objects.filter(pk__in=wrong).values_list("pk", "username"))
    return {f"{names[pk]}: {key}": n for pk, one in wrong.items() for key, n in one.items()}


def _off(used: Mapping[Any, int], held: Mapping[Any, int]) -> Drift:
    return {
        str(name): used.get(name, 0) - held.get(name, 0)
        for name in sorted({*used, *held})
        if used.get(name, 0) != held.get(name, 0)
    }
