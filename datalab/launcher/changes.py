"""What a service is made of, changed: its size, values and version, forward and back.

Each is planned and checked anew, and reserved by the difference in the step that writes it.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from datalab.accounts.models import User
from datalab.audit.models import EventType
from datalab.audit.record import Plain, record
from datalab.catalog.plan import LaunchRequest, Plan, find_chart, plan_launch
from datalab.catalog.presets import sized
from datalab.core.devices import Devices
from datalab.core.errors import Conflict
from datalab.core.later import after_commit
from datalab.core.quantities import Resource, from_units
from datalab.launcher import metering, reservation, revisions, upgrades
from datalab.launcher.lifecycle import Change, Wanted
from datalab.launcher.models import Service
from datalab.launcher.owner import check_owner, request_of
from datalab.launcher.tasks import reconcile_service
from datalab.launcher.timeline import note_change


def change_service(
    *,
    service: Service,
    by: User,
    resources: Mapping[str, str | int] | None,
    values: Mapping[str, Any] | None,
    version: str | None,
    preset: str | None = None,
) -> None:
    """Give it other resources, values or another version: it is planned and reserved anew.

    Resources without a preset leave the one that it had. What a preset does not say stays, where
    nothing is said of resources.
    """
    chosen = tuple(resources or ())
    if preset is not None and resources is None:
        resources = service.options.get("resources", {})
    moves = version is not None and version != service.version
    chart = find_chart(service.catalog, service.chart, version) if moves else None
    asked = request_of(service, chart=chart, resources=resources, values=values)
    request = sized(asked, tenant=service.tenant, preset=preset or "", chosen=chosen)
    _rewrite(service, by, request, Change.UPGRADED if moves else Change.CHANGED)


def upgrade_service(
    *,
    service: Service,
    by: User,
    version: str | None,
    resources: Mapping[str, str | int] | None,
    values: Mapping[str, Any] | None,
) -> None:
    """To the catalogue's files of a newer version, or its newer files of the same one.

    `version` None: the one that is offered. Nothing where it is made of that already.
    """
    chart = upgrades.target(service, version)
    if chart is not None:
        request = upgrades.request_for(service, chart, resources=resources, values=values)
        _rewrite(service, by, request, Change.UPGRADED)


def roll_back_service(*, service: Service, by: User, number: int | None) -> None:
    """To what it was made of at a former revision, its present owner and storage kept.

    `number` None: the newest other one that has run. It is planned anew: what is allowed today holds.
    """
    former = revisions.to_go_back_to(service, number)
    if former.fingerprint == revisions.fingerprint(service):
        return
    request = upgrades.request_of_revision(service, former)
    _rewrite(service, by, request, Change.ROLLED_BACK, origin=former.number)


def _rewrite(
    service: Service,
    by: User,
    request: LaunchRequest,
    change: Change,
    *,
    origin: int | None = None,
) -> None:
    if service.wanted == Wanted.RUNNING:
        check_owner(service)
    plan = plan_launch(tenant=service.tenant, user=service.owner, request=request)
    if change is not Change.CHANGED:
        upgrades.check_storage(service, plan)
    with transaction.atomic():
        current = _unchanged(service)
        revisions.begin(current)
        reservation.resize(current, plan.footprint, plan.devices)
        row = Service.objects.filter(pk=service.pk)
        row.update(**planned(request, plan))
        row.wake(now())
        changed = Service.objects.select_related("tenant").get(pk=service.pk)
        if changed.wanted == Wanted.RUNNING:
            # One that had failed gave it back.
            reservation.take_compute(changed)
        metering.keep(service.pk)
        revisions.note(changed, change, by=by.username, at=now(), origin=origin)
        before, after = _about(current), _about(changed)
        record_of(_EVENTS[change], current, by, before=before, after=after)
        wake(current)


_EVENTS = {
    Change.CHANGED: EventType.SERVICE_CHANGED,
    Change.UPGRADED: EventType.SERVICE_UPGRADED,
    Change.ROLLED_BACK: EventType.SERVICE_ROLLED_BACK,
}


def _unchanged(service: Service) -> Service:
    """Locked. Conflict where somebody has changed what the plan was made from."""
    rows = Service.objects.select_for_update(of=("self",)).select_related("tenant", "owner")
    current = rows.get(pk=service.pk)
    if current.wanted == Wanted.REMOVED:
        raise Conflict("This service is being removed.")
    if current.owner_id != service.owner_id:
        raise Conflict("This service was handed over meanwhile. Load it again.")
    if _asked(current) != _asked(service):
        raise Conflict("This service was changed meanwhile. Load it again.")
    return current


def _asked(service: Service) -> tuple[object, ...]:
    """What the next plan is made from."""
    return service.kept_id, service.options, service.preset, service.placement


def _about(service: Service) -> dict[str, Plain]:
    digest = (service.kept_id or "")[:12]
    sizes = amounts(service.footprint, service.devices)
    return {**sizes, "version": service.version, "digest": digest}


def planned(request: LaunchRequest, plan: Plan) -> dict[str, Any]:
    return {
        "catalog": plan.chart.catalog,
        "chart": plan.chart.name,
        "version": plan.chart.version,
        "kept_id": plan.chart.digest,
        "options": {"resources": dict(request.resources), "values": dict(request.values)},
        "preset": request.preset,
        "placement": request.placement.to_json(),
        "values": plan.values,
        "secrets": list(request.secrets),
        "plan_again": False,
        "devices": plan.devices,
        **{
            str(resource): plan.footprint.get(resource, 0)
            for resource in (Resource.CPU, Resource.MEMORY, Resource.GPU, Resource.STORAGE)
        },
    }


def wake(service: Service) -> None:
    note_change(Service.objects.get(pk=service.pk))
    after_commit(reconcile_service.delay, str(service.pk))


def record_of(event: EventType, service: Service, by: User, **data: Any) -> None:
    record(
        event,
        actor=by.username,
        tenant_id=service.tenant_id,
        service=service.name,
        chart=service.chart,
        **data,
    )


def amounts(footprint: Mapping[Resource, int], devices: Devices) -> dict[str, Plain]:
    sizes = {str(resource): from_units(resource, amount) for resource, amount in footprint.items()}
    return {**sizes, **devices}
