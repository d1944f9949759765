"""Drive one tenant towards what it should be: namespace, bucket, secret path, members' policies.

Or, once it is to be deleted, towards none of that.
"""

from datetime import datetime, timedelta
from typing import Any

from datalab.accounts.models import User
from datalab.core.errors import ProviderError
from datalab.core.metrics import PROVIDER_FAILURES, RECONCILE_SECONDS
from datalab.core.names import slug
from datalab.core.quantities import from_units
from datalab.core.reconciling import backoff
from datalab.tenants import signals
from datalab.tenants.lifecycle import Wanted
from datalab.tenants.models import Membership, Quota, Tenant
from datalab.tenants.outside import Outside
from datalab.tenants.removal import remove

RECHECK = timedelta(minutes=10)


def reconcile(tenant: Tenant, outside: Outside, *, now: datetime) -> None:
    """No transaction is open while the outside is called; every call can be made twice."""
    try:
        with RECONCILE_SECONDS.labels(kind="tenant").time():
            again = _drive(tenant, outside, now)
    except ProviderError as error:
        PROVIDER_FAILURES.labels(provider=error.provider, code=error.code).inc()
        _save_failure(tenant, error, now)
    else:
        _save_progress(tenant, now, again)


def _drive(tenant: Tenant, outside: Outside, now: datetime) -> timedelta:
    """When to look again. Of one that is gone nothing is left to look at."""
    if tenant.wanted == Wanted.REMOVED.value:
        return remove(tenant, outside, now=now) or RECHECK
    provision(tenant, outside)
    Tenant.objects.filter(pk=tenant.pk).update(provisioned=True)
    return RECHECK


def provision(tenant: Tenant, outside: Outside) -> None:
    outside.cluster.ensure_namespace(tenant.namespace, quota=_limits(tenant))
    outside.objects.ensure_bucket(tenant.bucket)
    outside.secrets.ensure_tenant(tenant.slug)
    members = _members(tenant)
    for member in members:
        outside.secrets.ensure_member(tenant.slug, member)
    for member in sorted(set(outside.secrets.members(tenant.slug)) - members - _above()):
        outside.secrets.remove_member(tenant.slug, member)


def _limits(tenant: Tenant) -> dict[str, str]:
    """Never below what it holds: what runs above a lowered limit goes on, and starts again."""
    quota = Quota.objects.get(tenant=tenant)
    limits = {
        str(r): str(from_units(r, max(limit, quota.used[r]))) for r, limit in quota.limits.items()
    }
    answers: list[tuple[Any, Any]] = signals.device_limits.send(Tenant, tenant=tenant)
    for _, devices in answers:
        limits |= {name: str(number) for name, number in devices.items()}
    return limits


def _members(tenant: Tenant) -> set[str]:
    names = Membership.objects.filter(tenant=tenant).values_list("user__username", flat=True)
    return {slug(name) for name in names}


def _above() -> set[str]:
    """Platform administrators may run services in any tenant, with a policy made at the launch."""
    admins = User.objects.filter(is_platform_admin=True, is_active=True)
    return {slug(name) for name in admins.values_list("username", flat=True)}


def _save_progress(tenant: Tenant, now: datetime, again: timedelta) -> None:
    row = Tenant.objects.filter(pk=tenant.pk)
    row.update(
        failures=0,
        error_code="",
        error_detail="",
        claimed_until=None,
        applied_generation=tenant.generation,
    )
    # Where somebody has changed the tenant meanwhile, the row stays due.
    row.filter(generation=tenant.generation).update(check_after=now + again)


def _save_failure(tenant: Tenant, error: ProviderError, now: datetime) -> None:
    failures = tenant.failures + 1
    Tenant.objects.filter(pk=tenant.pk).update(
        failures=failures,
        error_code=error.code,
        error_detail=error.detail,
        claimed_until=None,
        check_after=now + backoff(failures),
    )
