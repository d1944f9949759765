"""supervisord under our own main: what ends is started again, and nothing of it is left over."""

import json
import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from datalab.embedded.health import Announced
from datalab.embedded.installation import Installation
from datalab.embedded.parts import Part
from datalab.embedded.processes import identify
from datalab.embedded.screen import Rows
from datalab.embedded.start import Failure, Start
from datalab.embedded.supervise import ENVIRONMENTS, move_aside
from datalab.embedded.supervision import NotRunning, PartState, Supervisor

pytestmark = pytest.mark.embedded

ANNOUNCE = """
import json, os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
pathlib.Path(os.environ["FILE"]).write_text(json.dumps({"pid": os.getpid(), "child": child.pid}))
time.sleep(300)
"""


SHOW = """
import json, os, pathlib, time
file = pathlib.Path(os.environ["FILE"])
told = {name: value for name, value in os.environ.items() if name.startswith("TOLD_")}
file.write_text(json.dumps({"pid": os.getpid(), **told}))
time.sleep(300)
"""
TOLD = {
    "TOLD_JSON": '[{"namespace": "vault", "ports": [8200]}, {"cidr": "10.1.2.0/24"}]',
    "TOLD_QUOTES": "'single' \"double\" `both` '\"",
    "TOLD_PERCENT": "100% %s %(here)s %%",
    "TOLD_COMMA": "a,b,KEY=value,",
    "TOLD_BACKSLASH": "C:\\new\\",
    "TOLD_COMMENT": "a ; b # c",
    "TOLD_SPACES": "  both sides  ",
    "TOLD_LINES": "first\nsecond\n\n[program:x]\ncommand = true\n",
    "TOLD_LETTERS": "Zoë 東京",
    "TOLD_EMPTY": "",
    "TOLD_ALL": "".join(map(chr, range(1, 127))),
}


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    installation = Installation(state=tmp_path / "state", port=1)
    installation.prepare()
    return installation


@pytest.fixture
def supervisor(installation: Installation) -> Iterator[Supervisor]:
    supervisor = Supervisor(installation)
    yield supervisor
    supervisor.finish()
    supervisor.end_left_behind()


def part(installation: Installation, name: str = "part", program: str = ANNOUNCE) -> Part:
    file, script = installation.run / f"{name}.json", installation.run / f"{name}.py"
    script.write_text(program)
    return Part(
        name=name,
        title=name.capitalize(),
        command=[sys.executable, str(script)],
        environment={"FILE": str(file)},
        health=Announced(file=file),
    )


def start(installation: Installation, supervisor: Supervisor, *parts: Part) -> None:
    supervisor.begin(parts, [])
    rows = Rows(Console(quiet=True), {one.name: one.title for one in parts})
    Start(installation, supervisor, environment={}, rows=rows).run(parts)


def announced(installation: Installation, name: str = "part") -> dict[str, int]:
    said: dict[str, int] = json.loads((installation.run / f"{name}.json").read_text())
    return said


def until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    found = identify(pid)
    return found is not None and found.is_alive


def test_a_killed_part_is_started_again_counted_and_swept(
    installation: Installation, supervisor: Supervisor
) -> None:
    start(installation, supervisor, part(installation))
    first = announced(installation)
    assert supervisor.all()["part"].starts == 1
    os.kill(first["pid"], signal.SIGKILL)
    until(lambda: supervisor.all()["part"].pid not in {0, first["pid"]})
    assert supervisor.all()["part"].starts == 2
    # A server's child would keep the port.
    until(lambda: not is_alive(first["child"]))


def test_a_part_finds_its_variables_as_they_were_said(
    installation: Installation, supervisor: Supervisor
) -> None:
    shows = part(installation, program=SHOW)
    start(installation, supervisor, replace(shows, environment={**shows.environment, **TOLD}))
    said: dict[str, object] = {**announced(installation)}
    assert {name: said[name] for name in TOLD} == TOLD


def test_what_parts_are_told_is_nobody_elses_to_read(
    installation: Installation, supervisor: Supervisor
) -> None:
    supervisor.begin([part(installation)], [])
    told = installation.run / ENVIRONMENTS
    assert stat.S_IMODE(told.stat().st_mode) == 0o600
    assert "FILE" in told.read_text()


def test_a_stopped_part_leaves_no_children_and_stays_stopped(
    installation: Installation, supervisor: Supervisor
) -> None:
    start(installation, supervisor, part(installation))
    supervisor.stop("part")
    supervisor.stop("part")
    assert supervisor.all()["part"].state is PartState.STOPPED
    until(lambda: not is_alive(announced(installation)["child"]))


def test_what_a_killed_supervisor_left_is_found_and_ended(
    installation: Installation, supervisor: Supervisor
) -> None:
    start(installation, supervisor, part(installation))
    itself = supervisor.process
    assert itself is not None
    os.kill(itself.pid, signal.SIGKILL)
    until(lambda: supervisor.process is None)
    with pytest.raises(NotRunning):
        supervisor.all()
    again = Supervisor(installation)
    assert again.end_left_behind() == 2
    assert again.left_behind() == []
    assert not is_alive(announced(installation)["pid"])


def test_a_part_that_does_not_start_says_what_it_wrote(
    installation: Installation, supervisor: Supervisor
) -> None:
    broken = part(installation, program="raise SystemExit('no such database')")
    with pytest.raises(Failure, match="no such database"):
        start(installation, supervisor, broken)


@pytest.mark.parametrize(
    ("size", "moved"),
    [pytest.param(10, False, id="as large as it may be"), pytest.param(11, True, id="larger")],
)
def test_a_log_that_is_too_large_is_moved_aside(size: int, moved: bool, tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    (tmp_path / "audit.log.1").write_text("before")
    log.write_text("x" * size)
    assert move_aside(log, most=10) is moved
    assert log.exists() is not moved
    assert (tmp_path / "audit.log.1").read_text() == ("x" * size if moved else "before")


def test_a_log_that_is_not_there_yet_stays_so(tmp_path: Path) -> None:
    assert not move_aside(tmp_path / "audit.log", most=10)


def test_two_installations_do_not_see_each_other(
    installation: Installation, supervisor: Supervisor, tmp_path: Path
) -> None:
    start(installation, supervisor, part(installation))
    other = Installation(state=tmp_path / "other", port=1)
    other.prepare()
    assert Supervisor(other).process is None
    assert Supervisor(other).end_left_behind() == 0
    assert is_alive(announced(installation)["pid"])
