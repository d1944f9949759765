"""Who holds how much of a tenant's quota, told from the rows of services."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from datalab.core.quantities import Resource
from datalab.launcher.models import Service
from datalab.quotas.claim import Holding
from datalab.tenants.models import Tenant

_COMPUTE = ("cpu", "memory", "gpu")
_SUMS = {
    **{f"{name}_held": Sum(name, default=0, filter=Q(holds_compute=True)) for name in _COMPUTE},
    "storage_held": Sum("storage", default=0),
    "services_held": Count("pk"),
}


def held_by_tenant(tenant: Tenant) -> dict[Resource, int]:
    return _amounts(Service.objects.filter(tenant=tenant).aggregate(**_SUMS))


def devices_held(tenant: Tenant, **whose: int) -> dict[str, int]:
    total: dict[str, int] = {}
    held = Service.objects.filter(tenant=tenant, holds_compute=True, **whose)
    rows = held.exclude(devices={})
    for devices in rows.values_list("devices", flat=True):
        for name, amount in devices.items():
            total[name] = total.get(name, 0) + amount
    return total


def held_by_members(tenant: Tenant) -> dict[int, dict[Resource, int]]:
    """By user id. Whoever holds nothing is left out."""
    rows = Service.objects.filter(tenant=tenant).values("owner_id").annotate(**_SUMS)
    return {row["owner_id"]: _amounts(row) for row in rows}


def holders(tenant: Tenant, most: int) -> list[Holding]:
    """Those that hold most, the largest first."""
    rows: QuerySet[Service] = Service.objects.select_related("owner").filter(tenant=tenant)
    largest = rows.order_by("-holds_compute", F("gpu").desc(), "-cpu", "-memory", "-storage", "pk")
    return [
        Holding(id=one.pk, name=one.name, owner=one.owner.username, claim=one.claim)
        for one in largest[:most]
    ]


def _amounts(row: Mapping[str, Any]) -> dict[Resource, int]:
    return {resource: int(row[f"{resource}_held"]) for resource in Resource}
