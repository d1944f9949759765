"""What administrators do with limits. Below what is used is allowed: it only stops new launches."""

from collections.abc import Mapping

from django.db import transaction

from datalab.accounts.models import User
from datalab.audit.models import EventType
from datalab.audit.record import Plain, record
from datalab.core.devices import Devices
from datalab.core.quantities import Resource
from datalab.quotas.models import DeviceQuota, MemberQuota, QuotaRequest
from datalab.quotas.reserve import locked
from datalab.quotas.shortage import written_as
from datalab.quotas.signals import use_of_members
from datalab.tenants.models import Amounts, Quota, Tenant
from datalab.tenants.waking import wake

OwnLimits = Mapping[Resource, int | None]
"""None takes the limit away; what is left out stays."""


@transaction.atomic
def set_limits(
    *, tenant: Tenant, limits: Amounts, devices: Mapping[str, int | None], by: str
) -> None:
    """None takes a device's limit away; what is left out stays.

    What has been granted until a date is on top of these, and ends on that date.
    """
    before = _limits(locked(tenant.id))
    on_top = QuotaRequest.objects.counted(tenant.id)
    if limits:
        total = {f"limit_{r}": n + on_top.get(r, 0) for r, n in limits.items()}
        Quota.objects.filter(tenant=tenant).update(**total)
    for name, most in sorted(devices.items()):
        limit = None if most is None else most + on_top.get(name, 0)
        DeviceQuota.objects.update_or_create(tenant=tenant, name=name, defaults={"limit": limit})
    after = _limits(Quota.objects.get(tenant=tenant))
    record(
        EventType.QUOTA_CHANGED,
        actor=by,
        tenant_id=tenant.id,
        before=before,
        after=after,
        tenant=tenant.slug,
    )
    wake(tenant)  # its namespace has the same limits


@transaction.atomic
def set_own_limits(*, tenant: Tenant, member: User | None, limits: OwnLimits, by: str) -> None:
    """The limits of one member; of None: of every member who has none of their own."""
    locked(tenant.id)
    row, _ = MemberQuota.objects.get_or_create(tenant=tenant, user=member)
    before = written(row.limits)
    MemberQuota.objects.filter(pk=row.pk).update(**{f"limit_{r}": n for r, n in limits.items()})
    row.refresh_from_db()
    count_members(tenant)
    record(
        EventType.MEMBER_QUOTA_CHANGED,
        actor=by,
        tenant_id=tenant.id,
        before=before,
        after=written(row.limits),
        member=member.username if member else "every member",
    )


def count_members(tenant: Tenant) -> None:
    """Begin to count what each member holds where somebody has a limit; stop where nobody has.

    The caller holds the tenant's row, so nothing is reserved meanwhile.
    """
    rows = MemberQuota.objects.filter(tenant=tenant)
    limited = any(row.limits for row in rows)
    row = Quota.objects.filter(tenant=tenant)
    if row.exclude(counts_members=limited).update(counts_members=limited) and limited:
        recount_members(tenant)


def recount_members(tenant: Tenant) -> None:
    """Make the members' counters what their things hold. The caller holds the tenant's row."""
    rows = MemberQuota.objects.filter(tenant=tenant, user__isnull=False)
    rows.update(**{f"used_{r}": 0 for r in Resource})
    for user_id, amounts in use_of_members(tenant).items():
        used = {f"used_{r}": n for r, n in amounts.items()}
        MemberQuota.objects.update_or_create(tenant=tenant, user_id=user_id, defaults=used)


def written(amounts: Amounts, devices: Devices | None = None) -> dict[str, Plain]:
    """As an event keeps them."""
    sizes = {str(resource): written_as(resource, n) for resource, n in amounts.items()}
    return {**sizes, **(devices or {})}


def _limits(quota: Quota) -> dict[str, Plain]:
    rows = DeviceQuota.objects.filter(tenant_id=quota.tenant_id, limit__isnull=False)
    return written(quota.limits, {row.name: row.limit or 0 for row in rows})
