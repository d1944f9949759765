"""What people are told while the platform starts, runs and goes."""

import fcntl
import io
from pathlib import Path

import pytest
from rich.console import Console

from datalab.embedded.errands import line_about
from datalab.embedded.installation import Installation
from datalab.embedded.reset import reset
from datalab.embedded.screen import Rows, accounts_table, parts_table
from datalab.embedded.status import PartStatus
from datalab.embedded.up import up
from datalab.providers.cluster.local.spec import BuildState, BuildStatus


def written() -> tuple[Console, io.StringIO]:
    """A console that is no terminal: a log file or a pipe."""
    out = io.StringIO()
    return Console(file=out, width=80), out


def terminal() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=80, force_terminal=True, color_system=None), out


def test_without_a_terminal_each_end_is_a_line() -> None:
    console, out = written()
    rows = Rows(console, {"portal": "Portal", "gate": "Gate"})
    with rows.shown():
        rows.begin("portal")
        rows.done("portal")
        rows.begin("gate")
        rows.failed("gate", "does not start")
    lines = out.getvalue().splitlines()
    assert [line.split("(")[0].strip() for line in lines] == ["ok   Portal", "FAIL Gate"]
    assert lines[1].endswith("does not start")


def test_on_a_terminal_what_waits_is_shown_as_well() -> None:
    console, out = terminal()
    rows = Rows(console, {"portal": "Portal", "gate": "Gate"})
    with rows.shown():
        rows.begin("portal")
        rows.done("portal")
    last = out.getvalue().rpartition("✓ Portal")[2]
    assert "· Gate" in last


def test_passwords_are_shown_as_they_are() -> None:
    console, out = written()
    account = {"username": "bob", "password": "a[b]c", "tenant": None, "role": "member"}
    console.print(accounts_table([account]))
    assert "a[b]c" in out.getvalue()


def test_the_table_has_a_line_for_each_part_and_for_what_goes_on_beside() -> None:
    part = PartStatus(
        name="portal",
        title="Portal",
        state="running",
        healthy=True,
        pid=12,
        address="127.0.0.1:20001",
        restarts=2,
        memory=90 * 2**20,
    )
    console, out = written()
    console.print(parts_table([part], ["JupyterLab's environment: Installing 90 packages (60%)"]))
    row = next(line for line in out.getvalue().splitlines() if "Portal" in line)
    assert row.split() == ["Portal", "running", "12", "127.0.0.1:20001", "2", "90", "MiB"]
    assert "Installing 90 packages (60%)" in out.getvalue()


@pytest.mark.parametrize(
    ("status", "line"),
    [
        pytest.param(
            BuildStatus(state=BuildState.BUILDING, message="Installing 90 packages", progress=0.6),
            "JupyterLab's environment: Installing 90 packages (60%)",
            id="under way",
        ),
        pytest.param(
            BuildStatus(state=BuildState.BUILDING, message="Resolving", progress=None),
            "JupyterLab's environment: Resolving",
            id="under way, nobody knows how far",
        ),
        pytest.param(
            BuildStatus(state=BuildState.FAILED, message="The disk is full."),
            "JupyterLab's environment could not be prepared: The disk is full.",
            id="failed",
        ),
        pytest.param(BuildStatus(state=BuildState.READY), "", id="ready"),
        pytest.param(BuildStatus(state=BuildState.ABSENT), "", id="not begun"),
    ],
)
def test_an_environment_is_told_of_until_it_is_ready(status: BuildStatus, line: str) -> None:
    assert line_about("JupyterLab", status) == line


@pytest.mark.parametrize("answer", ["", "no", "y", "YES"])
def test_reset_removes_nothing_without_a_plain_yes(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = Installation(state=tmp_path / "state", port=1)
    installation.prepare()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{answer}\n"))
    console, out = written()
    assert reset(installation, console, sure=False) == 1
    assert installation.exists
    assert "Nothing was removed" in out.getvalue()


def test_reset_removes_a_platform_with_folders_that_were_closed(tmp_path: Path) -> None:
    installation = Installation(state=tmp_path / "state", port=1)
    installation.prepare()
    closed = installation.state / "local" / "closed"
    (closed / "inner").mkdir(parents=True)
    closed.chmod(0o500)
    console, _ = written()
    assert reset(installation, console, sure=True) == 0
    assert not installation.state.exists()


def test_reset_leaves_alone_what_is_no_platform(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    console, out = written()
    assert reset(Installation(state=tmp_path, port=1), console, sure=True) == 0
    assert (tmp_path / "letter").exists()
    assert "There is no platform" in out.getvalue()


def test_a_second_start_of_the_same_platform_says_so(tmp_path: Path) -> None:
    installation = Installation(state=tmp_path / "state", port=1)
    installation.prepare()
    console, out = written()
    with (installation.run / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert up(installation, console, stay=False) == 1
    assert "Another `make up` is busy" in out.getvalue()
