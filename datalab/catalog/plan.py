"""From what somebody asked for to what would run: values, manifests, footprint, findings.

The page's form, the preview and the launch all come through here, so that they cannot differ.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.timezone import now

from datalab.accounts.models import User
from datalab.catalog import footprint, limits, policy, values
from datalab.catalog.context import Launching, context_for, public_host, secret_for
from datalab.catalog.kept import keep, kept_chart
from datalab.catalog.policy import Finding
from datalab.catalog.sources import ChartVersion, find_chart
from datalab.core.errors import InvalidInput, ProviderError
from datalab.core.quantities import Resource, to_units
from datalab.providers import registry
from datalab.providers.charts.base import Manifest
from datalab.providers.cluster.lacking import lacking
from datalab.providers.cluster.placement import Placement, placed
from datalab.quotas.room import rooms_now
from datalab.tenants.models import Tenant

__all__ = ["ChartVersion", "LaunchRequest", "Plan", "find_chart", "plan_launch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchRequest:
    """What a person asked for. `secrets` are paths in the tenant's store, such as shared/db.

    `preset` only names what `resources` and `placement` have been made of; empty: of none.
    `digest` names a kept chart; empty: the catalogue's of that version is taken.
    """

    catalog: str
    chart: str
    version: str | None
    digest: str = ""
    name: str
    host: str
    resources: Mapping[str, str | int]
    values: Mapping[str, Any]
    secrets: Sequence[str]
    preset: str = ""
    placement: Placement = field(default_factory=Placement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a launch would be. Nothing has been created."""

    chart: ChartVersion
    values: dict[str, Any]
    manifests: Sequence[Manifest]
    footprint: dict[Resource, int]
    devices: dict[str, int]
    """Whole GPUs and slices of them by name; whole ones are in the footprint's gpu as well."""
    findings: Sequence[Finding]
    pods: Sequence[Mapping[str, int]]
    """What each needs of one machine."""
    placement: Placement


def plan_launch(*, tenant: Tenant, user: User, request: LaunchRequest) -> Plan:
    """A plan without findings, or InvalidInput. NotFound where there is no such chart.

    Its chart is kept: what is made of it is made of these files for good.
    """
    plan = _draft(keep(_chart(request)), tenant, user, request)
    if plan.findings:
        raise InvalidInput(
            "This chart does what is not allowed here: " + plan.findings[0].message,
            fields={found.path: found.message for found in plan.findings},
        )
    return plan


def draft_launch(*, tenant: Tenant, user: User, request: LaunchRequest) -> Plan:
    """As `plan_launch`, with the findings left for somebody to read. Nothing is kept."""
    return _draft(_chart(request), tenant, user, request)


def _chart(request: LaunchRequest) -> ChartVersion:
    if request.digest:
        return kept_chart(request.catalog, request.digest)
    return find_chart(request.catalog, request.chart, request.version)


def _draft(chart: ChartVersion, tenant: Tenant, user: User, request: LaunchRequest) -> Plan:
    launching = Launching(
        tenant=tenant, user=user, name=request.name, host=request.host, secrets=request.secrets
    )
    chosen = checked_values(chart, request, context_for(launching))
    rendered = registry.chart_engine().render(
        chart.folder, release=request.name, namespace=tenant.namespace, values=chosen
    )
    manifests = placed(rendered, request.placement, release=request.name)
    rules = policy.Policy(
        namespace=tenant.namespace,
        host=public_host(request.host).partition(":")[0],
        images=_images(),
        account=request.name,
        secret=secret_for(request.name, request.secrets),
    )
    devices = footprint.count_devices(manifests)
    _refuse_without_place(request, devices)
    _refuse_lacking(devices, request.placement)
    return Plan(
        chart=chart,
        values=chosen,
        manifests=manifests,
        footprint=footprint.count(manifests, injected=_injected()),
        devices=devices,
        # Of what the chart says: the placement is the operator's.
        findings=policy.findings(rendered, rules),
        pods=footprint.of_pods(manifests, injected=_injected()),
        placement=request.placement,
    )


