"""What a user can do with services. Each action only writes what is wanted."""

import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.timezone import now

from datalab.accounts.models import User
from datalab.audit.models import EventType
from datalab.audit.record import Plain, record
from datalab.catalog.plan import LaunchRequest, Plan, find_chart, plan_launch
from datalab.catalog.presets import sized
from datalab.core.devices import Devices
from datalab.core.errors import Conflict, InvalidInput, QuotaExceeded
from datalab.core.later import after_commit
from datalab.core.metrics import LAUNCHES, count_once_committed
from datalab.core.names import RELEASE_MAX, is_label
from datalab.core.quantities import Resource, from_units
from datalab.launcher import credentials, metering, reservation, revisions, upgrades
from datalab.launcher.lifecycle import Change, Wanted
from datalab.launcher.models import Service
from datalab.launcher.owner import check_owner, request_of
from datalab.launcher.tasks import reconcile_service
from datalab.launcher.timeline import note_change
from datalab.quotas.claim import Claim
from datalab.quotas.reserve import reserve
from datalab.tenants.models import Tenant

_LETTERS = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody asked to launch. `name` empty: one is made up. `preset` empty: none."""

    catalog: str
    chart: str
    version: str | None
    name: str
    resources: Mapping[str, str | int]
    values: Mapping[str, Any]
    secrets: Sequence[str]
    preset: str = ""


def launch_service(
    *, tenant: Tenant, by: User, order: Order, idempotency_key: str | None = None
) -> Service:
    """Plan it, reserve its footprint, write what is wanted. The same key gives the same service."""
    known = _already_launched(tenant, by, idempotency_key)
    if known is not None:
        return known
    request = sized(_named(order, tenant), tenant=tenant, preset=order.preset)
    credentials.check_secrets(tenant.slug, request.secrets)
    plan = plan_launch(tenant=tenant, user=by, request=request)
    try:
        return _write(tenant, by, request, plan, idempotency_key)
    except QuotaExceeded as refusal:
        _record_refusal(tenant, by, request, refusal)
        raise
    except IntegrityError as error:
        # A second click was faster: it is one service, not two.
        known = _already_launched(tenant, by, idempotency_key)
        if known is not None:
            return known
        raise Conflict(f"A service named {request.name} exists already in this tenant.") from error


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


@transaction.atomic
def pause_service(*, service: Service, by: User) -> None:
    _want(service, Wanted.PAUSED, unless=Wanted.REMOVED)
    # Where its tenant is suspended: it is paused for its own sake now.
    Service.objects.filter(pk=service.pk).update(resume_with_tenant=False)
    _record(EventType.SERVICE_PAUSED, service, by, **_turn(service, Wanted.PAUSED))


@transaction.atomic
def resume_service(*, service: Service, by: User) -> None:
    check_owner(service)
    reservation.take_compute(service)
    _want(service, Wanted.RUNNING, unless=Wanted.REMOVED)
    _record(EventType.SERVICE_RESUMED, service, by, **_turn(service, Wanted.RUNNING))


@transaction.atomic
def restart_service(*, service: Service, by: User) -> None:
    """Stop it and start it anew, with today's secrets. A failed one reserves again first."""
    check_owner(service)
    reservation.take_compute(service)
    Service.objects.filter(pk=service.pk).update(restarts=service.restarts + 1)
    _want(service, Wanted.RUNNING, unless=Wanted.REMOVED)
    _record(EventType.SERVICE_RESTARTED, service, by)


@transaction.atomic
def remove_service(*, service: Service, by: User) -> None:
    if Service.objects.filter(pk=service.pk, wanted=Wanted.REMOVED.value).exists():
        return
    _want(service, Wanted.REMOVED)
    _record(EventType.SERVICE_REMOVED, service, by, **_turn(service, Wanted.REMOVED))


