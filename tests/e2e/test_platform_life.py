"""`make up` and its relatives, with a platform that nobody else uses."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from tests.e2e.platform import ROOT, Platform, until

pytestmark = [pytest.mark.e2e, pytest.mark.embedded, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    platform = Platform()
    try:
        platform.start()
        yield platform
    finally:
        platform.remove()


def command(platform: Platform, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "datalab.embedded", *arguments],
        cwd=ROOT,
        env=platform.environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=200,
    )


def pid_of(platform: Platform, part: str) -> int:
    return next(int(one["pid"]) for one in platform.status()["parts"] if one["name"] == part)


def all_healthy(platform: Platform) -> bool:
    told = command(platform, "status", "--json")
    return told.returncode == 0 and bool(json.loads(told.stdout)["parts"])


def processes_of(platform: Platform) -> list[str]:
    """Every process of this machine that was started with its state folder."""
    lines = (" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"]))
    return [line for line in lines if str(platform.state) in line]


def test_a_second_up_says_that_it_runs(platform: Platform) -> None:
    told = command(platform, "up")
    assert told.returncode == 0
    assert "It runs already" in told.stdout
    assert platform.url in told.stdout


def test_a_second_up_with_newer_code_says_what_to_do(platform: Platform) -> None:
    note = platform.state / "run" / "code"
    started_from = note.read_text()
    note.write_text("older")
    told = command(platform, "up")
    note.write_text(started_from)
    assert told.returncode == 0
    assert "It runs older code" in told.stdout


def test_a_taken_port_stops_another_platform_with_the_setting_to_change(
    platform: Platform, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Platform()
    other.port = platform.port
    told = command(other, "up", "--detach")
    assert told.returncode == 1
    assert "DATALAB_PORT=" in told.stdout
    assert processes_of(other) == []
    other.remove()


def test_all_parts_together_are_small_while_idle(platform: Platform) -> None:
    assert platform.status()["memory"] < 900 * 2**20


def test_a_killed_part_comes_back_and_up_says_so(platform: Platform) -> None:
    before = pid_of(platform, "traefik")
    os.kill(before, signal.SIGKILL)
    until(lambda: pid_of(platform, "traefik") not in {0, before}, within=30, what=platform.log)
    until(
        lambda: "traefik had ended and was started again" in platform.log(),
        within=30,
        what=platform.log,
    )
    until(lambda: all_healthy(platform), within=60, what=platform.status)


def test_a_killed_supervisor_is_replaced_and_nothing_runs_twice(platform: Platform) -> None:
    accounts = json.loads((platform.state / "demo.json").read_text())
    os.kill(pid_of(platform, "supervisor"), signal.SIGKILL)
    until(lambda: "supervisord was killed" in platform.log(), within=30, what=platform.log)
    until(lambda: all_healthy(platform), within=90, what=platform.log)
    gateways = [line for line in processes_of(platform) if "juicefs gateway" in line]
    assert len(gateways) == 1
    until((platform.state / "demo.json").exists, within=30, what=platform.log)
    assert json.loads((platform.state / "demo.json").read_text()) == accounts


def test_down_from_elsewhere_leaves_no_process_and_a_second_start_the_same_accounts(
    platform: Platform,
) -> None:
    before = json.loads((platform.state / "demo.json").read_text())
    assert command(platform, "down").returncode == 0
    assert not (platform.state / "demo.json").exists()
    until(lambda: processes_of(platform) == [], within=30, what=lambda: processes_of(platform))
    until(lambda: "Stopped from elsewhere" in platform.log(), within=10, what=platform.log)
    assert command(platform, "status").returncode == 3
    platform.stop()
    platform.start()
    assert json.loads((platform.state / "demo.json").read_text()) == before


def test_reset_removes_the_folder_and_ends_everything(platform: Platform) -> None:
    assert command(platform, "reset", "--yes").returncode == 0
    assert not platform.state.exists()
    assert processes_of(platform) == []
