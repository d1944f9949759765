from datetime import UTC, datetime, timedelta

import pytest

from datalab.accounts.models import User
from datalab.core.errors import ProviderRefused
from datalab.core.quantities import Resource
from datalab.launcher.drift import mend_drift
from datalab.launcher.lifecycle import Phase, Wanted
from datalab.launcher.models import Service, ServiceEvent
from datalab.launcher.reconcile import reconcile
from datalab.providers.cluster.base import Observation, Observed, Reason, Release, ReleaseRef, Step
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.quotas.claim import Claim
from datalab.quotas.reserve import give_back, reserve
from datalab.tenants import quota
from datalab.tenants.models import Tenant
from tests.fakes.runtimes import BlindRuntime, DownRuntime
from tests.unit.launcher.making import notebook

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GI = 1024**3


@pytest.fixture
def service(acme: Tenant, bob: User) -> Service:
    amounts = {Resource.CPU: 1000, Resource.MEMORY: GI, Resource.STORAGE: GI, Resource.SERVICES: 1}
    reserve(acme, Claim(owner_id=bob.pk, amounts=amounts))
    return notebook(acme, bob, holds_compute=True, memory=GI, storage=GI)


@pytest.fixture
def runtime(acme: Tenant) -> MemoryRuntime:
    runtime = MemoryRuntime()
    runtime.ensure_namespace(acme.namespace, quota={})
    return runtime


def again(service: Service) -> Service:
    return Service.objects.select_related("tenant").get(pk=service.pk)


def used_cpu(service: Service) -> int:
    return quota.quota_of(service.tenant).used[Resource.CPU]


def test_a_launched_service_runs_after_one_round(service: Service, runtime: MemoryRuntime) -> None:
    reconcile(service, runtime, now=NOW)
    assert again(service).phase is Phase.RUNNING


def test_an_outage_does_not_swallow_a_change(service: Service) -> None:
    reconcile(service, BlindRuntime(), now=NOW)
    assert again(service).changed


def test_an_outage_is_told_and_retried_soon(service: Service) -> None:
    reconcile(service, DownRuntime(), now=NOW)
    service = again(service)
    assert (service.error_code, service.reason_code) == ("provider_unavailable", "NoAnswer")
    assert service.check_after is not None
    assert NOW < service.check_after <= NOW + timedelta(seconds=30)
    assert used_cpu(service) == 1000


def test_a_service_waits_for_its_tenant_and_says_so(
    service: Service, runtime: MemoryRuntime
) -> None:
    """On a slow machine a launch overtakes the tenant's own reconciler."""
    Tenant.objects.update(provisioned=False)
    service = again(service)
    reconcile(service, runtime, now=NOW)
    service = again(service)
    assert service.phase is Phase.QUEUED
    assert service.reason_code == "tenant_not_ready"
    assert service.check_after is not None
    assert service.check_after <= NOW + timedelta(seconds=2)
    assert runtime.observe(service.ref).state is Observed.ABSENT

    Tenant.objects.update(provisioned=True)
    reconcile(again(service), runtime, now=NOW)
    assert again(service).phase is Phase.RUNNING


class RefusingRuntime(MemoryRuntime):
    def apply(self, release: Release) -> None:
        raise ProviderRefused("The kind CronJob cannot run here.", provider="cluster")


def test_what_cannot_be_created_fails_with_its_reason_and_gives_back(service: Service) -> None:
    reconcile(service, RefusingRuntime(), now=NOW)
    service = again(service)
    assert (service.phase, service.reason_message) == (
        Phase.FAILED,
        "The kind CronJob cannot run here.",
    )
    assert used_cpu(service) == 0


def test_only_one_worker_takes_a_service(service: Service) -> None:
    assert Service.objects.claim(service.pk, NOW)
    assert not Service.objects.claim(service.pk, NOW)


