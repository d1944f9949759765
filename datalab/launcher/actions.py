"""What a user can do with services. Each action only writes what is wanted."""

import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.timezone import now

from datalab.accounts.models import User
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.catalog.plan import LaunchRequest, Plan, plan_launch
from datalab.catalog.presets import sized
from datalab.core.errors import Conflict, InvalidInput, QuotaExceeded
from datalab.core.metrics import LAUNCHES, count_once_committed
from datalab.core.names import RELEASE_MAX, is_label
from datalab.launcher import credentials, metering, reservation, revisions
from datalab.launcher.changes import amounts, planned, record_of, wake
from datalab.launcher.lifecycle import Change, Wanted
from datalab.launcher.models import Service
from datalab.launcher.owner import check_owner
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


@transaction.atomic
def pause_service(*, service: Service, by: User) -> None:
    _want(service, Wanted.PAUSED, unless=Wanted.REMOVED)
    # Where its tenant is suspended: it is paused for its own sake now.
    Service.objects.filter(pk=service.pk).update(resume_with_tenant=False)
    record_of(EventType.SERVICE_PAUSED, service, by, **_turn(service, Wanted.PAUSED))


@transaction.atomic
def resume_service(*, service: Service, by: User) -> None:
    check_owner(service)
    reservation.take_compute(service)
    _want(service, Wanted.RUNNING, unless=Wanted.REMOVED)
    record_of(EventType.SERVICE_RESUMED, service, by, **_turn(service, Wanted.RUNNING))


@transaction.atomic
def restart_service(*, service: Service, by: User) -> None:
    """Stop it and start it anew, with today's secrets. A failed one reserves again first."""
    check_owner(service)
    reservation.take_compute(service)
    Service.objects.filter(pk=service.pk).update(restarts=F("restarts") + 1)
    _want(service, Wanted.RUNNING, unless=Wanted.REMOVED)
    record_of(EventType.SERVICE_RESTARTED, service, by)


@transaction.atomic
def remove_service(*, service: Service, by: User) -> None:
    if Service.objects.filter(pk=service.pk, wanted=Wanted.REMOVED.value).exists():
        return
    _want(service, Wanted.REMOVED)
    record_of(EventType.SERVICE_REMOVED, service, by, **_turn(service, Wanted.REMOVED))


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
        **planned(request, plan),
    )
    revisions.note(service, Change.LAUNCHED, by=by.username, at=service.created_at)
    record_of(EventType.SERVICE_LAUNCHED, service, by, asked=amounts(plan.footprint, plan.devices))
    metering.keep(service.pk)
    count_once_committed(LAUNCHES, outcome="accepted", reason="none")
    wake(service)
    return service


def _want(service: Service, wanted: Wanted, *, unless: Wanted | None = None) -> None:
    row = Service.objects.filter(pk=service.pk).exclude(wanted=unless.value if unless else "")
    if not row.update(wanted=wanted.value):
        raise Conflict("This service is being removed.")
    row.wake(now())
    wake(service)


def _turn(service: Service, wanted: Wanted) -> dict[str, Any]:
    """What was wanted of it, and what is."""
    return {"before": {"wanted": service.wanted}, "after": {"wanted": wanted.value}}


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