def _named(order: Order, tenant: Tenant) -> LaunchRequest:
    name = order.name or f"{order.chart[:30]}-{_random(4)}"
    if not is_label(name, longest=RELEASE_MAX):
        raise InvalidInput(
            "A service's name is lower-case letters, digits and hyphens, and starts with a letter.",
            fields={"name": f"at most {RELEASE_MAX} characters, such as my-notebook"},
        )
    host = f"{name[:30].rstrip('-')}-{tenant.slug[:20].rstrip('-')}-{_random(5)}"
    return LaunchRequest(
        catalog=order.catalog,
        chart=order.chart,
        version=order.version,
        name=name,
        host=host,
        resources=order.resources,
        values=order.values,
        secrets=tuple(order.secrets),
    )


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _already_launched(tenant: Tenant, by: User, key: str | None) -> Service | None:
    if key is None:
        return None
    return Service.objects.filter(tenant=tenant, owner=by, idempotency_key=key).first()


@transaction.atomic
def _write(
    tenant: Tenant, by: User, request: LaunchRequest, plan: Plan, key: str | None
) -> Service:
    claim = Claim(owner_id=by.pk, amounts=plan.footprint, devices=plan.devices)
    reserve(tenant, claim)
    service = Service.objects.create(
        tenant=tenant,
        owner=by,
        name=request.name,
        host=request.host,
        idempotency_key=key,
        wanted=Wanted.RUNNING.value,
        holds_compute=True,
        check_after=now(),
        **_planned(request, plan),
    )
    revisions.note(service, Change.LAUNCHED, by=by.username, at=service.created_at)
    _record(EventType.SERVICE_LAUNCHED, service, by, asked=_amounts(plan.footprint, plan.devices))
    metering.keep(service.pk)
    count_once_committed(LAUNCHES, outcome="accepted", reason="none")
    _wake(service)
    return service


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
        row.update(**_planned(request, plan))
        row.wake(now())
        changed = Service.objects.select_related("tenant").get(pk=service.pk)
        if changed.wanted == Wanted.RUNNING:
            # One that had failed gave it back.
            reservation.take_compute(changed)
        metering.keep(service.pk)
        revisions.note(changed, change, by=by.username, at=now(), origin=origin)
        before, after = _about(current), _about(changed)
        _record(_EVENTS[change], current, by, before=before, after=after)
        _wake(current)


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
    sizes = _amounts(service.footprint, service.devices)
    return {**sizes, "version": service.version, "digest": digest}


def _planned(request: LaunchRequest, plan: Plan) -> dict[str, Any]:
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


def _want(service: Service, wanted: Wanted, *, unless: Wanted | None = None) -> None:
    row = Service.objects.filter(pk=service.pk).exclude(wanted=unless.value if unless else "")
    if not row.update(wanted=wanted.value):
        raise Conflict("This service is being removed.")
    row.wake(now())
    _wake(service)


def _turn(service: Service, wanted: Wanted) -> dict[str, Any]:
    """What was wanted of it, and what is."""
    return {"before": {"wanted": service.wanted}, "after": {"wanted": wanted.value}}


def _wake(service: Service) -> None:
    note_change(Service.objects.get(pk=service.pk))
    after_commit(reconcile_service.delay, str(service.pk))


def _record(event: EventType, service: Service, by: User, **data: Any) -> None:
    record(
        event,
        actor=by.username,
        tenant_id=service.tenant_id,
        service=service.name,
        chart=service.chart,
        **data,
    )


def _record_refusal(
    tenant: Tenant, by: User, request: LaunchRequest, refusal: QuotaExceeded
) -> None:
    count_once_committed(LAUNCHES, outcome="refused", reason=refusal.code)
    record(
        EventType.SERVICE_REFUSED,
        actor=by.username,
        tenant_id=tenant.id,
        service=request.name,
        chart=request.chart,
        code=refusal.code,
        short_of=[one.resource for one in refusal.resources],
    )


def _amounts(footprint: Mapping[Resource, int], devices: Devices) -> dict[str, Plain]:
    sizes = {str(resource): from_units(resource, amount) for resource, amount in footprint.items()}
    return {**sizes, **devices}
