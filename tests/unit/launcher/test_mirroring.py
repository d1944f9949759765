from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from prometheus_client import REGISTRY

from datalab.accounts.models import User
from datalab.core.quantities import Resource
from datalab.launcher import metering, mirroring
from datalab.launcher.drift import drift
from datalab.launcher.lifecycle import Phase, Wanted
from datalab.launcher.mirroring import MOST_AT_ONCE, Rows
from datalab.launcher.models import Service, ServiceEvent
from datalab.launcher.seen import save_seen
from datalab.launcher.tasks import reconcile_service
from datalab.launcher.timeline import note_change
from datalab.providers.cluster.base import NOT_APPLIED, Observation, Observed, Reason, Step
from datalab.quotas.claim import Claim
from datalab.quotas.reserve import reserve
from datalab.tenants.models import Quota, Tenant
from datalab.usage.models import UsageInterval
from tests.fakes.mirror import MemoryMirror

SECONDS = timedelta(seconds=1)
RUNS = Observation(state=Observed.RUNNING)
LATER = timedelta(hours=1)


@pytest.fixture
def mirror() -> MemoryMirror:
    return MemoryMirror()


@pytest.fixture
def rows(mirror: MemoryMirror, acme: Tenant) -> Rows:
    """Those of one that has swept already: from now on only changes are written."""
    rows = Rows(mirror)
    rows.keep([])
    return rows


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The services that a worker was called to, which does not come."""
    found: list[str] = []
    monkeypatch.setattr(reconcile_service, "delay", found.append)
    return found


@pytest.fixture
def launched(acme: Tenant, bob: User) -> Callable[..., Service]:
    def launched(name: str = "web", **fields: Any) -> Service:
        amounts = {Resource.CPU: 1000, Resource.SERVICES: 1}
        reserve(acme, Claim(owner_id=bob.pk, amounts=amounts))
        given = {
            "wanted": Wanted.RUNNING.value,
            "observed": Observed.STARTING.value,
            "step": Step.STARTING.value,
            "applied_generation": 1,
            "check_after": now() + LATER,
            "holds_compute": True,
            "cpu": 1000,
        }
        return Service.objects.create(
            tenant=acme, owner=bob, name=name, host=f"{name}-acme", **{**given, **fields}
        )

    return launched


def seconds_in(phase: str) -> float:
    return REGISTRY.get_sample_value("datalab_phase_seconds_sum", {"phase": phase}) or 0.0


def again(service: Service) -> Service:
    return Service.objects.select_related("tenant").get(pk=service.pk)


def test_a_change_is_written_without_a_worker(
    launched: Callable[..., Service], mirror: MemoryMirror, rows: Rows, woken: list[str]
) -> None:
    service = launched()
    mirror.shows[service.ref] = RUNS
    rows.keep([service.ref])
    assert again(service).phase is Phase.RUNNING
    assert woken == []


def test_what_looks_the_same_is_not_written_again(
    launched: Callable[..., Service], mirror: MemoryMirror, rows: Rows
) -> None:
    service = launched()
    mirror.shows[service.ref] = RUNS
    for _ in range(3):
        rows.keep([service.ref])
    assert ServiceEvent.objects.filter(service_id=service.id).count() == 1


def test_a_reason_reaches_the_row_in_full(
    launched: Callable[..., Service], mirror: MemoryMirror, rows: Rows
) -> None:
    service = launched()
    reason = Reason(code="InsufficientCpu", message="No machine has it.", raw="0/1 nodes …")
    mirror.shows[service.ref] = Observation(
        state=Observed.STARTING, step=Step.SCHEDULING, reason=reason
    )
    rows.keep([service.ref])
    row = again(service)
    assert (row.reason_code, row.reason_message, row.reason_raw, row.step) == (
        "InsufficientCpu",
        "No machine has it.",
        "0/1 nodes …",
        "scheduling",
    )


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        pytest.param("running", Observation(state=Observed.ABSENT), id="deleted by hand"),
        pytest.param("running", Observation(state=Observed.PAUSED), id="scaled to 0 by hand"),
        pytest.param("running", Observation(state=Observed.STARTING), id="a part was deleted"),
        pytest.param("removed", Observation(state=Observed.ABSENT), id="it has gone"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_where_something_must_be_done_a_worker_is_called_once(
    wanted: str,
    seen: Observation,
    launched: Callable[..., Service],
    mirror: MemoryMirror,
    rows: Rows,
    woken: list[str],
) -> None:
    service = launched(wanted=wanted, observed=Observed.RUNNING.value)
    mirror.shows[service.ref] = seen
    rows.keep([service.ref])
    rows.keep([service.ref])
    assert woken == [str(service.pk)]
    check_after = again(service).check_after
    assert check_after is not None
    assert check_after < now() + 5 * SECONDS  # also where the queue is down


@pytest.mark.django_db(transaction=True)
def test_nobody_is_called_to_what_is_leaving_already(
    launched: Callable[..., Service], mirror: MemoryMirror, rows: Rows, woken: list[str]
) -> None:
    service = launched(wanted=Wanted.REMOVED.value)
    mirror.shows[service.ref] = Observation(state=Observed.REMOVING)
    rows.keep([service.ref])
    assert woken == []


def test_what_a_worker_has_is_shown_at_once_and_looked_at_again_after_it(
    launched: Callable[..., Service], mirror: MemoryMirror, rows: Rows, woken: list[str]
) -> None:
    service = launched(claimed_until=now() + 60 * SECONDS)
    mirror.shows[service.ref] = RUNS
    rows.keep([service.ref])
    assert again(service).phase is Phase.RUNNING
    # The worker saves what it saw before that, and lets go.
    Service.objects.filter(pk=service.pk).update(
        observed=Observed.STARTING.value, claimed_until=None
    )
    rows.keep([])
    assert again(service).phase is Phase.RUNNING


def test_a_launch_that_a_worker_is_about_to_make_is_not_called_absent(
    launched: Callable[..., Service], mirror: MemoryMirror, rows: Rows
) -> None:
    service = launched(observed=Observed.UNKNOWN.value, applied_generation=0)
    rows.keep([service.ref])
    assert again(service).observed == Observed.UNKNOWN.value


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_called_as_soon_as_what_was_to_go_has_gone(
    mirror: MemoryMirror, rows: Rows, launched: Callable[..., Service], woken: list[str]
) -> None:
    service = launched(wanted=Wanted.REMOVED.value, generation=2)  # nobody has applied that
    mirror.shows[service.ref] = Observation(state=Observed.ABSENT)
    rows.keep([service.ref])
    assert woken == [str(service.pk)]


def test_why_helm_failed_is_not_forgotten_for_that_it_failed(
    launched: Callable[..., Service], mirror: MemoryMirror, rows: Rows
) -> None:
    service = launched(observed=Observed.FAILED.value, step="", reason_code="provider_refused")
    reason = Reason(code=NOT_APPLIED, message="The cluster did not accept all of it.")
    mirror.shows[service.ref] = Observation(state=Observed.FAILED, reason=reason)
    rows.keep([service.ref])
    assert again(service).reason_code == "provider_refused"


def test_a_new_leader_looks_at_everything_first(
    launched: Callable[..., Service], mirror: MemoryMirror
) -> None:
    services = [launched(f"web-{number}") for number in range(3)]
    mirror.shows = {service.ref: RUNS for service in services}
    Rows(mirror).keep([])
    assert {again(service).phase for service in services} == {Phase.RUNNING}


def test_while_the_cluster_is_silent_nobody_is_told_that_it_runs(
    launched: Callable[..., Service],
    mirror: MemoryMirror,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = launched(observed=Observed.RUNNING.value, step="")
    failed = launched("broken", observed=Observed.FAILED.value, step="")
    monkeypatch.setattr(mirroring, "BLIND_AFTER", 0.0)
    mirror.silent = True
    for _ in range(3):
        rows.keep([service.ref])
    row = again(service)
    assert (row.phase, row.reason_code) == (Phase.UNKNOWN, "NoAnswer")
    assert again(failed).phase is Phase.FAILED

    mirror.silent = False
    mirror.shows = {service.ref: RUNS, failed.ref: Observation(state=Observed.FAILED)}
    rows.keep([])
    assert again(service).phase is Phase.RUNNING


def test_while_a_new_leader_looks_through_a_large_cluster_rows_say_what_they_said(
    launched: Callable[..., Service], mirror: MemoryMirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = launched(observed=Observed.RUNNING.value, step="")
    monkeypatch.setattr(mirroring, "BLIND_AFTER", 0.0)
    mirror.silent = True
    rows = Rows(mirror)
    for _ in range(3):
        rows.keep([service.ref])
    assert again(service).phase is Phase.RUNNING

    monkeypatch.setattr(mirroring, "BLIND_AT_FIRST_AFTER", 0.0)
    rows.keep([])
    assert again(service).phase is Phase.UNKNOWN


def test_a_short_silence_changes_nothing(
    launched: Callable[..., Service], mirror: MemoryMirror, rows: Rows
) -> None:
    service = launched(observed=Observed.RUNNING.value, step="")
    mirror.silent = True
    rows.keep([service.ref])
    assert again(service).phase is Phase.RUNNING


NO_ROOM = Reason(code="InsufficientCpu", message="No machine has it.")


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(RUNS, id="all run"),
        pytest.param(
            Observation(state=Observed.STARTING, step=Step.SCHEDULING, reason=NO_ROOM),
            id="all wait",
        ),
        pytest.param(Observation(state=Observed.FAILED), id="all give back what they held"),
        pytest.param(Observation(state=Observed.PAUSED), id="all need a worker"),
    ],
)
def test_what_changes_together_takes_no_more_queries_than_one(
    seen: Observation, launched: Callable[..., Service], mirror: MemoryMirror, rows: Rows
) -> None:
    Quota.objects.update(limit_cpu=10**6, limit_services=10**6)

    def queries(*names: str) -> int:
        services = [launched(name, observed=Observed.RUNNING.value, step="") for name in names]
        for service in services:
            metering.keep(service.pk)
            note_change(service)
        mirror.shows = {service.ref: seen for service in services}
        with CaptureQueriesContext(connection) as asked:
            rows.keep(list(mirror.shows))
        assert {again(service).observed for service in services} == {seen.state.value}
        return len(asked)

    one = queries("alone")
    assert queries(*(f"web-{number}" for number in range(MOST_AT_ONCE))) == one


def test_what_fails_together_gives_back_what_each_held(
    launched: Callable[..., Service], mirror: MemoryMirror, rows: Rows, acme: Tenant
) -> None:
    services = [launched(f"web-{number}") for number in range(3)]
    stays = launched("stays")
    metering.keep(*(service.pk for service in (*services, stays)))
    mirror.shows = {service.ref: Observation(state=Observed.FAILED) for service in services}
    mirror.shows[stays.ref] = RUNS
    rows.keep(list(mirror.shows))
    assert drift(acme) == {}
    assert list(metering.drift()) == []
    open_ones = UsageInterval.objects.open().filter(holding="compute")
    assert [row.service for row in open_ones] == ["stays"]
    assert ServiceEvent.objects.count() == 4


def test_what_crashes_keeps_what_it_holds_as_long_as_its_pods_are_there(
    launched: Callable[..., Service], mirror: MemoryMirror, rows: Rows, acme: Tenant
) -> None:
    service = launched()
    metering.keep(service.pk)
    for takes_room in (True, False, True):
        mirror.shows[service.ref] = Observation(state=Observed.FAILED, takes_room=takes_room)
        for _ in range(2):
            rows.keep([service.ref])
        assert again(service).phase is Phase.FAILED
        assert again(service).holds_compute is takes_room
        assert drift(acme) == {}
        assert list(metering.drift()) == []


def test_the_time_in_a_phase_is_measured_for_each_of_many(
    launched: Callable[..., Service], mirror: MemoryMirror, rows: Rows
) -> None:
    services = [launched(f"web-{number}") for number in range(3)]
    for seconds, service in enumerate(services, start=1):
        note_change(service)
        other = Reason(code="StartingUp", message="It starts.")
        save_seen(service, Observation(state=Observed.STARTING, step=Step.STARTING, reason=other))
        lines = ServiceEvent.objects.filter(service_id=service.pk)
        lines.update(at=now() - seconds * 100 * SECONDS)
    lines = ServiceEvent.objects.filter(phase="starting")
    assert lines.count() == 6
    before = seconds_in("starting")
    with TestCase.captureOnCommitCallbacks(execute=True):
        mirror.shows = {service.ref: RUNS for service in services}
        rows.keep(list(mirror.shows))
    spent = seconds_in("starting") - before
    assert spent == pytest.approx(100 + 200 + 300, abs=60)
