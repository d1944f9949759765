"""What a service holds of its tenant's quota, kept in step with the row by conditional UPDATEs.

Call inside a transaction: the counter and the row change together or not at all.
"""

from django.db import transaction
from django.db.models import Q, Sum

from datalab.core.quantities import Resource
from datalab.launcher import metering
from datalab.launcher.models import Service
from datalab.tenants import quota
from datalab.tenants.models import Quota, Tenant


def take_compute(service: Service) -> None:
    """Reserve cpu, memory and gpu again, or raise QuotaExceeded. Nothing where it holds them."""
    if Service.objects.filter(pk=service.pk, holds_compute=False).update(holds_compute=True):
        quota.reserve(service.tenant, service.compute)
        metering.keep(service.pk)


def drop_compute(service: Service) -> None:
    """Give cpu, memory and gpu back, once however often it is called."""
    if Service.objects.filter(pk=service.pk, holds_compute=True).update(holds_compute=False):
        quota.give_back(service.tenant, service.compute)
        metering.keep(service.pk)


def drop_all(service: Service) -> None:
    """Give everything back and forget the row, once however often it is called."""
    current = Service.objects.filter(pk=service.pk).first()
    if current is not None and Service.objects.filter(pk=service.pk).delete()[0]:
        quota.give_back(service.tenant, current.held)
        metering.keep(service.pk)


def drift(tenant: Tenant) -> dict[Resource, int]:
    """How far the counters are from the sum of the rows. Empty where they agree."""
    rows = Service.objects.filter(tenant=tenant)
    sums = rows.aggregate(
        storage=Sum("storage", default=0),
        **{
            name: Sum(name, default=0, filter=Q(holds_compute=True))
            for name in ("cpu", "memory", "gpu")
        },
    )
    expected = {**sums, "services": rows.count()}
    used = Quota.objects.get(tenant=tenant).used
    return {
        resource: used[resource] - expected[str(resource)]
        for resource in Resource
        if used[resource] != expected[str(resource)]
    }


@transaction.atomic
def mend_drift(tenant: Tenant) -> dict[Resource, int]:
    """Make the counters the sum of the rows again. Returns what was wrong."""
    Quota.objects.select_for_update().get(tenant=tenant)
    wrong = drift(tenant)
    quota.give_back(tenant, wrong)
    return wrong
