"""How much somebody may hold, and why: each in one sentence. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from datalab.core.devices import is_device
from datalab.core.quantities import Resource, from_units
from datalab.quotas.shortage import CLEAN_UP, Limits, written_as


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

    def said(units: int) -> str | int:
        return written_as(resource, units)

    of_tenant = f"the tenant has {said(free)} of {said(limit)} free"
    if most is not None and most <= reach:
        name = "the limit of each member" if usual else "your own limit"
        because = f"{name}, {said(most)}; {of_tenant}"
        return Effective(resource=resource, units=most, because=because)
    because = f"{said(held)} that you hold + {said(free)}: {of_tenant}"
    if used > limit:
        because = f"{said(held)} that you hold: the tenant uses {said(used)} of {said(limit)}"
    if most is not None:
        because += f"; your own limit of {said(most)} would allow more"
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
    over = written_as(name, used - limit)
    return (
        f"{written_as(name, used)} of {written_as(name, limit)} {unit} are used: nothing stops, "
        f"new launches that take {name} wait until {over} and what they need are given back."
    )


def clean_up() -> str:
    sizes = " and ".join(f"{from_units(r, n)} of {r}" for r, n in CLEAN_UP.items())
    return (
        f"Storage is full: a service without storage of its own and with at most {sizes} "
        "still starts, to clean up."
    )