def checked_values(
    chart: ChartVersion, request: LaunchRequest, context: Mapping[str, Any]
) -> dict[str, Any]:
    """The complete values, or InvalidInput with the fields that are wrong."""
    schema, defaults = chart.schema, chart.defaults
    _refuse(limits.shape_problems(request.values), "values.")
    given = values.resolve_values(schema, context=context, defaults=defaults)
    _refuse_lost_secrets(chart, request, given)
    known = limits.choice_problems(schema, request.values, given=given, known=defaults)
    _refuse(known, "values.")
    sizes = values.resource_values(_sizes(chart, request), schema=schema, defaults=defaults)
    complete = values.merged(values.merged(given, request.values), sizes)
    _refuse(limits.value_problems(schema, complete, context=context), "values.")
    return complete


def _refuse_lost_secrets(
    chart: ChartVersion, request: LaunchRequest, given: Mapping[str, Any]
) -> None:
    """A chart that does not ask for the chosen secrets would start without them."""
    taken = values.value_at(("datalab", "secrets"), given)
    if request.secrets and taken != list(request.secrets):
        raise InvalidInput(
            f"{chart.title} cannot be given secrets.",
            fields={"secrets": "This chart does not take any."},
        )


def _sizes(chart: ChartVersion, request: LaunchRequest) -> dict[Resource, str | int]:
    asked: dict[Resource, str | int] = {}
    for name, quantity in request.resources.items():
        resource = Resource(name)
        try:
            units = to_units(resource, quantity)
        except ValueError as error:
            raise InvalidInput(
                f"{name}: {error}.", fields={f"resources.{name}": str(error)}
            ) from error
        if _takes(chart, resource):
            asked[resource] = quantity
        elif units:
            raise InvalidInput(
                f"{chart.title} cannot be given {name}.",
                fields={f"resources.{name}": "This chart does not take it."},
            )
    return asked


def _takes(chart: ChartVersion, resource: Resource) -> bool:
    paths = values.resource_paths(resource, schema=chart.schema, defaults=chart.defaults)
    return bool(paths)


def _refuse_without_place(request: LaunchRequest, counted: Mapping[str, int]) -> None:
    if not set(request.placement.devices) <= set(counted):
        text = "This chart runs nothing that a device could be given to."
        raise InvalidInput(text, fields={"preset": text})


def _refuse_lacking(asked: Mapping[str, int], placement: Placement) -> None:
    """InvalidInput for devices that there are too few of, before anything is reserved."""
    if not asked:
        return
    known = rooms_now(now()).of(placement)
    if known is not None and (known.grows or _has(known.there, asked)):
        return
    # What was written down may be half a minute old, so it refuses nothing by itself. A runtime
    # that does not answer now refuses later.
    with contextlib.suppress(ProviderError):
        if problem := lacking(registry.cluster_runtime().capacity(), asked):
            field = "preset" if placement.devices else "resources.gpu"
            raise InvalidInput(problem, fields={field: problem})


def _has(there: Mapping[str, int], asked: Mapping[str, int]) -> bool:
    return all(there.get(name, 0) >= number for name, number in asked.items())


def _images() -> Sequence[str]:
    """Those that charts may name, and what the platform itself puts beside a tool."""
    allowed: Sequence[str] = settings.ALLOWED_IMAGES
    relay = settings.TOOLS["relay_image"]
    return [*allowed, relay] if allowed and relay else allowed


def _injected() -> Mapping[Resource, int]:
    """What the cluster's injector adds to a pod; nothing where the platform delivers the files."""
    if not registry.cluster_runtime().injects_credentials:
        return {}
    return {resource: to_units(resource, text) for resource, text in settings.INJECTED.items()}


_FIELDS = {
    ".".join(path): f"resources.{resource}"
    for resource, paths in values.PATHS.items()
    for path in paths
}


def _refuse(problems: limits.Problems, prefix: str) -> None:
    """Name a field as the request does: a size that was asked is not a value of the chart."""
    if not problems:
        return
    fields = {_FIELDS.get(path, f"{prefix}{path}"): text for path, text in problems.items()}
    summary = "; ".join(f"{path}: {text}" for path, text in list(fields.items())[:3])
    raise InvalidInput(summary, fields=fields)
