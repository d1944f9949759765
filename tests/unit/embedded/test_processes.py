"""Finding processes again, and ending them and nobody else."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from datalab.embedded.processes import (
    ProcessId,
    end,
    identify,
    left_behind_by,
    memory_of,
    session_of,
    with_arguments,
)

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True)"
    "; time.sleep(60)",
]
LEADER = [
    sys.executable,
    "-c",
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(child.pid, flush=True); time.sleep(60)",
]


@contextmanager
def running(command: list[str], *, session: bool = True) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=session
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def named(pid: int) -> ProcessId:
    found = identify(pid)
    assert found is not None
    return found


def until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_process_is_alive_until_it_is_a_zombie() -> None:
    with running(SLEEP) as process:
        known = named(process.pid)
        assert known.is_alive
        process.kill()
        until(lambda: not known.is_alive)
        # Nobody has waited for it yet: the number still answers to signal 0.
        os.kill(process.pid, 0)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"started": 1}, id="started at another time"),
        pytest.param({"boot": "another"}, id="before the machine was started again"),
    ],
)
def test_a_number_that_somebody_else_has_by_now_is_left_alone(other: dict[str, object]) -> None:
    with running(SLEEP) as process:
        known = named(process.pid)
        stranger = replace(known, **other)  # type: ignore[arg-type]
        end([stranger], seconds=0)
        assert not stranger.is_alive
        assert known.is_alive


def test_what_ignores_a_request_to_end_is_killed() -> None:
    with running(STUBBORN) as process:
        assert process.stdout
        process.stdout.readline()
        end([named(process.pid)], seconds=0.2)
        assert process.wait(10) == -signal.SIGKILL


def test_ending_what_has_ended_is_a_success() -> None:
    with running(SLEEP) as process:
        known = named(process.pid)
        process.kill()
        process.wait()
        end([known], seconds=1)


def test_children_of_a_killed_session_leader_are_found() -> None:
    with running(LEADER) as leader:
        assert leader.stdout
        child = named(int(leader.stdout.readline()))
        known = named(leader.pid)
        assert left_behind_by(known) == []
        assert {one.pid for one in session_of(known)} == {leader.pid, child.pid}
        leader.kill()
        until(lambda: not known.is_alive)
        assert left_behind_by(known) == [child]
        end(left_behind_by(known), seconds=5)
        until(lambda: not child.is_alive)


def test_nothing_is_left_behind_by_somebody_of_another_boot() -> None:
    with running(SLEEP) as process:
        assert left_behind_by(replace(named(process.pid), boot="another")) == []


def test_processes_are_found_by_all_of_their_arguments() -> None:
    mark = f"mark-{os.getpid()}"
    with running([*SLEEP, mark, "--root"]) as process:
        until(lambda: [one.pid for one in with_arguments(mark, "--root")] == [process.pid])
        assert with_arguments(mark, "--other") == []


def test_memory_is_that_of_the_group_without_other_sessions() -> None:
    own = os.getpgid(0)
    with running(SLEEP) as process:
        until(lambda: memory_of(process.pid) > 1024**2)
        assert own != os.getpgid(process.pid)
    assert memory_of(process.pid) == 0
