"""How much somebody may hold, and why: each in one sentence. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from datalab.core.devices import is_device
from datalab.core.quantities import Resource
from datalab.quotas.shortage import Limits, clean_up_sizes, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The most that one member can hold of a resource now."""

    resource: str
    units: int
    because: str


def effective(
    tenant: Limits, own: Limits, held: Mapping[Resource, int], *, by_default: Iterable[Resource]
) -> list[Effective]:
    """For each resource. `held` is what the member holds, `by_default` where the own limit is the
    tenant's default."""
    defaults = frozenset(by_default)
    return [
        _effective(resource, tenant, own, held.get(resource, 0), usual=resource in defaults)
        for resource in Resource
    ]


def _effective(
    resource: Resource, tenant: Limits, own: Limits, held: int, *, usual: bool
) -> Effective:
    limit, used = tenant.limits[resource], tenant.used[resource]
    free = max(0, limit - used)
    reach = held + free
    most = own.limits.get(resource)

    words = partial(said, resource)
    of_tenant = f"the tenant has {words(free)} of {words(limit)} free"
    if most is not None and most <= reach:
        name = "the limit of each member" if usual else "your own limit"
        because = f"{name}, {words(most)}; {of_tenant}"
        return Effective(resource=resource, units=most, because=because)
    because = f"{words(held)} that you hold + {words(free)}: {of_tenant}"
    if used > limit:
        because = f"{words(held)} that you hold: the tenant uses {words(used)} of {words(limit)}"
    if most is not None:
        because += f"; your own limit of {words(most)} would allow more"
    return Effective(resource=resource, units=reach, because=because)


def notes(tenant: Limits) -> list[str]:
    """What is above its limit, and what that means."""
    pairs = [
        *((name, tenant.limits[name], tenant.used[name]) for name in tenant.limits),
        *((name, most, tenant.devices_used.get(name, 0)) for name, most in tenant.devices.items()),
    ]
    told = [_over(str(name), limit, used) for name, limit, used in pairs if used > limit]
    if tenant.used[Resource.STORAGE] >= tenant.limits[Resource.STORAGE] > 0:
        told.append(clean_up())
    return told


def _over(name: str, limit: int, used: int) -> str:
    unit = name if name in {Resource.CPU, Resource.SERVICES} or is_device(name) else f"of {name}"
    over = said(name, used - limit)
    return (
        f"{said(name, used)} of {said(name, limit)} {unit} are used: nothing stops, "
        f"new launches that take {name} wait until {over} and what they need are given back."
    )


def clean_up() -> str:
    return (
        "Storage is full: a service without storage of its own and with at most "
        f"{clean_up_sizes()} still starts, to clean up."
    )
