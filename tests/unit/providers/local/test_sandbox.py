"""The sandbox's arguments: what a chart may mount, and what no value of a user can do."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.local.plan import LaunchPlan, Mount, Tmpfs
from datalab.providers.cluster.local.sandbox import arguments, check_target, joined

MIB = 1024 * 1024

PLAN = LaunchPlan(
    namespace="dl-acme",
    name="web",
    digest="d",
    command=["web"],
    environment={"GREETING": "hello"},
    working_dir="/home/jovyan",
    mounts=[],
    tmpfs=[],
    hidden=[],
    port=8000,
    probe_path=None,
    probe_timeout=1,
    probe_period=1,
    probe_failures=3,
    cpu=1000,
    memory=64 * MIB,
    stop_grace=1,
)


def after(words: Sequence[str], *wanted: str) -> str:
    """The word that follows these in the arguments."""
    for start in range(len(words)):
        if tuple(words[start : start + len(wanted)]) == wanted:
            return words[start + len(wanted)]
    raise AssertionError(f"{wanted} is not among {words}")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("x\0--bind\0/\0/host", id="mounts the machine"),
        pytest.param("x\0--share-net", id="shares the network"),
        pytest.param("\0", id="a zero alone"),
    ],
)
def test_a_value_cannot_become_arguments_of_the_sandbox(value: str) -> None:
    plan = replace(PLAN, environment={"GREETING": value})
    with pytest.raises(ValueError, match="zero character"):
        joined(arguments(plan, {}))


def test_every_namespace_is_its_own_and_no_capability_is_left() -> None:
    words = arguments(PLAN, {})
    for kind in ("user", "pid", "ipc", "uts", "net"):
        assert f"--unshare-{kind}" in words
    assert "--disable-userns" in words
    assert after(words, "--cap-drop") == "ALL"
    assert "--share-net" not in words


def test_what_the_tool_gets_comes_after_everything_else_was_cleared() -> None:
    words = arguments(PLAN, {})
    assert words.index("--clearenv") < words.index("--setenv")
    assert after(words, "--setenv", "GREETING") == "hello"


def test_all_tmpfs_together_stay_below_the_limit_of_memory() -> None:
    words = arguments(PLAN, {})
    sizes = [int(size) for word, size in pairwise(words) if word == "--size"]
    assert len(sizes) == 3
    assert PLAN.memory is not None
    assert sum(sizes) < PLAN.memory


def test_folders_are_mounted_before_what_is_inside_them() -> None:
    mounts = [
        Mount(source="/b", target="/data/inner/deep"),
        Mount(source="/a", target="/data", read_only=False),
    ]
    plan = replace(PLAN, mounts=mounts, tmpfs=[Tmpfs(target="/data/inner", size=MIB)])
    words = arguments(plan, {"/a": "/mnt/0", "/b": "/mnt/1"})
    targets = [words.index(path) for path in ("/data", "/data/inner", "/data/inner/deep")]
    assert targets == sorted(targets)
    assert after(words, "--bind", "/mnt/0") == "/data"
    assert after(words, "--ro-bind", "/mnt/1") == "/data/inner/deep"


def test_a_program_that_is_not_there_needs_no_hiding() -> None:
    plan = replace(PLAN, hidden=["/usr/bin/env", "/usr/bin/no-such-program"])
    words = arguments(plan, {})
    assert after(words, "--ro-bind", "/dev/null").endswith("env")
    assert words.count("/dev/null") == 1


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "relative",
        "",
        "/proc",
        "/proc/self",
        "/dev/shm/x",  # noqa: S108
        "/sys/fs/cgroup",
        "/usr/bin",
        "/lib64",
        "/home/../usr",
        "/home/jovyan/",
        "//home",
    ],
)
def test_a_chart_cannot_mount_over_the_system(target: str) -> None:
    with pytest.raises(ProviderRefused):
        check_target(target)


@pytest.mark.parametrize("target", ["/home/jovyan", "/data", "/etc/app", "/usr/local/etc/app"])
def test_a_chart_can_mount_where_nothing_is(target: str) -> None:
    check_target(target)
