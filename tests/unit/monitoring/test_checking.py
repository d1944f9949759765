"""Parts are asked side by side, each with its own time-out, and not more often than needed."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils.timezone import now
from pytest_django import Settings

from datalab.core.delivery import Delivery
from datalab.monitoring import checking, parts
from datalab.monitoring.beating import beat
from datalab.monitoring.checking import Checks, Seen, State
from datalab.monitoring.models import Heartbeat, note
from datalab.monitoring.parts import Part, all_parts
from datalab.providers import registry
from tests.fakes.health import Stuck, down, failing, part

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def checks_of(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Callable[[], Sequence[Part]]], Checks]]:
    """With patience: a busy machine is not what is tested here."""
    monkeypatch.setattr(checking, "SLOW_AFTER", 60)
    made: list[Checks] = []

    def patient() -> list[Part]:
        return [replace(one, within=30) for one in all_parts()]

    def make(some: Callable[[], Sequence[Part]] = patient) -> Checks:
        made.append(Checks(some, clock=clock))
        return made[-1]

    yield make
    for one in made:
        one.close()


MakeChecks = Callable[..., Checks]


def by_name(seen: Sequence[Seen]) -> dict[str, Seen]:
    return {one.part.name: one for one in seen}


def all_alive() -> None:
    beat("worker", started_at=now())
    beat("gate", started_at=now())
    note("queue", at=now(), started_at=now(), version="1", lag=0.1)


def test_where_all_works_all_say_so(checks_of: MakeChecks) -> None:
    all_alive()
    seen = by_name(checks_of().look())
    assert {one.state for one in seen.values()} == {State.WORKING}
    assert set(seen) == {
        *("database", "worker", "queue", "gate", "cluster", "secrets", "objects", "identity")
    }
    assert seen["worker"].remark.startswith("1 worker, last heard")


@pytest.mark.parametrize("delivery", Delivery)
def test_that_secrets_are_copied_into_the_cluster_is_said_where_they_are(
    checks_of: MakeChecks, settings: Settings, delivery: Delivery
) -> None:
    settings.SECRET_DELIVERY = delivery
    said = by_name(checks_of().look())["secrets"].remark
    assert ("etcd" in said) == (delivery is not Delivery.INJECTOR)


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        pytest.param("cluster", registry.cluster_runtime, id="runtime"),
        pytest.param("secrets", registry.secret_store, id="secret store"),
        pytest.param("objects", registry.object_store, id="object store"),
        pytest.param("identity", registry.identity_provider, id="identity provider"),
    ],
)
def test_an_outside_system_that_is_down_is_named_and_no_other(
    name: str,
    provider: Callable[[], object],
    checks_of: MakeChecks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    all_alive()
    monkeypatch.setattr(type(provider()), "ping", lambda _self: down(name)())
    seen = checks_of().look()
    assert [one.part.name for one in seen if one.state is State.FAILING] == [name]
    assert by_name(seen)[name].error == "It does not answer."


@pytest.mark.parametrize(
    ("name", "silence"),
    [
        pytest.param("worker", lambda: _older("worker:"), id="worker was killed"),
        pytest.param("gate", lambda: _older("gate:"), id="gate was killed"),
        pytest.param("queue", lambda: _older("queue"), id="clock or broker stands still"),
        pytest.param(
            "queue",
            lambda: note("queue", at=now(), started_at=now(), version="1", lag=60),
            id="tasks come late",
        ),
    ],
)
def test_a_part_without_a_sign_of_life_is_named(
    name: str, silence: Callable[[], None], checks_of: MakeChecks
) -> None:
    all_alive()
    silence()
    seen = checks_of().look()
    assert [one.part.name for one in seen if one.state is State.FAILING] == [name]


def _older(prefix: str) -> None:
    late = now() - parts.SILENT_AFTER - timedelta(seconds=1)
    Heartbeat.objects.filter(part__startswith=prefix).update(at=late)


def test_without_the_database_nothing_is_guessed(
    checks_of: MakeChecks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_database(*_: object, **__: object) -> None:
        raise OperationalError("could not connect to 10.0.0.7")

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", no_database)
    seen = by_name(checks_of().look())
    assert {n for n, one in seen.items() if one.state is State.FAILING} == {
        *("database", "worker", "queue", "gate")
    }
    assert "10.0.0.7" not in " ".join(one.error for one in seen.values())


def test_a_part_that_hangs_holds_up_nobody_and_is_asked_once(
    checks_of: MakeChecks, clock: Clock
) -> None:
    stuck = Stuck()
    checks = checks_of(lambda: [part("stuck", stuck, within=0.05), part("fine")])
    began = time.monotonic()
    checks.look()
    clock.at += 60
    seen = by_name(checks.look())
    assert time.monotonic() - began < 9
    assert seen["fine"].state is State.WORKING
    assert seen["stuck"].state is State.FAILING
    assert stuck.asked == 1
    stuck.let_go.set()


def test_any_number_of_probes_is_one_round(checks_of: MakeChecks, clock: Clock) -> None:
    asked: list[int] = []

    def check() -> str:
        asked.append(1)
        return ""

    checks = checks_of(lambda: [part("one", check)])
    for _ in range(100):
        checks.look()
    assert len(asked) == 1
    clock.at += 6
    checks.look()
    assert len(asked) == 2


def test_since_when_is_kept_until_the_state_changes(checks_of: MakeChecks, clock: Clock) -> None:
    answers = [part("one", failing("Broken.")), part("one", failing("Still.")), part("one")]
    checks = checks_of(lambda: [answers.pop(0)])
    looks = []
    for _ in range(3):
        looks.append(checks.look()[0])
        clock.at += 60
    assert looks[0].since == looks[1].since < looks[2].since
    assert looks[1].error == "Still."


def test_a_check_that_breaks_is_that_parts_trouble_alone(checks_of: MakeChecks) -> None:
    checks = checks_of(lambda: [part("broken", lambda: str(1 / 0)), part("fine")])
    seen = by_name(checks.look())
    assert (seen["broken"].state, seen["fine"].state) == (State.FAILING, State.WORKING)
    assert "division" not in seen["broken"].error