class ClickingUserRuntime(MemoryRuntime):
    """While the runtime is busy, the user changes their mind."""

    def observe(self, ref: ReleaseRef) -> Observation:
        Service.objects.filter(name=ref.name).wake(NOW)
        return Observation(state=Observed.RUNNING)


def test_a_change_made_during_a_slow_call_stays_due(service: Service, acme: Tenant) -> None:
    runtime = ClickingUserRuntime()
    runtime.ensure_namespace(acme.namespace, quota={})
    reconcile(service, runtime, now=NOW)
    assert service in Service.objects.due(NOW)


def test_a_paused_service_gives_back_what_it_does_not_need(
    service: Service, runtime: MemoryRuntime
) -> None:
    reconcile(service, runtime, now=NOW)
    Service.objects.filter(pk=service.pk).update(wanted=Wanted.PAUSED.value)
    Service.objects.filter(pk=service.pk).wake(NOW)
    reconcile(again(service), runtime, now=NOW)
    used = quota.quota_of(service.tenant).used
    assert again(service).phase is Phase.PAUSED
    assert (used[Resource.CPU], used[Resource.MEMORY], used[Resource.STORAGE]) == (0, 0, GI)


def test_a_crashed_service_gives_back_and_says_why(
    service: Service, runtime: MemoryRuntime
) -> None:
    reconcile(service, runtime, now=NOW)
    reason = Reason(code="OutOfMemory", message="It used more than its 1Gi of memory.")
    runtime.show(service.ref, Observation(state=Observed.FAILED, reason=reason))
    reconcile(again(service), runtime, now=NOW)
    assert (again(service).phase, again(service).reason_code) == (Phase.FAILED, "OutOfMemory")
    assert used_cpu(service) == 0


CRASHES = Observation(
    state=Observed.FAILED,
    reason=Reason(code="CrashLoop", message="It ended 3 times in a row."),
    takes_room=True,
)


def test_what_crashes_again_and_again_keeps_what_the_cluster_still_counts(
    service: Service, runtime: MemoryRuntime
) -> None:
    reconcile(service, runtime, now=NOW)
    runtime.show(service.ref, CRASHES)
    for _ in range(2):
        reconcile(again(service), runtime, now=NOW)
    assert again(service).phase is Phase.FAILED
    assert used_cpu(service) == 1000
    Service.objects.filter(pk=service.pk).update(wanted=Wanted.PAUSED.value)
    Service.objects.filter(pk=service.pk).wake(NOW)
    reconcile(again(service), runtime, now=NOW)
    assert used_cpu(service) == 0


def test_what_crashes_without_its_reservation_takes_it_again_where_there_is_room(
    service: Service, runtime: MemoryRuntime
) -> None:
    reconcile(service, runtime, now=NOW)
    runtime.show(service.ref, Observation(state=Observed.FAILED))
    reconcile(again(service), runtime, now=NOW)
    assert used_cpu(service) == 0
    runtime.show(service.ref, CRASHES)
    everything = Claim(owner_id=service.owner_id, amounts={Resource.CPU: 8000})
    reserve(service.tenant, everything)
    reconcile(again(service), runtime, now=NOW)
    assert (again(service).reason_code, used_cpu(service)) == ("CrashLoop", 8000)
    give_back(service.tenant, everything)
    reconcile(again(service), runtime, now=NOW)
    assert (again(service).reason_code, used_cpu(service)) == ("CrashLoop", 1000)


class RefusingChanges(MemoryRuntime):
    def apply(self, release: Release) -> None:
        if release.ref in self.applied:
            raise ProviderRefused("The cluster says no.", provider="cluster")
        super().apply(release)


def test_what_is_not_changed_goes_on_and_keeps_its_reservation(
    service: Service, acme: Tenant
) -> None:
    runtime = RefusingChanges()
    runtime.ensure_namespace(acme.namespace, quota={})
    reconcile(service, runtime, now=NOW)
    Service.objects.filter(pk=service.pk).wake(NOW)
    reconcile(again(service), runtime, now=NOW)
    assert again(service).phase is Phase.FAILED
    assert used_cpu(service) == 1000


