"""Control groups, on trees that look like the kernel's."""

from pathlib import Path

import pytest

from datalab.providers.cluster.local.folders import write_json
from datalab.providers.cluster.local.limits import (
    Groups,
    Usage,
    find_groups,
    missing_limits,
    remembered_groups,
)

MIB = 1024 * 1024


@pytest.fixture
def first_version(tmp_path: Path) -> Groups:
    parents = {name: tmp_path / name for name in ("memory", "cpu", "pids")}
    for parent in parents.values():
        parent.mkdir()
    return Groups(parents)


@pytest.fixture
def second_version(tmp_path: Path) -> Groups:
    return Groups(dict.fromkeys(("memory", "cpu", "pids"), tmp_path), unified=True)


def test_the_first_version_has_a_file_per_limit(first_version: Groups) -> None:
    first_version.create("one", memory=200 * MIB, cpu=500)
    first_version.join("one", 42)
    memory, cpu = (first_version.parents[name] / "one" for name in ("memory", "cpu"))
    assert (memory / "memory.limit_in_bytes").read_text() == str(200 * MIB)
    assert (cpu / "cpu.cfs_period_us").read_text() == "100000"
    assert (cpu / "cpu.cfs_quota_us").read_text() == "50000"
    for parent in first_version.parents.values():
        assert (parent / "one" / "cgroup.procs").read_text() == "42"


def test_the_second_version_has_one_group_for_all(second_version: Groups) -> None:
    second_version.create("one", memory=200 * MIB, cpu=1500)
    group = second_version.parents["memory"] / "one"
    assert (group / "memory.max").read_text() == str(200 * MIB)
    assert (group / "cpu.max").read_text() == "150000 100000"
    assert int((group / "pids.max").read_text()) > 100


def test_what_is_not_asked_for_is_not_limited(first_version: Groups) -> None:
    first_version.create("one", memory=None, cpu=None)
    assert list((first_version.parents["memory"] / "one").iterdir()) == []
    assert list((first_version.parents["cpu"] / "one").iterdir()) == []


def test_the_least_share_of_cpu_is_what_the_kernel_takes(first_version: Groups) -> None:
    first_version.create("one", memory=None, cpu=1)
    assert (first_version.parents["cpu"] / "one" / "cpu.cfs_quota_us").read_text() == "1000"


def test_kills_and_the_highest_use_are_read(first_version: Groups) -> None:
    group = first_version.parents["memory"] / "one"
    group.mkdir()
    (group / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    (group / "memory.max_usage_in_bytes").write_text("1000\n")
    assert first_version.usage("one") == Usage(peak=1000, kills=3)
    assert first_version.usage("gone") is None


def test_kills_are_read_in_the_second_version_too(second_version: Groups) -> None:
    group = second_version.parents["memory"] / "one"
    group.mkdir()
    (group / "memory.events").write_text("low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\n")
    (group / "memory.peak").write_text("2000\n")
    assert second_version.usage("one") == Usage(peak=2000, kills=1)


def test_removing_what_is_gone_succeeds(first_version: Groups) -> None:
    first_version.remove("gone")


def test_an_agent_from_elsewhere_finds_the_groups_where_they_are(tmp_path: Path) -> None:
    kept = tmp_path / "here" / "datalab-mark"
    kept.mkdir(parents=True)
    note = tmp_path / "groups.json"
    write_json(note, {"parents": {"memory": str(kept)}, "unified": False})
    assert remembered_groups("mark", note, mount=tmp_path / "there") == Groups({"memory": kept})


def test_groups_that_a_restart_of_the_machine_took_are_looked_for_anew(tmp_path: Path) -> None:
    note = tmp_path / "groups.json"
    write_json(note, {"parents": {"memory": str(tmp_path / "gone")}, "unified": False})
    assert remembered_groups("mark", note, mount=tmp_path / "nothing") == Groups({})


def test_parents_go_when_no_sandbox_is_left(first_version: Groups) -> None:
    first_version.create("one", memory=None, cpu=None)
    first_version.close()
    assert all(parent.is_dir() for parent in first_version.parents.values())
    for parent in first_version.parents.values():
        for file in (parent / "one").iterdir():
            file.unlink()  # the kernel's go by themselves
    first_version.remove("one")
    first_version.close()
    assert not any(parent.exists() for parent in first_version.parents.values())


def test_a_machine_without_control_groups_says_what_it_does_not_limit(tmp_path: Path) -> None:
    groups = find_groups("mark", mount=tmp_path / "nothing")
    assert groups.parents == {}
    assert groups.usage("one") is None
    said = " ".join(missing_limits(groups))
    for subject in ("Memory", "CPU", "processes", "storage"):
        assert subject in said


def test_a_machine_with_control_groups_says_less(first_version: Groups) -> None:
    said = " ".join(missing_limits(first_version))
    assert "control group" not in said
    assert "storage" in said
