"""Processes that are found again, or are not: pids are used again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from datalab.providers.cluster.local import processes


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()


def known(process: subprocess.Popen[bytes]) -> processes.Process:
    found = processes.identify(process.pid)
    assert found is not None
    return found


def test_a_running_process_is_alive(sleeper: subprocess.Popen[bytes]) -> None:
    assert processes.is_alive(known(sleeper))


@pytest.mark.parametrize("other", [{"started": 1}, {"boot": "another"}], ids=["start", "boot"])
def test_the_same_pid_of_another_time_is_somebody_else(
    sleeper: subprocess.Popen[bytes], other: dict[str, object]
) -> None:
    stranger = replace(known(sleeper), **other)  # type: ignore[arg-type]
    assert not processes.is_alive(stranger)
    assert processes.open_pidfd(stranger) is None
    assert not processes.send(stranger, signal.SIGKILL)
    assert sleeper.poll() is None


def test_a_zombie_is_dead(sleeper: subprocess.Popen[bytes]) -> None:
    before = known(sleeper)
    os.kill(sleeper.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while processes.is_alive(before):
        assert time.monotonic() < deadline
    os.kill(sleeper.pid, 0)  # it answers signals, for nobody has waited for it yet
    assert processes.identify(sleeper.pid) is None


def test_children_are_found(sleeper: subprocess.Popen[bytes]) -> None:
    assert sleeper.pid in processes.children(os.getpid())
    assert processes.children(sleeper.pid) == []
