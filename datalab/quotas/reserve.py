"""Taking of a tenant's quota, of its devices and of a member's own limit: all of it or nothing.

Rows are locked in one order: the tenant's, devices by name, the member's. Where a tenant has no
member limits and nothing asks for a device, the first conditional UPDATE is the only one.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from datalab.core.devices import is_device, is_whole
from datalab.core.errors import Conflict, QuotaExceeded, Shortage
from datalab.core.metrics import REFUSALS
from datalab.core.quantities import Resource
from datalab.quotas import shortage
from datalab.quotas.claim import Claim
from datalab.quotas.models import DeviceQuota, MemberQuota, by_name
from datalab.quotas.shortage import Limits
from datalab.tenants.models import Quota, Tenant

_TRIES = 5


class _DoesNotFit(Exception):
    """Undoes the steps that did."""


def reserve(tenant: Tenant, claim: Claim) -> None:
    """Take the whole of it or raise QuotaExceeded. The caller holds the transaction."""
    for _ in range(_TRIES):
        if not claim.devices and Quota.objects.reserve(tenant.id, claim.amounts, alone=True):
            return
        quota = Quota.objects.get(tenant=tenant)
        if claim.devices or quota.counts_members:
            if _take_everywhere(tenant.id, claim):
                return
            quota.refresh_from_db()
        if found := _missing(quota, claim):
            count_refusals(found)
            raise QuotaExceeded(shortage.sentence(tenant.display_name, found), resources=found)
        # Between the refusal and the look at it somebody gave something back.
    raise Conflict("Too much is launched at this very moment. Try again.")


def give_back(tenant: Tenant, claim: Claim) -> None:
    if not claim.devices and Quota.objects.give_back(tenant.id, claim.amounts, alone=True):
        return
    with transaction.atomic():
        quota = locked(tenant.id)
        Quota.objects.give_back(tenant.id, claim.amounts)
        for name, amount in sorted(claim.devices.items()):
            DeviceQuota.objects.reserve(tenant.id, name, -amount)
        if quota.counts_members:
            MemberQuota.objects.give_back(tenant.id, claim.owner_id, claim.amounts)


def move(tenant: Tenant, claim: Claim, *, to: int) -> None:
    """Let it count for another member, or raise QuotaExceeded for that one's own limit."""
    received = replace(claim, owner_id=to)
    with transaction.atomic():
        if not locked(tenant.id).counts_members:
            return
        MemberQuota.objects.give_back(tenant.id, claim.owner_id, claim.amounts)
        if not MemberQuota.objects.reserve(tenant.id, to, claim.amounts):
            found = shortage.shortages(received, _NOTHING, limits_of_member(tenant, to))
            raise QuotaExceeded(
                f"This does not fit the own limit of who would get it in {tenant.display_name}; "
                "raise that limit first, or choose somebody else.",
                resources=found,
            )


def missing(tenant: Tenant, claim: Claim) -> list[Shortage]:
    """Each resource that does not fit now. Empty where it fits."""
    return _missing(Quota.objects.get(tenant=tenant), claim)


def count_refusals(found: Sequence[Shortage]) -> None:
    for one in found:
        # At once: the refusal rolls back the transaction that it is in.
        REFUSALS.labels(resource="device" if is_device(one.resource) else one.resource).inc()


def limits_now(tenant: Tenant, claim: Claim) -> tuple[Limits, Limits]:
    """The tenant's and the member's, for whoever looks at many claims with these devices at most."""
    quota = Quota.objects.get(tenant=tenant)
    own = _member(tenant.id, claim.owner_id) if quota.counts_members else _NOTHING
    return _tenant(quota, claim), own


def effective_limits(tenant: Tenant, user_id: int) -> dict[Resource, int]:
    """The most that this member may hold of each resource: the tighter of both limits."""
    quota = Quota.objects.get(tenant=tenant)
    own = limits_of_member(tenant, user_id).limits
    return {r: min(limit, own.get(r, limit)) for r, limit in quota.limits.items()}


def limits_of_member(tenant: Tenant, user_id: int) -> Limits:
    """The member's own limits and what they hold of them. Empty where there are none."""
    return _member(tenant.id, user_id)


def locked(tenant_id: uuid.UUID) -> Quota:
    """The tenant's row, until the end of the transaction nobody else's to change."""
    return Quota.objects.select_for_update().get(tenant_id=tenant_id)


def _take_everywhere(tenant_id: uuid.UUID, claim: Claim) -> bool:
    try:
        with transaction.atomic():
            _take_each(tenant_id, claim)
    except _DoesNotFit:
        return False
    return True


def _take_each(tenant_id: uuid.UUID, claim: Claim) -> None:
    quota = locked(tenant_id)
    if not Quota.objects.reserve(tenant_id, claim.amounts):
        raise _DoesNotFit
    for name, amount in sorted(claim.devices.items()):
        if not DeviceQuota.objects.reserve(tenant_id, name, amount):
            raise _DoesNotFit
    if quota.counts_members and not MemberQuota.objects.reserve(
        tenant_id, claim.owner_id, claim.amounts
    ):
        raise _DoesNotFit


def _missing(quota: Quota, claim: Claim) -> list[Shortage]:
    own = _member(quota.tenant_id, claim.owner_id) if quota.counts_members else _NOTHING
    return shortage.shortages(claim, _tenant(quota, claim), own)


_NOTHING = Limits(limits={}, used={})


def _tenant(quota: Quota, claim: Claim) -> Limits:
    rows = by_name(DeviceQuota.objects.filter(tenant_id=quota.tenant_id)) if claim.devices else {}
    limits = {name: row.limit for name, row in rows.items() if row.limit is not None}
    none = {name: 0 for name in claim.devices if name not in limits and not is_whole(name)}
    return Limits(
        limits=quota.limits,
        used=quota.used,
        devices={**none, **limits},
        devices_used={name: row.used for name, row in rows.items()},
    )


def _member(tenant_id: uuid.UUID, user_id: int) -> Limits:
    rows = {row.user_id: row for row in MemberQuota.objects.of(tenant_id, user_id)}
    own = rows.get(user_id) or MemberQuota(tenant_id=tenant_id, user_id=user_id)
    return Limits(limits=own.effective(rows.get(None)), used=own.used)
