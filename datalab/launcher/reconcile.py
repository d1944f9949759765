"""Drive one service towards its wanted state: observe, decide, act, look again, save once."""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from datalab.catalog.kept import keep, kept_chart
from datalab.catalog.plan import ChartVersion, find_chart
from datalab.core.errors import (
    Conflict,
    DatalabError,
    NotFound,
    ProviderError,
    QuotaExceeded,
)
from datalab.core.metrics import PROVIDER_FAILURES, RECONCILE_SECONDS
from datalab.core.reconciling import backoff
from datalab.launcher import credentials, leading, reservation, starting, unreserved
from datalab.launcher.lifecycle import FOR_SAFETY, LATER, Action, Decision, Wanted, decide
from datalab.launcher.models import Service
from datalab.launcher.owner import check_owner, plan_for_owner
from datalab.launcher.seen import row_says, save_seen
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
    before: Observation | None = None
    try:
        seen = before = remembered(service, runtime.observe(service.ref))
        decision = decide(
            Wanted(service.wanted),
            seen.state,
            changed=service.changed,
            step=seen.step,
            watched=leading.somebody_watches(now),
        )
        if decision.action is Action.NONE and unreserved.is_unreserved(service, seen):
            seen = unreserved.take_or_tell(service, seen)
            decision = replace(decision, check_after=FOR_SAFETY)
        act(decision, service, runtime)
        if decision.action in {Action.APPLY, Action.REMOVE}:
            seen = runtime.observe(service.ref)
    except DatalabError as error:
        if isinstance(error, ProviderError):
            PROVIDER_FAILURES.labels(provider=error.provider, code=error.code).inc()
        log.info("service_not_reconciled", service_id=str(service.id), code=error.code)
        save_failure(service, error, before, now)
    else:
        if decision.action is not Action.NONE:
            log.info("service_reconciled", service_id=str(service.id), action=decision.action)
        save_progress(service, seen, decision, now)


def _is_vague(told: Observation) -> bool:
    return told.reason is not None and told.reason.code == NOT_APPLIED


def act(decision: Decision, service: Service, runtime: ClusterRuntime) -> None:
    match decision.action:
        case Action.APPLY:
            check_tenant(service)
            if service.wanted == Wanted.RUNNING:
                check_owner(service)
                plan_for_owner(service)
            hold_compute(service)
            runtime.apply(release_for(service))
            starting.note_accepted(service)
        case Action.REMOVE:
            runtime.remove(service.ref)
        case Action.FORGET:
            credentials.forget(service)
        case Action.NONE:
            pass


def remembered(service: Service, seen: Observation) -> Observation:
    """What had failed stays failed until somebody acts, also where the runtime has forgotten it.

    Or where it only knows that it failed, and not why; or shows what ran before what was refused.
    What there was no room to start is said to run where it does all the same.
    """
    gone = seen.state is Observed.ABSENT and service.wanted == Wanted.RUNNING
    if service.changed or service.observed != Observed.FAILED:
        return seen
    no_room = service.reason_code == QuotaExceeded.code and seen.state is not Observed.RUNNING
    if not (gone or no_room or service.refused or _is_vague(seen)):
        return seen
    said = row_says(service).reason
    return Observation(state=Observed.FAILED, reason=said, takes_room=seen.may_run)


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
        digest=chart.digest,
        values=service.values,
        paused=paused,
        restarts=starting.starts(service),
        placement=Placement.from_json(service.placement),
        secrets=None if paused else credentials.access_of(service),
        files={} if paused else credentials.files_for(service),
    )


def chart_of(service: Service) -> ChartVersion:
    """The very files that it was made of, whatever the catalogue has by now."""
    if service.kept_id:
        return kept_chart(service.catalog, service.kept_id)
    return _of_catalogue(service)


def _of_catalogue(service: Service) -> ChartVersion:
    """For what is older than kept charts. Conflict where its version is gone from the catalogue."""
    try:
        found = keep(find_chart(service.catalog, service.chart, service.version))
    except NotFound as gone:
        if service.wanted == Wanted.PAUSED:
            # It must still be stopped.
            return keep(find_chart(service.catalog, service.chart, None))
        raise Conflict(
            f"{service.chart} {service.version} is not in the catalogue any more. "
            "Upgrade the service to a version that is."
        ) from gone
    Service.objects.filter(pk=service.pk, kept=None).update(kept=found.digest)
    service.kept_id = found.digest
    return found


def save_progress(service: Service, seen: Observation, decision: Decision, now: datetime) -> None:
    if decision.action is Action.FORGET:
        forget(service)
        return
    applied: dict[str, object] = {}
    if decision.action is Action.APPLY:
        applied = {"applied_generation": service.generation, "refused": False}
    save_seen(service, seen, failures=0, error_code="", error_detail="", **applied)
    _check_again(service, now + decision.check_after)


def save_failure(
    service: Service, error: DatalabError, before: Observation | None, now: datetime
) -> None:
    """An outage is tried again and changes nothing; a refusal is final until somebody acts.

    What was there `before` may run on, and holds what it held. None: nobody knows what was.
    """
    failures = service.failures + 1
    is_known = service.refused and not service.changed  # and an outage says nothing new about it
    seen = Observation(
        state=Observed(service.observed),
        reason=row_says(service).reason if is_known else reason_of(error),
        takes_room=service.holds_compute,
    )
    applied: dict[str, object] = {}
    wait = TENANT_WAIT if isinstance(error, TenantNotReady) else min(backoff(failures), MAX_WAIT)
    if not error.retryable and service.wanted != Wanted.REMOVED:
        seen = Observation(
            state=Observed.FAILED,
            reason=reason_of(error),
            takes_room=before.may_run if before else service.holds_compute,
        )
        # What the quota had no room to start may get up by itself; a change does not.
        refused = service.changed or not isinstance(error, QuotaExceeded)
        applied = {"applied_generation": service.generation, "refused": refused}
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
