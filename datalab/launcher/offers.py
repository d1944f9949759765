"""What an upgrade would change, told before anybody decides. Nothing is kept or reserved here."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from datalab.catalog.plan import LaunchRequest, Plan, draft_launch, find_chart
from datalab.catalog.policy import Finding
from datalab.catalog.sources import versions_of
from datalab.core.devices import Devices
from datalab.core.errors import InvalidInput, Shortage
from datalab.core.semver import Version
from datalab.launcher import upgrades
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service
from datalab.launcher.reservation import difference
from datalab.quotas.reserve import missing
from datalab.tenants.models import Amounts

_STAGES = 3
"""Unknown values are found before wrong ones, and those before what they would render to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`refused` are what the service's owner chose and the new version does not take: by path of the
    request, with why. `values` and `resources` are the others; with these it can be upgraded, unless
    `problems` says what is in the way besides.
    """

    version: str
    versions: Sequence[str]
    refused: Mapping[str, str]
    problems: Mapping[str, str]
    values: Mapping[str, Any]
    resources: Mapping[str, Any]
    footprint: Amounts = field(default_factory=dict)
    devices: Devices = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    shortages: Sequence[Shortage] = ()

    @property
    def fits(self) -> bool:
        return not (self.problems or self.findings or self.shortages)


def offer_upgrade(service: Service, version: str | None) -> Offer:
    """`version` None: the one that is offered. InvalidInput for an older one."""
    wanted = upgrades.version_for(service, version)
    chart = find_chart(service.catalog, service.chart, wanted)
    request = upgrades.request_for(service, chart)
    offer = Offer(
        version=wanted,
        versions=_newer_ones(service),
        refused={},
        problems={},
        values=request.values,
        resources=request.resources,
    )
    for _ in range(_STAGES):
        try:
            return _planned(offer, service, request)
        except InvalidInput as refusal:
            request, refused = _without(request, refusal.fields)
            others = {path: why for path, why in refusal.fields.items() if path not in refused}
            offer = replace(
                offer,
                refused={**offer.refused, **refused},
                values=request.values,
                resources=request.resources,
            )
            if others or not refused:
                return replace(offer, problems=others or {"": refusal.detail})
    return replace(offer, problems={"": "It cannot be told what else is in the way."})


def _planned(offer: Offer, service: Service, request: LaunchRequest) -> Offer:
    plan = draft_launch(tenant=service.tenant, user=service.owner, request=request)
    upgrades.check_storage(service, plan)
    return replace(
        offer,
        footprint=plan.footprint,
        devices=plan.devices,
        findings=plan.findings,
        shortages=_shortages(service, plan),
    )


def _shortages(service: Service, plan: Plan) -> list[Shortage]:
    runs = service.wanted == Wanted.RUNNING
    more = difference(service, plan.footprint, plan.devices, compute=runs)
    return missing(service.tenant, more)


def _newer_ones(service: Service) -> list[str]:
    now = Version.parse(service.version)
    return [one.version for one in versions_of(service.catalog, service.chart) if one.order > now]


def _without(
    request: LaunchRequest, problems: Mapping[str, str]
) -> tuple[LaunchRequest, dict[str, str]]:
    """The request without what was chosen at these paths, and the paths at which something was."""
    chosen = {"values": deepcopy(dict(request.values)), "resources": dict(request.resources)}
    refused = {path: why for path, why in problems.items() if _drop(chosen, path.split("."))}
    left = replace(request, values=chosen["values"], resources=chosen["resources"])
    return left, refused


def _drop(chosen: Any, path: Sequence[str]) -> bool:
    """Of a list the whole is dropped: what is left of it was never asked for."""
    if len(path) < 2:
        return False
    below = chosen
    for step in path[:-1]:
        found = below.get(step)
        if isinstance(found, list):
            del below[step]
            return True
        if not isinstance(found, dict):
            return False
        below = found
    return below.pop(path[-1], None) is not None
