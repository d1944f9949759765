"""What runs although the quota has no room for it: an operator lowered a limit, it got up by itself."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from datalab.accounts.models import User
from datalab.core.quantities import Resource
from datalab.launcher.drift import drift
from datalab.launcher.lifecycle import Phase
from datalab.launcher.mirroring import Rows
from datalab.launcher.models import Service, ServiceEvent
from datalab.launcher.reconcile import reconcile, release_for
from datalab.launcher.tasks import reconcile_service
from datalab.launcher.unreserved import BEYOND_QUOTA
from datalab.providers.cluster.base import Observation, Observed, Reason, Step
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.quotas.claim import Claim
from datalab.quotas.reserve import give_back, reserve
from datalab.tenants.models import Tenant
from tests.fakes.mirror import MemoryMirror
from tests.unit.launcher.making import notebook

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUNS = Observation(state=Observed.RUNNING)
PULLS = Observation(
    state=Observed.STARTING,
    step=Step.PREPARING,
    reason=Reason(code="ImagePulling", message="Its image is being fetched."),
)
STARTS = Observation(state=Observed.STARTING, step=Step.STARTING)
MANY = 10


@pytest.fixture
def everything(acme: Tenant, bob: User) -> Claim:
    claim = Claim(owner_id=bob.pk, amounts={Resource.CPU: 8000})
    reserve(acme, claim)
    return claim


@pytest.fixture
def service(acme: Tenant, bob: User) -> Service:
    """It had failed, and gave back what it held."""
    reserve(acme, Claim(owner_id=bob.pk, amounts={Resource.SERVICES: 1}))
    failed = {"observed": Observed.FAILED.value, "reason_code": "CrashLoop"}
    return notebook(acme, bob, applied_generation=1, **failed)


@pytest.fixture
def runtime(service: Service) -> MemoryRuntime:
    runtime = MemoryRuntime()
    runtime.ensure_namespace(service.ref.namespace, quota={})
    runtime.apply(release_for(service))
    return runtime


def again(service: Service) -> Service:
    return Service.objects.select_related("tenant", "owner").get(pk=service.pk)


def lines(service: Service) -> list[tuple[str, str]]:
    events = ServiceEvent.objects.filter(service_id=service.pk).order_by("id")
    return list(events.values_list("phase", "reason_code"))


@pytest.fixture
def sweep(
    service: Service, runtime: MemoryRuntime, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Observation], int]:
    """Both look at it, who follows the mirror and the worker it calls: how often it called."""
    woken: list[str] = []
    monkeypatch.setattr(reconcile_service, "delay", woken.append)
    monkeypatch.setattr("datalab.launcher.mirroring.after_commit", lambda act, *given: act(*given))
    mirror = MemoryMirror()
    rows = Rows(mirror)

    def sweep(seen: Observation) -> int:
        woken.clear()
        mirror.shows[service.ref] = seen
        runtime.show(service.ref, seen)
        rows.keep([service.ref])
        calls = len(woken)
        reconcile(again(service), runtime, now=NOW)
        # As if the next look were long after.
        Service.objects.filter(pk=service.pk).update(check_after=None)
        return calls

    return sweep


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize(
    ("seen", "phase", "reason"),
    [
        pytest.param(RUNS, Phase.RUNNING, BEYOND_QUOTA, id="runs"),
        pytest.param(STARTS, Phase.STARTING, BEYOND_QUOTA, id="starts"),
        pytest.param(PULLS, Phase.PREPARING, "ImagePulling", id="says itself what it waits for"),
    ],
)
def test_what_goes_on_without_room_is_told_once_and_stays_as_it_is(
    seen: Observation,
    phase: Phase,
    reason: str,
    service: Service,
    sweep: Callable[[Observation], int],
) -> None:
    sweep(seen)
    told = lines(service)
    assert told[-1] == (phase, reason)
    assert len(told) <= 2
    for _ in range(MANY):
        sweep(seen)
        row = again(service)
        assert (row.phase, row.reason_code, row.holds_compute) == (phase, reason, False)
    assert lines(service) == told


@pytest.mark.usefixtures("everything")
def test_who_follows_the_cluster_calls_no_worker_to_it_again(
    service: Service, sweep: Callable[[Observation], int]
) -> None:
    assert [sweep(RUNS) for _ in range(3)] == [1, 0, 0]


@pytest.mark.usefixtures("everything")
def test_it_is_said_what_to_do_and_the_figures_are_a_click_away(
    service: Service, sweep: Callable[[Observation], int]
) -> None:
    sweep(RUNS)
    row = again(service)
    assert "Pause or remove" in row.reason_message
    assert "cpu: 1 asked" in row.reason_raw
    assert row.error_code == ""


def test_it_takes_its_reservation_as_soon_as_there_is_room(
    service: Service, acme: Tenant, everything: Claim, sweep: Callable[[Observation], int]
) -> None:
    sweep(RUNS)
    give_back(acme, everything)
    for _ in range(MANY):
        sweep(RUNS)
    row = again(service)
    assert (row.phase, row.reason_code, row.holds_compute) == (Phase.RUNNING, "", True)
    assert lines(service)[-1] == ("running", "")
    assert drift(acme) == {}


@pytest.mark.usefixtures("everything")
def test_it_is_looked_at_again_soon(service: Service, runtime: MemoryRuntime) -> None:
    runtime.show(service.ref, RUNS)
    reconcile(again(service), runtime, now=NOW)
    assert again(service).check_after == NOW + timedelta(seconds=30)


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(Observation(state=Observed.PAUSED), id="scaled to 0 by hand"),
        pytest.param(Observation(state=Observed.STARTING), id="a part was deleted"),
        pytest.param(Observation(state=Observed.ABSENT), id="deleted by hand"),
    ],
)
def test_what_would_have_to_be_started_is_not_and_that_is_told_once(
    seen: Observation,
    service: Service,
    runtime: MemoryRuntime,
    sweep: Callable[[Observation], int],
) -> None:
    Service.objects.update(observed=Observed.RUNNING.value, reason_code="")
    sweep(seen)
    told = lines(service)
    assert told[-1] == ("failed", "quota_exceeded")
    for _ in range(MANY):
        sweep(seen)
    assert lines(service) == told
    assert runtime.starts[service.ref] == 1


@pytest.mark.usefixtures("everything")
def test_what_was_refused_for_want_of_room_and_runs_all_the_same_is_said_to_run(
    service: Service, sweep: Callable[[Observation], int]
) -> None:
    Service.objects.update(observed=Observed.RUNNING.value, reason_code="")
    sweep(Observation(state=Observed.PAUSED))
    sweep(RUNS)
    assert lines(service)[-1] == ("running", BEYOND_QUOTA)


@pytest.mark.usefixtures("everything")
def test_a_change_that_there_is_no_room_for_is_refused_for_good_and_not_swallowed(
    service: Service, sweep: Callable[[Observation], int]
) -> None:
    Service.objects.filter(pk=service.pk).wake(NOW)
    for _ in range(MANY):
        sweep(RUNS)
    row = again(service)
    assert (row.phase, row.reason_code, row.refused) == (Phase.FAILED, "quota_exceeded", True)
    assert len(lines(service)) <= 3
