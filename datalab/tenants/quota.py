"""Taking of a tenant's quota, and saying why it does not fit."""

from datalab.core.errors import QuotaExceeded, Shortage
from datalab.core.metrics import REFUSALS
from datalab.core.quantities import from_units
from datalab.tenants.models import Amounts, Quota, Tenant

__all__ = ["give_back", "missing", "quota_of", "reserve"]


def quota_of(tenant: Tenant) -> Quota:
    return Quota.objects.get(tenant=tenant)


def reserve(tenant: Tenant, asked: Amounts) -> None:
    """Take the whole of it or raise QuotaExceeded. The caller holds the transaction."""
    if Quota.objects.reserve(tenant.id, asked):
        return
    shortages = missing(quota_of(tenant), asked)
    for one in shortages:
        # At once: the refusal rolls back the transaction that it is in.
        REFUSALS.labels(resource=one.resource).inc()
    raise QuotaExceeded(sentence(tenant, shortages), resources=shortages)


def give_back(tenant: Tenant, held: Amounts) -> None:
    Quota.objects.give_back(tenant.id, held)


def missing(quota: Quota, asked: Amounts) -> list[Shortage]:
    """Each resource that does not fit, as the API names it. Pure."""
    return [
        Shortage(
            resource=str(resource),
            limit=from_units(resource, quota.limits[resource]),
            used=from_units(resource, quota.used[resource]),
            asked=from_units(resource, amount),
            available=from_units(resource, max(0, quota.limits[resource] - quota.used[resource])),
        )
        for resource, amount in asked.items()
        if amount > 0 and quota.used[resource] + amount > quota.limits[resource]
    ]


def sentence(tenant: Tenant, shortages: list[Shortage]) -> str:
    """What a person reads: how much is missing of what, and who can change that."""
    parts = [
        f"{one.resource}: {one.asked} asked, {one.available} of {one.limit} free"
        for one in shortages
    ]
    return (
        f"This does not fit the quota of {tenant.display_name} ({'; '.join(parts)}). "
        "Pause or remove a service, ask for less, or ask a platform administrator for more."
    )
