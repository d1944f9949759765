"""GPUs on the local runtime: real sandboxes, with files that stand in for the devices' nodes."""

import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.base import Observation, Observed, Release, ReleaseRef, Step
from datalab.providers.cluster.local.runtime import LocalRuntime
from datalab.providers.cluster.placement import Placement
from tests.parts.local import SERVE, Agent, running_agent, runtime_of

pytestmark = pytest.mark.embedded
NAMESPACE = "dl-gpus"
TELL = "echo visible=$CUDA_VISIBLE_DEVICES nodes=$(cd /dev && echo nvidia*); "


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("dev")
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (folder / name).touch()
    return folder


@pytest.fixture(scope="module")
def agent(dev: Path) -> Iterator[Agent]:
    with running_agent("--pretend-gpus", str(dev)) as agent:
        yield agent


@pytest.fixture
def runtime(agent: Agent) -> Iterator[LocalRuntime]:
    found = runtime_of(agent)
    found.ensure_namespace(NAMESPACE, quota={})
    yield found
    found.remove_namespace(NAMESPACE)


def release(name: str, gpus: int, *, paused: bool = False) -> Release:
    values = {"run": TELL + SERVE, **({"gpu": gpus} if gpus else {})}
    return Release(
        ref=ReleaseRef(namespace=NAMESPACE, name=name),
        chart=Path("web"),
        version="1",
        values=values,
        paused=paused,
    )


def until(runtime: LocalRuntime, one: Release, state: Observed, step: Step | None) -> Observation:
    """Asked for again and again, as the reconciler does."""
    deadline = time.monotonic() + 30
    while (seen := runtime.observe(one.ref)).state is not state or seen.step is not step:
        assert time.monotonic() < deadline, seen
        if seen.step is Step.QUEUED:
            runtime.apply(one)
        time.sleep(0.05)
    return seen


def started(runtime: LocalRuntime, name: str, gpus: int) -> str:
    """What the tool says that it has."""
    one = release(name, gpus)
    runtime.apply(one)
    until(runtime, one, Observed.RUNNING, None)
    return runtime.logs(one.ref, tail=5).splitlines()[0]


def test_they_are_counted_and_each_service_sees_its_own_only(runtime: LocalRuntime) -> None:
    assert runtime.capacity().devices == {"nvidia.com/gpu": 2}
    assert started(runtime, "a", 1) == "visible=GPU-0 nodes=nvidia-uvm nvidia0 nvidiactl"
    assert started(runtime, "b", 1) == "visible=GPU-1 nodes=nvidia-uvm nvidia1 nvidiactl"
    assert started(runtime, "c", 0) == "visible= nodes=nvidia*"


def test_a_placement_gives_one_to_a_chart_that_asks_for_none(runtime: LocalRuntime) -> None:
    """Where it should run means nothing on one machine; the device it names does."""
    placement = Placement(node_selector={"pool": "gpu"}, devices={"nvidia.com/gpu": 1})
    one = replace(release("placed", 0), placement=placement)
    runtime.apply(one)
    until(runtime, one, Observed.RUNNING, None)
    assert runtime.logs(one.ref, tail=5).splitlines()[0].startswith("visible=GPU-")
    assert runtime.room({"nvidia.com/gpu": 1, "cpu": 500}).free == {"nvidia.com/gpu": 1}


def test_more_than_there_are_is_refused_with_what_to_do(runtime: LocalRuntime) -> None:
    with pytest.raises(ProviderRefused, match=r"There are 2 of nvidia\.com/gpu here: ask for 2"):
        runtime.apply(release("a", 3))


def test_who_comes_too_late_waits_and_starts_when_one_is_given_back(
    runtime: LocalRuntime,
) -> None:
    started(runtime, "a", 2)
    late = release("b", 1)
    runtime.apply(late)
    seen = until(runtime, late, Observed.STARTING, Step.QUEUED)
    assert seen.reason is not None
    assert (seen.reason.code, "in use by other services" in seen.reason.message) == (
        "GpuInUse",
        True,
    )
    runtime.apply(release("a", 2, paused=True))
    until(runtime, late, Observed.RUNNING, None)


def test_nobody_gets_what_a_tool_had_before_the_agent_was_killed(
    agent: Agent, runtime: LocalRuntime
) -> None:
    started(runtime, "a", 1)
    agent.end(signal.SIGKILL)
    agent.start()
    until(runtime, release("a", 1), Observed.RUNNING, None)
    assert started(runtime, "b", 1).startswith("visible=GPU-1 ")
    late = release("c", 1)
    runtime.apply(late)
    until(runtime, late, Observed.STARTING, Step.QUEUED)


def test_a_tool_that_ended_by_itself_gives_back_what_it_had(runtime: LocalRuntime) -> None:
    broken = Release(
        ref=ReleaseRef(namespace=NAMESPACE, name="a"),
        chart=Path("web"),
        version="1",
        values={"run": "exit 3", "gpu": 2},
    )
    runtime.apply(broken)
    until(runtime, broken, Observed.FAILED, None)
    assert started(runtime, "b", 2).startswith("visible=GPU-0,GPU-1 ")
