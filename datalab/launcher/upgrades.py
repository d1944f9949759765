"""Another version of a service's chart: which there is, what it would change, what it must not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from datalab.catalog import kept, values
from datalab.catalog.plan import LaunchRequest, Plan
from datalab.catalog.sources import ChartVersion, find_chart, newer_than, versions_of
from datalab.core.errors import Conflict, InvalidInput, NotFound
from datalab.core.quantities import Resource
from datalab.core.semver import Version
from datalab.launcher.models import Revision, Service
from datalab.launcher.owner import request_of
from datalab.providers import registry
from datalab.providers.charts.base import Manifest
from datalab.providers.cluster.placement import Placement

_STORAGE = ("persistence", "size")


@dataclass(frozen=True, slots=True, kw_only=True)
class Newer:
    """What the catalogue has for a service. `version` empty: nothing newer.

    `changed`: its files of the service's own version are others than the service is made of.
    """

    version: str = ""
    changed: bool = False


def newer(catalog: str, chart: str, version: str, digest: str | None) -> Newer:
    try:
        known = versions_of(catalog, chart)
    except NotFound:
        return Newer()
    offered = newer_than(version, known)
    same = next((one for one in known if one.version == version), None)
    changed = bool(digest) and same is not None and kept.digest_of(same) != digest
    return Newer(version=offered.version if offered else "", changed=changed)


def version_for(service: Service, version: str | None) -> str:
    """None: the one that is offered, else its own. InvalidInput for an older one."""
    if version is None:
        offered = newer_than(service.version, versions_of(service.catalog, service.chart))
        return offered.version if offered else service.version
    if Version.parse(service.version) > _parsed(version):
        raise InvalidInput(
            f"{service.name} has {service.version} already. Older ones are rolled back to.",
            fields={"version": f"is older than {service.version}"},
        )
    return version


def target(service: Service, version: str | None) -> ChartVersion | None:
    """What it would be made of, kept; None where it is already."""
    found = find_chart(service.catalog, service.chart, version_for(service, version))
    is_own = found.version == service.version
    if is_own and service.kept_id in {None, kept.digest_of(found)}:
        return None
    return kept.keep(found)


def _parsed(version: str) -> Version:
    try:
        return Version.parse(version)
    except ValueError as error:
        raise InvalidInput(str(error), fields={"version": str(error)}) from error


def request_for(
    service: Service,
    chart: ChartVersion,
    *,
    resources: Mapping[str, str | int] | None = None,
    values: Mapping[str, Any] | None = None,
) -> LaunchRequest:
    """As it is, of that chart."""
    asked = request_of(service, chart=chart, resources=resources, values=values)
    return replace(asked, resources={**asked.resources, **_storage(service, chart)})


def request_of_revision(service: Service, former: Revision) -> LaunchRequest:
    """Conflict where nobody has its chart any more."""
    options = dict(former.options)
    asked = request_for(
        service,
        _chart_of(service, former),
        resources=options.get("resources", {}),
        values=options.get("values", {}),
    )
    placement = Placement.from_json(former.placement)
    return replace(asked, preset=former.preset, placement=placement)


def _chart_of(service: Service, former: Revision) -> ChartVersion:
    if former.kept_id:
        return kept.kept_chart(service.catalog, former.kept_id)
    try:
        return kept.keep(find_chart(service.catalog, service.chart, former.version))
    except NotFound as gone:
        raise Conflict(
            f"{service.chart} {former.version} is not in the catalogue any more, and revision "
            f"{former.number} is older than the platform's own copies of charts."
        ) from gone


def _storage(service: Service, chart: ChartVersion) -> dict[str, str | int]:
    """Storage stays as large as it is: it cannot shrink, and grows only where somebody asks."""
    paths = values.resource_paths(Resource.STORAGE, schema=chart.schema, defaults=chart.defaults)
    size = values.value_at(_STORAGE, service.values)
    return {str(Resource.STORAGE): size} if paths and isinstance(size, str | int) else {}


def check_storage(service: Service, plan: Plan) -> None:
    """InvalidInput where its data would be deleted, or left out of sight."""
    if lost := sorted(_volumes(_manifests_now(service)) - _volumes(plan.manifests)):
        raise InvalidInput(
            f"{plan.chart.version} of this chart does not use the storage {', '.join(lost)} any "
            "more: what is in it would be lost. Launch it anew beside this one, and move your data.",
            fields={"version": f"does not use the storage {lost[0]}"},
        )


def _manifests_now(service: Service) -> Sequence[Manifest]:
    if not service.kept_id:
        return []
    chart = kept.kept_chart(service.catalog, service.kept_id)
    return registry.chart_engine().render(
        chart.folder,
        release=service.name,
        namespace=service.tenant.namespace,
        values=service.values,
    )


def _volumes(manifests: Sequence[Manifest]) -> set[str]:
    """Claims by name, those of templates as Kubernetes makes their names."""
    found = {
        str(one["metadata"]["name"])
        for one in manifests
        if one.get("kind") == "PersistentVolumeClaim"
    }
    for one in manifests:
        for template in one.get("spec", {}).get("volumeClaimTemplates") or ():
            found.add(f"{template['metadata']['name']}-{one['metadata']['name']}")
    return found
