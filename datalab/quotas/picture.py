"""What a tenant's quota looks like to one member: limits, use, holders, and why."""

from collections.abc import Mapping
from typing import Any

from datalab.accounts.models import User
from datalab.core.quantities import Resource
from datalab.quotas.arithmetic import effective, notes
from datalab.quotas.models import DeviceQuota, MemberQuota, QuotaRequest
from datalab.quotas.reserve import limits_of_member
from datalab.quotas.shortage import Limits, written_as
from datalab.quotas.signals import holders_of, use_of_members
from datalab.tenants.models import Amounts, Membership, Quota, Tenant
from datalab.tenants.serializers import as_quantities

MOST_HOLDERS = 100
MOST_MEMBERS = 500

Use = Mapping[int, Mapping[Resource, int]]


def picture(tenant: Tenant, viewer: User, *, whole: bool) -> dict[str, Any]:
    """`whole`: with every member's limits and use, else with the viewer's own only."""
    limits = limits_of(tenant)
    use = use_of_members(tenant)
    free = {r: max(0, n - limits.used[r]) for r, n in limits.limits.items()}
    free_devices = {
        name: max(0, n - limits.devices_used.get(name, 0)) for name, n in limits.devices.items()
    }
    on_top = QuotaRequest.objects.counted(tenant.id)
    return {
        "limits": as_quantities(limits.limits, limits.devices),
        "base": as_quantities(
            {r: n - on_top.get(r, 0) for r, n in limits.limits.items()},
            {name: n - on_top.get(name, 0) for name, n in limits.devices.items()},
        ),
        "used": as_quantities(limits.used, limits.devices_used),
        "available": as_quantities(free, free_devices),
        "reserved_by": _reserved_by(tenant),
        "per_member": _members(tenant, use, only=None if whole else viewer),
        "member_default": as_quantities(_default(tenant).limits),
        "effective": _effective(tenant, viewer, limits, use),
        "notes": notes(limits),
    }


def limits_of(tenant: Tenant) -> Limits:
    """All limits of the tenant, devices included, and what is used of them."""
    quota = Quota.objects.get(tenant=tenant)
    rows = list(DeviceQuota.objects.filter(tenant=tenant).order_by("name"))
    return Limits(
        limits=quota.limits,
        used=quota.used,
        devices={row.name: row.limit for row in rows if row.limit is not None},
        devices_used={row.name: row.used for row in rows if row.used or row.limit is not None},
    )


def _reserved_by(tenant: Tenant) -> dict[str, Any]:
    found = holders_of(tenant, most=MOST_HOLDERS + 1)
    services = [
        {
            "id": str(one.id),
            "name": one.name,
            "owner": one.owner,
            "resources": as_quantities(one.claim.amounts, one.claim.devices),
        }
        for one in found[:MOST_HOLDERS]
    ]
    return {"services": services, "complete": len(found) <= MOST_HOLDERS}


def _members(tenant: Tenant, use: Use, *, only: User | None) -> list[dict[str, Any]]:
    memberships = Membership.objects.filter(tenant=tenant).select_related("user")
    if only is not None:
        memberships = memberships.filter(user=only)
    rows = {row.user_id: row for row in MemberQuota.objects.filter(tenant=tenant)}
    default = rows.get(None)
    people = {one.user_id: one.user for one in memberships.order_by("user__username")}
    if only is None:
        # Who has left may still own what runs.
        people |= {one.pk: one for one in User.objects.filter(pk__in=set(use) - set(people))}
    return [
        _member(user, rows.get(user.pk) or MemberQuota(user=user), default, use.get(user.pk, {}))
        for user in list(people.values())[:MOST_MEMBERS]
    ]


def _member(
    user: User, row: MemberQuota, default: MemberQuota | None, used: Amounts
) -> dict[str, Any]:
    return {
        "username": user.username,
        "display_name": user.get_full_name() or user.username,
        "own": as_quantities(row.limits),
        "limits": as_quantities(row.effective(default)),
        "used": as_quantities({resource: used.get(resource, 0) for resource in Resource}),
    }


def _default(tenant: Tenant) -> MemberQuota:
    return MemberQuota.objects.filter(tenant=tenant, user=None).first() or MemberQuota()


def _effective(tenant: Tenant, viewer: User, limits: Limits, use: Use) -> list[dict[str, Any]]:
    own = limits_of_member(tenant, viewer.pk)
    mine = MemberQuota.objects.filter(tenant=tenant, user=viewer).first() or MemberQuota()
    by_default = set(own.limits) - set(mine.limits)
    found = effective(limits, own, use.get(viewer.pk, {}), by_default=by_default)
    return [
        {
            "resource": one.resource,
            "effective": str(written_as(one.resource, one.units)),
            "because": one.because,
        }
        for one in found
    ]
