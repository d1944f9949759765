"""Environments by what lies on the disk: no build is started here."""

import fcntl
import json
import os
import struct
import time
from pathlib import Path

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.local.environments import (
    Declaration,
    Environments,
    repository_of,
)
from datalab.providers.cluster.local.spec import BuildState, BuildStatus

DECLARED = """\
title: Tool
images: [example.test/tool]
requirements: requirements.txt
home: /home/me
hidden: [sh, no-such-program]
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    local = tmp_path / "charts" / "tool" / "local"
    local.mkdir(parents=True)
    (local / "environment.yaml").write_text(DECLARED)
    (local / "requirements.txt").write_text("")
    return local.parent


@pytest.fixture
def environments(tmp_path: Path, chart: Path) -> Environments:
    (tmp_path / "environments").mkdir()
    return Environments(tmp_path / "environments", chart.parent)


@pytest.fixture
def declaration(environments: Environments, chart: Path) -> Declaration:
    return environments.for_image(chart, "example.test/tool:1.2")


def report(environments: Environments, declaration: Declaration, **content: object) -> None:
    path = environments.progress_path(declaration)
    path.parent.mkdir()
    path.write_text(json.dumps(content))


def complete(environments: Environments, declaration: Declaration) -> Path:
    folder = environments.folder(declaration)
    folder.mkdir()
    (folder / "environment.json").write_text("{}")
    return folder


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        pytest.param("quay.io/a/b:1.2", "quay.io/a/b", id="tag"),
        pytest.param("quay.io/a/b@sha256:00", "quay.io/a/b", id="digest"),
        pytest.param("quay.io/a/b:1.2@sha256:00", "quay.io/a/b", id="tag and digest"),
        pytest.param("registry.test:5000/a/b", "registry.test:5000/a/b", id="a port is no tag"),
        pytest.param("registry.test:5000/a:1", "registry.test:5000/a", id="port and tag"),
        pytest.param("alpine", "alpine", id="bare"),
    ],
)
def test_an_image_is_known_by_its_repository(image: str, repository: str) -> None:
    assert repository_of(image) == repository


def test_an_image_without_a_stand_in_is_refused_by_name(
    environments: Environments, chart: Path
) -> None:
    with pytest.raises(ProviderRefused, match=r"example\.test/other "):
        environments.for_image(chart, "example.test/other:1")


def test_a_chart_outside_of_the_catalogue_declares_nothing(
    environments: Environments, chart: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    chart.rename(elsewhere)
    with pytest.raises(ProviderRefused):
        environments.for_image(elsewhere, "example.test/tool:1")


def test_nothing_on_the_disk_is_absent(
    environments: Environments, declaration: Declaration
) -> None:
    assert environments.status(declaration) == BuildStatus(state=BuildState.ABSENT)


def test_a_report_without_a_builder_is_a_killed_build(
    environments: Environments, declaration: Declaration
) -> None:
    report(environments, declaration, state="building", message="Installing x", progress=0.4)
    assert environments.status(declaration).state is BuildState.ABSENT


def test_a_report_and_a_builder_say_how_far_it_is(
    environments: Environments, declaration: Declaration, tmp_path: Path
) -> None:
    report(environments, declaration, state="building", message="Installing x", progress=0.4)
    lock = os.open(
        tmp_path / "environments" / f"{declaration.key}.lock", os.O_RDWR | os.O_CREAT, 0o600
    )
    try:
        fcntl.fcntl(lock, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
        status = environments.status(declaration)
        environments.start_build(declaration)  # somebody builds it already
    finally:
        os.close(lock)
    assert status == BuildStatus(state=BuildState.BUILDING, message="Installing x", progress=0.4)
    assert environments.progress_path(declaration).exists(), "a build under way was disturbed"


def test_a_failed_build_says_why(environments: Environments, declaration: Declaration) -> None:
    report(environments, declaration, state="failed", message="No network.", raw="error: dns")
    assert environments.status(declaration) == BuildStatus(
        state=BuildState.FAILED, message="No network.", raw="error: dns"
    )


@pytest.mark.parametrize("content", ["", "{", "[]", "null"], ids=["empty", "half", "list", "null"])
def test_a_report_that_is_half_written_is_no_report(
    environments: Environments, declaration: Declaration, content: str
) -> None:
    path = environments.progress_path(declaration)
    path.parent.mkdir()
    path.write_text(content)
    assert environments.status(declaration).state is BuildState.ABSENT


def test_a_complete_one_is_ready_with_what_a_sandbox_must_know(
    environments: Environments, declaration: Declaration
) -> None:
    folder = complete(environments, declaration)
    environment = environments.status(declaration).environment
    assert environment is not None
    assert environment.binds[0] == folder
    assert list(environment.path) == [folder / "bin", Path("/home/me/.local/bin")]
    assert Path("/usr/bin/sh").resolve() in environment.hidden
    assert not any("no-such-program" in str(path) for path in environment.hidden)


def test_only_old_environments_that_nobody_uses_are_removed(
    environments: Environments, declaration: Declaration
) -> None:
    folder = complete(environments, declaration)
    week = 7 * 86400.0
    assert [one.key for one in environments.built()] == [declaration.key]
    assert environments.remove_unused([], older_than=week) == []
    long_ago = time.time() - 2 * week
    os.utime(folder, (long_ago, long_ago))
    assert environments.remove_unused([declaration.key], older_than=week) == []
    assert environments.remove_unused([], older_than=week) == [declaration.key]
    assert environments.built() == []
    assert environments.status(declaration).state is BuildState.ABSENT
