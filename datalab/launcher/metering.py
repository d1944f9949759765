"""What a service holds, told to `datalab.usage`. After any change of it, in the same transaction."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from datalab.launcher.models import Service
from datalab.usage import metering
from datalab.usage.amounts import Amounts, Holding, gpus_by_name, mebibytes
from datalab.usage.metering import Held, Who
from datalab.usage.models import UsageInterval


@transaction.atomic
def keep(*service_ids: UUID) -> int:
    """Make their open intervals what the rows say now; of a row that is gone none stays open.

    Returns how many were wrong. A launch, a pause, another size or owner: all are this one call.
    """
    rows = Service.objects.select_related("tenant", "owner").select_for_update(of=("self",))
    found = list(rows.filter(pk__in=service_ids).order_by("pk"))
    gone = {*service_ids} - {service.pk for service in found}
    ended = metering.end(gone, at=now()) if gone else 0
    return ended + metering.meter([(who(one), held(one)) for one in found], at=now())


def drift() -> Iterator[UUID]:
    """Services whose open intervals may be wrong: looked at without a lock, so `keep` looks again."""
    metered: dict[UUID, dict[Holding, UsageInterval]] = defaultdict(dict)
    for row in UsageInterval.objects.open().iterator(chunk_size=500):
        metered[row.service_id][Holding(row.holding)] = row
    services = Service.objects.select_related("tenant", "owner").iterator(chunk_size=500)
    for service in services:
        rows = metered.pop(service.pk, {})
        if metering.differs(who(service), held(service), rows):
            yield service.pk
    yield from metered


def who(service: Service) -> Who:
    return Who(
        service_id=service.id,
        service=service.name,
        tenant_id=service.tenant_id,
        tenant=service.tenant.slug,
        owner_id=service.owner_id,
        owner=service.owner.username,
        catalog=service.catalog,
        chart=service.chart,
    )


def held(service: Service) -> Held:
    storage = Amounts(storage=mebibytes(service.storage))
    if not service.holds_compute:
        return {Holding.STORAGE: storage}
    compute = Amounts(
        cpu=service.cpu,
        memory=mebibytes(service.memory),
        gpu=gpus_by_name(service.gpu, service.devices),
    )
    return {Holding.COMPUTE: compute, Holding.STORAGE: storage}