def test_what_gets_up_again_by_itself_takes_its_reservation_again(
    service: Service, runtime: MemoryRuntime
) -> None:
    reconcile(service, runtime, now=NOW)
    runtime.show(service.ref, Observation(state=Observed.FAILED))
    reconcile(again(service), runtime, now=NOW)
    assert used_cpu(service) == 0
    runtime.show(service.ref, Observation(state=Observed.RUNNING))
    reconcile(again(service), runtime, now=NOW)
    assert again(service).phase is Phase.RUNNING
    assert used_cpu(service) == 1000


def test_a_failed_service_that_the_runtime_forgot_stays_failed(
    service: Service, runtime: MemoryRuntime
) -> None:
    reconcile(service, runtime, now=NOW)
    reason = Reason(code="Exited", message="It ended with exit code 1.")
    runtime.show(service.ref, Observation(state=Observed.FAILED, reason=reason))
    reconcile(again(service), runtime, now=NOW)
    runtime.show(service.ref, Observation(state=Observed.ABSENT))
    reconcile(again(service), runtime, now=NOW)
    assert (again(service).phase, again(service).reason_code) == (Phase.FAILED, "Exited")


def test_nothing_is_started_without_its_reservation(
    service: Service, runtime: MemoryRuntime
) -> None:
    Service.objects.filter(pk=service.pk).update(holds_compute=False)
    give_back(service.tenant, service.compute_claim)
    reserve(service.tenant, Claim(owner_id=service.owner_id, amounts={Resource.CPU: 8000}))
    reconcile(again(service), runtime, now=NOW)
    assert (again(service).phase, again(service).reason_code) == (Phase.FAILED, "quota_exceeded")
    assert service.ref not in runtime.applied


def test_a_removed_service_is_forgotten_once_absent_and_gives_all_back(
    service: Service, runtime: MemoryRuntime
) -> None:
    reconcile(service, runtime, now=NOW)
    Service.objects.filter(pk=service.pk).update(wanted=Wanted.REMOVED.value)
    Service.objects.filter(pk=service.pk).wake(NOW)
    reconcile(again(service), runtime, now=NOW)
    reconcile(again(service), runtime, now=NOW)
    assert not Service.objects.filter(pk=service.pk).exists()
    assert set(quota.quota_of(service.tenant).used.values()) == {0}


def test_a_service_whose_version_left_the_catalogue_can_still_be_paused(
    service: Service, runtime: MemoryRuntime
) -> None:
    reconcile(service, runtime, now=NOW)
    row = Service.objects.filter(pk=service.pk)
    row.update(version="0.0.1", kept=None, wanted=Wanted.PAUSED.value)
    Service.objects.filter(pk=service.pk).wake(NOW)
    reconcile(again(service), runtime, now=NOW)
    assert again(service).phase is Phase.PAUSED


def test_progress_is_one_line_of_the_timeline_for_each_visible_change(
    service: Service, runtime: MemoryRuntime
) -> None:
    reconcile(service, runtime, now=NOW)
    for fraction in (0.1, 0.1, 0.2):
        seen = Observation(state=Observed.STARTING, step=Step.STARTING, progress=fraction)
        runtime.show(service.ref, seen)
        reconcile(again(service), runtime, now=NOW)
    events = ServiceEvent.objects.filter(service_id=service.id).order_by("id")
    assert [event.progress for event in events] == [None, 0.1, 0.2]


def test_drift_between_counters_and_rows_is_found_and_mended(service: Service) -> None:
    reserve(service.tenant, Claim(owner_id=service.owner_id, amounts={Resource.CPU: 500}))
    assert mend_drift(service.tenant) == {"cpu": 500}
    assert mend_drift(service.tenant) == {}
    assert used_cpu(service) == 1000
