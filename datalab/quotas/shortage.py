"""Why something does not fit. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from datalab.core.devices import Devices, is_device
from datalab.core.errors import Shortage
from datalab.core.quantities import Resource, from_units, in_words, to_units
from datalab.quotas.claim import Claim

Name = TypeVar("Name", bound=str)
CLEAN_UP = {Resource.CPU: 500, Resource.MEMORY: 1024**3}
"""What a service may take that somebody starts to make room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is limited and how much of it is taken. A resource without a limit is left out."""

    limits: Mapping[Resource, int]
    used: Mapping[Resource, int]
    devices: Devices = field(default_factory=dict)
    devices_used: Devices = field(default_factory=dict)


def shortages(claim: Claim, tenant: Limits, member: Limits) -> list[Shortage]:
    """Each resource that does not fit, as the API names it, with the tighter of its two limits."""
    found = {
        **_short("tenant", claim.amounts, tenant.limits, tenant.used),
        **_short("tenant", claim.devices, tenant.devices, tenant.devices_used),
    }
    for name, own in _short("member", claim.amounts, member.limits, member.used).items():
        if name not in found or own[0] < found[name][0]:
            found[name] = own
    return [shortage for _, shortage in found.values()]


def _short(
    whose: str, asked: Mapping[Name, int], limits: Mapping[Name, int], used: Mapping[Name, int]
) -> dict[str, tuple[int, Shortage]]:
    """By resource: how much is free, and what is said about it."""
    found = {}
    for name, amount in asked.items():
        free = limits[name] - used.get(name, 0) if name in limits else amount
        if 0 < amount > free:
            written = {
                key: written_as(name, units)
                for key, units in {
                    "limit": limits[name],
                    "used": used.get(name, 0),
                    "asked": amount,
                    "available": max(0, free),
                }.items()
            }
            found[str(name)] = (free, Shortage(resource=str(name), whose=whose, **written))
    return found


def written_as(name: str, units: int) -> str | int:
    """As the API writes so much of a resource or device."""
    return units if is_device(name) else from_units(Resource(name), units)


def said(name: str, units: int) -> str:
    """The same in a sentence: `16 GiB` where the API writes `16Gi`."""
    return f"{units:,}" if is_device(name) else in_words(Resource(name), units)


def _as_said(name: str, written: str | int) -> str:
    return str(written) if is_device(name) else said(name, to_units(Resource(name), written))


def sentence(tenant_name: str, found: list[Shortage]) -> str:
    """What a person reads: how much is missing of what, and who can change that."""
    parts = [missing_words(one) for one in found]
    own = all(one.whose == "member" for one in found)
    quota = f"your own limit in {tenant_name}" if own else f"the quota of {tenant_name}"
    raises = "an admin of the tenant" if own else "a platform administrator"
    told = (
        f"This does not fit {quota} ({'; '.join(parts)}). "
        f"Pause or remove a service, ask for less, or ask {raises} for more."
    )
    if all(one.resource == Resource.STORAGE for one in found):
        told += f" To clean up, start {clean_up_rule()}."
    return told


def missing_words(one: Shortage) -> str:
    asked, available, limit = (
        _as_said(one.resource, written) for written in (one.asked, one.available, one.limit)
    )
    return f"{one.resource}: {asked} asked, {available} of {limit} free"


def clean_up_sizes() -> str:
    return " and ".join(
        f"{said(resource, most)} of {resource}" for resource, most in CLEAN_UP.items()
    )


def clean_up_rule() -> str:
    return (
        f"a service without storage of its own and with at most {clean_up_sizes()}: "
        "that needs no room"
    )
