"""The order of a start, and how one is broken off."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.console import Console

from datalab.embedded.health import Announced
from datalab.embedded.installation import Installation
from datalab.embedded.parts import Part, Step
from datalab.embedded.screen import Rows
from datalab.embedded.start import Failure, Start, ready, take_step
from datalab.embedded.supervision import PartState, Running, Supervisor


class Started(Supervisor):
    """Starts nothing: remembers the order, and says that all runs but what is `broken`."""

    def __init__(self, *, broken: str = "") -> None:
        self.order: list[str] = []
        self.broken = broken

    def start(self, name: str) -> None:
        self.order.append(name)

    def all(self) -> Mapping[str, Running]:
        return {name: self._running(name) for name in self.order}

    def _running(self, name: str) -> Running:
        state = PartState.FATAL if name == self.broken else PartState.RUNNING
        return Running(name=name, state=state, pid=7, exit_status=0, started=1, stopped=0, starts=1)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    installation = Installation(state=tmp_path / "state", port=1)
    installation.prepare()
    return installation


def part(installation: Installation, name: str, *after: str) -> Part:
    file = installation.run / "ready.json"
    file.write_text('{"pid": 7}')
    return Part(name=name, title=name, command=[], health=Announced(file=file), after=after)


def run(installation: Installation, supervisor: Started, *works: Part | Step) -> None:
    rows = Rows(Console(quiet=True), {work.name: work.title for work in works})
    Start(installation, supervisor, environment={}, rows=rows).run(works)


def test_each_part_starts_after_what_it_needs(installation: Installation) -> None:
    supervisor = Started()
    run(
        installation,
        supervisor,
        part(installation, "door", "page", "gate"),
        part(installation, "page", "store"),
        part(installation, "gate"),
        part(installation, "store"),
    )
    order = supervisor.order
    assert order.index("store") < order.index("page") < order.index("door")
    assert order.index("gate") < order.index("door")


def test_what_needs_nothing_of_each_other_is_ready_at_once(installation: Installation) -> None:
    works = [part(installation, "a"), part(installation, "b"), part(installation, "c", "a")]
    assert [one.name for one in ready(works, set())] == ["a", "b"]
    assert [one.name for one in ready(works[2:], {"a"})] == ["c"]


def test_what_needs_a_part_that_fails_is_not_started(installation: Installation) -> None:
    supervisor = Started(broken="store")
    with pytest.raises(Failure, match="does not start"):
        run(
            installation,
            supervisor,
            part(installation, "store"),
            part(installation, "page", "store"),
        )
    assert supervisor.order == ["store"]


def test_a_need_that_nobody_meets_is_a_mistake_of_ours(installation: Installation) -> None:
    with pytest.raises(ValueError, match="page wait for what is not there"):
        run(installation, Started(), part(installation, "page", "store"))


def test_a_step_that_fails_shows_its_last_lines(installation: Installation) -> None:
    with pytest.raises(Failure, match="KeyError: 'no-such-step'"):
        take_step(installation, Step(name="no-such-step", title="A step"), {})


def test_a_step_that_takes_too_long_is_ended(installation: Installation) -> None:
    with pytest.raises(Failure, match="not done after 0 s"):
        take_step(installation, Step(name="helm", title="A step", seconds=0), {})


def test_a_step_that_is_no_longer_wanted_is_ended(installation: Installation) -> None:
    with pytest.raises(Failure, match="broken off"):
        take_step(installation, Step(name="helm", title="A step"), {}, wanted=lambda: False)
