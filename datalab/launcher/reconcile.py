"""Drive one service towards its wanted state: observe, decide, act, look again, save once."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from datalab.catalog.plan import ChartVersion, find_chart
from datalab.core.errors import Conflict, DatalabError, NotFound, ProviderError
from datalab.core.metrics import PROVIDER_FAILURES, RECONCILE_SECONDS
from datalab.core.reconciling import backoff
from datalab.launcher import credentials, leading, reservation
from datalab.launcher.lifecycle import (
    LATER,
    Action,
    Decision,
    Wanted,
    decide,
    runs_without_reservation,
)
from datalab.launcher.models import Service
from datalab.launcher.owner import check_owner, plan_for_owner
from datalab.launcher.seen import save_seen
from datalab.launcher.timeline import note_gone
from datalab.providers.cluster.base import (
    NOT_APPLIED,
    ClusterRuntime,
    Observation,
    Observed,
    Reason,
    Release,
)
from datalab.providers.cluster.placement import Placement
from datalab.tenants import lifecycle as tenancy

log = structlog.get_logger(__name__)

MAX_WAIT = timedelta(seconds=30)
TENANT_WAIT = timedelta(seconds=2)


class TenantNotReady(Conflict):
    """Its bucket or secret path is still being made: what started now would miss it."""

    code = "tenant_not_ready"
    retryable = True


def reconcile(service: Service, runtime: ClusterRuntime, *, now: datetime) -> None:
    """No transaction is open while the runtime is called."""
    with RECONCILE_SECONDS.labels(kind="service").time():
        _reconcile(service, runtime, now)


def _reconcile(service: Service, runtime: ClusterRuntime, now: datetime) -> None:
    if service.wanted == Wanted.RUNNING and service.tenant.wanted != tenancy.Wanted.ACTIVE:
        # Launched in the very moment of the suspension, or by a part that did not know.
        Service.objects.filter(pk=service.pk).pause_with_tenant(now)
        service = Service.objects.select_related("tenant", "owner").get(pk=service.pk)
    try:
        seen = remembered(service, runtime.observe(service.ref))
        decision = decide(
            Wanted(service.wanted),
            seen.state,
            changed=service.changed,
            step=seen.step,
            watched=leading.somebody_watches(now),
        )
        if runs_without_reservation(
            Wanted(service.wanted), seen.state, holds=service.holds_compute
        ):
            hold_compute(service)
        act(decision, service, runtime)
        if decision.action in {Action.APPLY, Action.REMOVE}:
            seen = runtime.observe(service.ref)
    except DatalabError as error:
        if isinstance(error, ProviderError):
            PROVIDER_FAILURES.labels(provider=error.provider, code=error.code).inc()
        log.info("service_not_reconciled", service_id=str(service.id), code=error.code)
        save_failure(service, error, now)
    else:
        if decision.action is not Action.NONE:
            log.info("service_reconciled", service_id=str(service.id), action=decision.action)
        save_progress(service, seen, decision, now)


def act(decision: Decision, service: Service, runtime: ClusterRuntime) -> None:
    match decision.action:
        case Action.APPLY:
            check_tenant(service)
            if service.wanted == Wanted.RUNNING:
                check_owner(service)
                plan_for_owner(service)
            hold_compute(service)
            runtime.apply(release_for(service))
        case Action.REMOVE:
            runtime.remove(service.ref)
        case Action.FORGET:
            credentials.forget(service)
        case Action.NONE:
            pass


def remembered(service: Service, seen: Observation) -> Observation:
    """What had failed stays failed until somebody acts, also where the runtime has forgotten it.

    Or where it only knows that it failed, and not why.
    """
    gone = seen.state is Observed.ABSENT and service.wanted == Wanted.RUNNING
    vague = seen.reason is not None and seen.reason.code == NOT_APPLIED
    if not (gone or vague) or service.changed or service.observed != Observed.FAILED:
        return seen
    reason = Reason(
        code=service.reason_code, message=service.reason_message, raw=service.reason_raw
    )
    return Observation(state=Observed.FAILED, reason=reason)


def check_tenant(service: Service) -> None:
    if not service.tenant.provisioned:
        raise TenantNotReady(
            "The tenant's bucket and secrets are still being prepared; this starts right after."
        )


@transaction.atomic
def hold_compute(service: Service) -> None:
    """Nothing runs without its reservation, whatever made it start. Raises QuotaExceeded."""
    if service.wanted == Wanted.RUNNING:
        reservation.take_compute(service)


def release_for(service: Service) -> Release:
    """What should run, with the credentials of this very start. A paused one gets none."""
    paused = service.wanted == Wanted.PAUSED
    chart = chart_of(service)
    return Release(
        ref=service.ref,
        chart=chart.folder,
        version=service.version,
        values=service.values,
        paused=paused,
        restarts=service.restarts,
        placement=Placement.from_json(service.placement),
        files={} if paused else credentials.files_for(service),
    )


def chart_of(service: Service) -> ChartVersion:
    """Its version, or the newest where the catalogue has moved on: it must still be stopped."""
    try:
        return find_chart(service.catalog, service.chart, service.version)
    except NotFound:
        newest = find_chart(service.catalog, service.chart, None)
        log.warning("chart_version_gone", service_id=str(service.id), used=newest.version)
        return newest


def save_progress(service: Service, seen: Observation, decision: Decision, now: datetime) -> None:
    if decision.action is Action.FORGET:
        forget(service)
        return
    applied = {"applied_generation": service.generation} if decision.action is Action.APPLY else {}
    save_seen(service, seen, failures=0, error_code="", error_detail="", **applied)
    _check_again(service, now + decision.check_after)


def save_failure(service: Service, error: DatalabError, now: datetime) -> None:
    """An outage is tried again and changes nothing; a refusal is final until somebody acts."""
    failures = service.failures + 1
    seen = Observation(state=Observed(service.observed), reason=reason_of(error))
    applied = {}
    wait = TENANT_WAIT if isinstance(error, TenantNotReady) else min(backoff(failures), MAX_WAIT)
    if not error.retryable and service.wanted != Wanted.REMOVED:
        seen = Observation(state=Observed.FAILED, reason=reason_of(error))
        applied = {"applied_generation": service.generation}
        wait = LATER
    save_seen(
        service,
        seen,
        failures=failures,
        error_code=error.code,
        error_detail=error.detail,
        **applied,
    )
    _check_again(service, now + wait)


def reason_of(error: DatalabError) -> Reason:
    if error.retryable and isinstance(error, ProviderError):
        return Reason(
            code="NoAnswer",
            message=f"The {error.provider} system does not answer; this is tried again.",
            raw=error.detail,
        )
    return Reason(code=error.code, message=error.detail)


@transaction.atomic
def forget(service: Service) -> None:
    """The name can be used again; the audit keeps the history."""
    note_gone(service)
    reservation.drop_all(service)


def _check_again(service: Service, at: datetime) -> None:
    """Let the row go. Where a user has changed `wanted` meanwhile, it stays due."""
    row = Service.objects.filter(pk=service.pk)
    row.filter(generation=service.generation).update(check_after=at)
    row.update(claimed_until=None)
