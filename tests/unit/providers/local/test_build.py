"""Real builds of a tiny environment, by uv, from a wheel that the test writes: no network."""

import base64
import contextlib
import hashlib
import os
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from datalab.providers.cluster.local.build import copy_for_everybody, prepare
from datalab.providers.cluster.local.environments import Declaration, Environments
from datalab.providers.cluster.local.spec import BuildState, BuildStatus

pytestmark = pytest.mark.embedded

DECLARED = """\
title: Tiny
images: [example.test/tiny]
requirements: requirements.txt
home: /home/me
commands: {say-tiny: "{env}/bin/python -m tiny"}
"""
# A .pth file runs whenever the environment's Python starts: here it makes a build wait.
WAIT = (
    "import os; [__import__('time').sleep(0.02)"
    " for _ in iter(lambda: __import__('os').path.exists({path!r}), True)]"
)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    return folder


@pytest.fixture
def environments(tmp_path: Path) -> Environments:
    return Environments(tmp_path / "state" / "environments", tmp_path / "charts")


def declare(tmp_path: Path, wheels: Path, *, pth: str = "", digest: str = "") -> Path:
    """A chart whose environment is one package. Gives its folder."""
    wheel = wheels / "tiny-1.0-py3-none-any.whl"
    files = {"tiny/__init__.py": "", "tiny/__main__.py": "print('tiny')\n"}
    files["tiny-1.0.dist-info/METADATA"] = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
    files["tiny-1.0.dist-info/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    if pth:
        files["tiny.pth"] = pth
    record = "".join(f"{name},{_sha256(text)},{len(text)}\n" for name, text in files.items())
    files["tiny-1.0.dist-info/RECORD"] = f"{record}tiny-1.0.dist-info/RECORD,,\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
    local = tmp_path / "charts" / "tiny" / "local"
    local.mkdir(parents=True)
    (local / "requirements.txt").write_text(f"tiny==1.0 --hash=sha256:{digest}\n")
    (local / "environment.yaml").write_text(DECLARED)
    return local.parent


def _sha256(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def until(ask: Callable[[], bool], *, within: float = 30) -> None:
    deadline = time.monotonic() + within
    while not ask():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def builders(environments: Environments, declaration: Declaration) -> list[psutil.Process]:
    root = str(environments.folder(declaration).parent)
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if root in (process.info["cmdline"] or []) and "--lock" in process.info["cmdline"]
    ]


def ended(environments: Environments, declaration: Declaration) -> BuildStatus:
    until(lambda: environments.status(declaration).state is not BuildState.BUILDING)
    return environments.status(declaration)


def compilers(environments: Environments, declaration: Declaration) -> list[psutil.Process]:
    """What a builder has started and `held` makes wait."""
    found = []
    for builder in builders(environments, declaration):
        with contextlib.suppress(psutil.NoSuchProcess):  # another step may end while we look
            found += [
                child
                for child in builder.children()
                if any("compile_packages" in word for word in child.cmdline())
            ]
    return found


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """While this file is not there, a build with `held` waits. It is there after the test."""
    path = tmp_path / "gate"
    yield path
    path.touch()


def held(gate: Path) -> str:
    return WAIT.format(path=str(gate))


def test_a_build_ends_with_commands_that_run_from_where_it_was_moved_to(
    environments: Environments, tmp_path: Path, wheels: Path
) -> None:
    declaration = environments.for_image(declare(tmp_path, wheels), "example.test/tiny:1")
    environments.start_build(declaration)
    status = ended(environments, declaration)
    assert status.state is BuildState.READY, status
    folder = environments.folder(declaration)
    said = subprocess.run(
        [folder / "bin" / "say-tiny"], check=True, capture_output=True, text=True, env={}
    )
    assert said.stdout == "tiny\n"
    assert list(folder.rglob("tiny/__pycache__/__main__*.pyc")), "it is not byte-compiled"
    assert not environments.work_folder(declaration).exists()


def test_every_account_of_the_machine_can_read_what_was_built(
    environments: Environments, tmp_path: Path, wheels: Path
) -> None:
    before = os.umask(0o077)
    try:
        declaration = environments.for_image(declare(tmp_path, wheels), "example.test/tiny:1")
        environments.start_build(declaration)
        assert ended(environments, declaration).state is BuildState.READY
    finally:
        os.umask(before)
    folder = environments.folder(declaration)
    closed = [
        path
        for path in [folder, *folder.rglob("*")]
        if not path.is_symlink() and path.stat().st_mode & 0o4 == 0
    ]
    assert closed == []
    assert all(path.stat().st_mode & 0o1 for path in folder.rglob("*") if path.is_dir())


def test_what_a_chart_keeps_for_itself_can_be_read_where_it_is_built(tmp_path: Path) -> None:
    """As the platform unpacks the charts that it keeps."""
    below = tmp_path / "node" / "below"
    below.mkdir(parents=True)
    (below / "package.json").write_text("{}")
    for path in (below / "package.json", below, tmp_path / "node"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    place = tmp_path / "place"
    copy_for_everybody(tmp_path / "node", place)
    modes = [
        path.stat().st_mode & 0o777 for path in (place, place / "below", *place.rglob("*.json"))
    ]
    assert modes == [0o755, 0o755, 0o644]


def test_a_build_says_what_it_installs_and_is_started_once(
    environments: Environments, tmp_path: Path, wheels: Path, gate: Path
) -> None:
    chart = declare(tmp_path, wheels, pth=held(gate))
    declaration = environments.for_image(chart, "example.test/tiny:1")
    for _ in range(3):
        environments.start_build(declaration)
    until(lambda: bool(compilers(environments, declaration)))
    status = environments.status(declaration)
    assert status.state is BuildState.BUILDING
    assert status.message == "Installing 1 packages"
    assert status.progress is not None
    assert 0.5 < status.progress < 1
    assert len(builders(environments, declaration)) == 1
    gate.touch()
    assert ended(environments, declaration).state is BuildState.READY


def test_a_killed_build_is_found_out_and_made_anew(
    environments: Environments, tmp_path: Path, wheels: Path, gate: Path
) -> None:
    chart = declare(tmp_path, wheels, pth=held(gate))
    declaration = environments.for_image(chart, "example.test/tiny:1")
    environments.start_build(declaration)
    until(lambda: bool(compilers(environments, declaration)))
    [builder] = builders(environments, declaration)
    installers = compilers(environments, declaration)
    builder.send_signal(signal.SIGKILL)
    psutil.wait_procs([builder], timeout=10)
    # What it had started still writes to the folder, so nobody else may begin there.
    assert environments.status(declaration).state is BuildState.BUILDING
    environments.start_build(declaration)
    assert builders(environments, declaration) == []
    for installer in installers:
        installer.send_signal(signal.SIGKILL)
    until(lambda: environments.status(declaration).state is BuildState.ABSENT)
    gate.touch()
    environments.start_build(declaration)
    assert ended(environments, declaration).state is BuildState.READY


def test_a_package_with_another_hash_fails_and_says_so(
    environments: Environments, tmp_path: Path, wheels: Path
) -> None:
    chart = declare(tmp_path, wheels, digest="0" * 64)
    declaration = environments.for_image(chart, "example.test/tiny:1")
    environments.start_build(declaration)
    status = ended(environments, declaration)
    assert status.state is BuildState.FAILED
    assert "Tiny could not be installed" in status.message
    assert "hash" in status.raw.lower()


def test_the_command_line_waits_and_tells(
    tmp_path: Path, wheels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chart = declare(tmp_path, wheels)
    assert prepare(chart, tmp_path / "state") == 0
    assert capsys.readouterr().out.endswith("Tiny: ready\n")
    assert prepare(chart, tmp_path / "state") == 0, "a second time it is there already"
