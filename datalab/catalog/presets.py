"""Sizes that the operator offers by name, and where what is launched by one runs.

A person names a preset; what it means is looked up here and nowhere else. What has been launched
keeps what it got when the operator changes or withdraws its preset.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from django.conf import settings

from datalab.catalog.plan import LaunchRequest
from datalab.catalog.preset_rules import Preset, parse_presets
from datalab.core.errors import InvalidInput
from datalab.providers.cluster.placement import Placement
from datalab.tenants.models import Tenant


def offered_to(tenant: Tenant) -> list[Preset]:
    """Those that this tenant may have, in the operator's order."""
    presets = parse_presets(settings.PRESETS)
    return [one for one in presets if one.tenants is None or tenant.slug in one.tenants]


def title_of(preset: str) -> str:
    """Empty where the operator offers it no more."""
    return next((one.title for one in parse_presets(settings.PRESETS) if one.id == preset), "")


def placements() -> dict[str, Placement]:
    """Wherever tools may be sent, by `Placement.place`: anywhere, and where presets say."""
    places = [Placement(), *(one.placement for one in parse_presets(settings.PRESETS))]
    return {one.place: replace(one, devices={}) for one in places}


def sized(
    request: LaunchRequest, *, tenant: Tenant, preset: str, chosen: Collection[str] | None = None
) -> LaunchRequest:
    """With what the preset means. InvalidInput where the tenant has no such one.

    `chosen` are the resources that somebody asks for beside it, if not all of the request's.
    """
    if not preset:
        return request
    offered = offered_to(tenant)
    found = next((one for one in offered if one.id == preset), None)
    if found is None:
        names = ", ".join(one.id for one in offered) or "none"
        raise InvalidInput(
            "There is no such preset for this tenant.",
            fields={"preset": f"Choose one of: {names}. Or leave it out and say how much."},
        )
    beside = request.resources if chosen is None else chosen
    if both := sorted(found.fixed & set(beside)):
        text = f"The preset {preset} says it: leave it out, or launch without a preset."
        raise InvalidInput(text, fields={f"resources.{name}": text for name in both})
    return replace(
        request,
        preset=preset,
        resources={**_without(request.resources, found.fixed), **found.resources},
        placement=found.placement,
    )


def _without(resources: Mapping[str, str | int], names: Collection[str]) -> dict[str, str | int]:
    return {name: quantity for name, quantity in resources.items() if name not in names}
