import threading
from collections.abc import Generator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import now

from datalab.accounts.models import User
from datalab.core.errors import ProviderUnavailable
from datalab.launcher import watch as watching
from datalab.launcher.leading import NAME, somebody_watches
from datalab.launcher.lifecycle import LATER, RARELY, Phase, Wanted
from datalab.launcher.models import Lease, Service
from datalab.launcher.tasks import reconcile_due_services
from datalab.launcher.watch import watch
from datalab.providers import registry
from datalab.providers.cluster.base import Observation, Observed, Release, ReleaseRef
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.tenants.models import Tenant
from tests.fakes.mirror import MemoryMirror

pytestmark = pytest.mark.django_db(transaction=True)

RUNS = Observation(state=Observed.RUNNING)


@pytest.fixture
def stop(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    monkeypatch.setattr(watching, "RETRY_AFTER", 0.0)
    return threading.Event()


@pytest.fixture
def service(acme: Tenant, bob: User) -> Service:
    return Service.objects.create(
        tenant=acme,
        owner=bob,
        name="web",
        host="web-acme",
        wanted=Wanted.RUNNING.value,
        observed=Observed.STARTING.value,
        applied_generation=1,
        holds_compute=True,
        check_after=now() + RARELY,
    )


def phase(service: Service) -> Phase:
    return Service.objects.select_related("tenant").get(pk=service.pk).phase


class Once(MemoryMirror):
    """Sets `stop` when all that it shows has been told."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__()
        self._over = stop

    def changes(self) -> Generator[ReleaseRef | None, None, None]:
        yield from super().changes()
        self._over.set()
        yield None


@pytest.fixture
def runtime(stop: threading.Event) -> MemoryRuntime:
    runtime = MemoryRuntime()
    mirror = Once(stop)
    runtime.mirror = lambda: mirror  # type: ignore[method-assign,assignment]
    return runtime


def test_the_leader_writes_down_what_the_mirror_shows(
    service: Service, runtime: Any, stop: threading.Event
) -> None:
    runtime.mirror().shows[service.ref] = RUNS
    watch(runtime, stop)
    assert phase(service) is Phase.RUNNING
    assert not somebody_watches(now() + timedelta(seconds=1))  # it has given the lease back


def test_who_does_not_lead_writes_nothing(
    service: Service, runtime: Any, stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOKS_EVERY", 0.01)
    Lease.objects.take(NAME, "another", now())
    runtime.mirror().shows[service.ref] = RUNS
    threading.Timer(0.2, stop.set).start()
    watch(runtime, stop)
    assert phase(service) is Phase.QUEUED


def test_a_runtime_that_is_cheap_to_ask_is_followed_without_a_lease(
    service: Service, stop: threading.Event
) -> None:
    runtime = registry.cluster_runtime()
    assert isinstance(runtime, MemoryRuntime)
    runtime.applied[service.ref] = Release(
        ref=service.ref, chart=Path("web"), version="1", values={}
    )
    runtime.show(service.ref, RUNS)

    def changes() -> Iterator[ReleaseRef | None]:
        yield service.ref
        stop.set()
        yield None

    runtime.changes = changes  # type: ignore[method-assign]
    watch(runtime, stop)
    assert phase(service) is Phase.RUNNING
    assert not Lease.objects.exists()


def test_a_cluster_that_does_not_answer_is_tried_again(
    service: Service, runtime: Any, stop: threading.Event
) -> None:
    mirror = runtime.mirror()
    mirror.shows[service.ref] = RUNS
    tries: list[int] = []

    def at_first_silent() -> MemoryMirror:
        tries.append(1)
        if len(tries) < 3:
            raise ProviderUnavailable("The cluster does not answer.", provider="cluster")
        found: MemoryMirror = mirror
        return found

    runtime.mirror = at_first_silent
    watch(runtime, stop)
    assert phase(service) is Phase.RUNNING


@pytest.mark.parametrize("held", [True, False])
def test_without_a_watcher_everything_is_looked_at_sooner(service: Service, held: bool) -> None:
    if held:
        Lease.objects.take(NAME, "another", now())
    reconcile_due_services()
    service.refresh_from_db()
    assert service.check_after is not None
    assert (service.check_after > now() + LATER) is held
