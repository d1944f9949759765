"""What a tenant may hold of each device, for a cluster that limits it once more."""

from typing import Any

from datalab.core.devices import is_whole
from datalab.quotas.models import DeviceQuota, by_name
from datalab.tenants.models import Quota, Tenant


def most_of_each(sender: Any, *, tenant: Tenant, **_: Any) -> dict[str, int]:
    """Of all devices that the platform counts for anybody: of a slice without a limit it is none.

    Never below what it holds already.
    """
    gpu = Quota.objects.get(tenant=tenant).limit_gpu
    rows = by_name(DeviceQuota.objects.filter(tenant=tenant))
    names = DeviceQuota.objects.order_by("name").values_list("name", flat=True).distinct()
    return {name: _most(rows.get(name) or DeviceQuota(name=name), gpu) for name in names}


def _most(row: DeviceQuota, gpu: int) -> int:
    limit = 0 if row.limit is None else row.limit
    if is_whole(row.name):
        limit = gpu if row.limit is None else min(row.limit, gpu)
    return max(limit, row.used)
