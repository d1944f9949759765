"""What there is, what has been promised of it and what is used, over all tenants."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Sum

from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.devices import is_device, is_whole
from datalab.core.errors import ProviderError
from datalab.core.quantities import Resource
from datalab.providers import registry
from datalab.quotas.models import Capacity, DeviceQuota
from datalab.quotas.shortage import written_as
from datalab.tenants.models import Quota

log = structlog.get_logger(__name__)

SIZES = (Resource.CPU, Resource.MEMORY, Resource.STORAGE)


def overview() -> dict[str, Any]:
    """Called outside a transaction: it asks the runtime."""
    told = told_by_runtime()
    given = dict(Capacity.objects.values_list("name", "amount"))
    promised, used = promised_and_used()
    names = [*SIZES, Resource.GPU, *sorted(_devices({*told, *given, *promised}))]
    return {"resources": [_one(str(name), told, given, promised, used) for name in names]}


def told_by_runtime() -> dict[str, int]:
    """Empty where it does not answer; a resource that it cannot tell is left out."""
    try:
        found = registry.cluster_runtime().capacity()
    except ProviderError as error:
        log.warning("capacity_unknown", provider=error.provider, code=error.code)
        return {}
    sizes = {
        Resource.CPU: found.cpu,
        Resource.MEMORY: found.memory,
        Resource.STORAGE: found.storage,
    }
    return {**{str(r): n for r, n in sizes.items() if n is not None}, **found.devices}


@transaction.atomic
def set_capacity(*, amounts: Mapping[str, int | None], by: str) -> None:
    """None: what the runtime tells counts again. What is left out stays."""
    before = dict(Capacity.objects.values_list("name", "amount"))
    for name, amount in amounts.items():
        if amount is None:
            Capacity.objects.filter(name=name).delete()
        else:
            Capacity.objects.update_or_create(name=name, defaults={"amount": amount})
    after = dict(Capacity.objects.values_list("name", "amount"))
    record(
        EventType.CAPACITY_CHANGED,
        actor=by,
        before={name: written_as(name, n) for name, n in before.items()},
        after={name: written_as(name, n) for name, n in after.items()},
        target="capacity",
    )


def promised_and_used() -> tuple[dict[str, int], dict[str, int]]:
    """Sums of all limits and of all use, by resource and by device."""
    columns = {
        f"{kind}_{r}": Sum(f"{kind}_{r}", default=0)
        for kind in ("limit", "used")
        for r in (*SIZES, Resource.GPU)
    }
    # A name of its own for each sum: one that is a column's would hide the column.
    sums = Quota.objects.aggregate(**{f"sum_{name}": one for name, one in columns.items()})
    rows = DeviceQuota.objects.values("name").annotate(
        promised=Sum("limit", default=0), taken=Sum("used", default=0)
    )
    devices = {row["name"]: (row["promised"], row["taken"]) for row in rows}
    sizes = {
        str(r): (sums[f"sum_limit_{r}"], sums[f"sum_used_{r}"]) for r in (*SIZES, Resource.GPU)
    }
    both = {**sizes, **devices}
    return {name: one for name, (one, _) in both.items()}, {
        name: one for name, (_, one) in both.items()
    }


def _devices(names: set[str]) -> set[str]:
    return {name for name in names if is_device(name)}


def _one(
    name: str,
    told: Mapping[str, int],
    given: Mapping[str, int],
    promised: Mapping[str, int],
    used: Mapping[str, int],
) -> dict[str, Any]:
    there = given.get(name, told.get(name))
    if name == Resource.GPU:
        # All whole ones together, from wherever each kind is known.
        kinds = [given.get(kind, told.get(kind, 0)) for kind in {*told, *given} if is_whole(kind)]
        there = sum(kinds) if kinds else None
    limit, taken = promised.get(name, 0), used.get(name, 0)
    return {
        "resource": name,
        "capacity": None if there is None else str(written_as(name, there)),
        "told_by": "admin" if name in given else "nobody" if there is None else "runtime",
        "promised": str(written_as(name, limit)),
        "used": str(written_as(name, taken)),
        "overcommit": round(limit / there, 2) if there else None,
    }
