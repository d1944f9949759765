"""Who gets which GPU."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from datalab.providers.cluster.local import processes
from datalab.providers.cluster.local.agent.gpus import Gpus
from datalab.providers.cluster.local.agent.instance import Instance, Stage
from datalab.providers.cluster.local.devices import Gpu
from datalab.providers.cluster.local.plan import LaunchPlan
from datalab.providers.cluster.local.processes import Process
from tests.unit.providers.local.test_sandbox import PLAN

TWO = [Gpu(uuid=f"GPU-{minor}", title="Pretended", minor=minor) for minor in (0, 1)]


def plan(name: str) -> LaunchPlan:
    return replace(PLAN, name=name)


def instance(name: str, **changed: Any) -> Instance:
    made = Instance.of(plan(name), identifier=name)
    for field, value in changed.items():
        setattr(made, field, value)
    return made


def test_each_service_gets_another_one() -> None:
    gpus, first, second, third = Gpus(TWO), instance("a"), instance("b"), instance("c")
    assert gpus.take(first, 1)
    assert gpus.take(second, 1)
    assert not gpus.take(third, 1)
    assert (first.gpus, second.gpus, third.gpus) == (["GPU-0"], ["GPU-1"], [])
    gpus.leave(first)
    assert gpus.take(third, 1)
    assert third.gpus == ["GPU-0"]


def test_it_is_all_or_nothing() -> None:
    gpus, first, second = Gpus(TWO), instance("a"), instance("b")
    assert gpus.take(first, 1)
    assert not gpus.take(second, 2)
    assert second.gpus == []
    assert gpus.take(instance("c"), 0)


def test_one_is_free_only_when_the_sandbox_that_had_it_is_gone() -> None:
    me = processes.identify(os.getpid())
    gpus, stubborn = Gpus(TWO[:1]), instance("a", process=me)
    gpus.take(stubborn, 1)
    gpus.leave(stubborn)
    assert not gpus.take(instance("b"), 1)
    stubborn.process = Process(pid=os.getpid(), started=0, boot="another")
    assert gpus.take(instance("b"), 1)


def test_another_agent_finds_in_the_record_who_has_which() -> None:
    first = instance("a", stage=Stage.READY)
    Gpus(TWO).take(first, 1)
    found = Instance.from_json(first.to_json())
    after = Gpus(TWO)
    after.take_again(found)
    second = instance("b")
    assert after.take(second, 1)
    assert second.gpus == ["GPU-1"]


def test_giving_back_twice_takes_nothing_from_the_next() -> None:
    gpus, first, second = Gpus(TWO[:1]), instance("a"), instance("b")
    gpus.take(first, 1)
    gpus.leave(first)
    gpus.take(second, 1)
    gpus.leave(first)
    assert not gpus.take(instance("c"), 1)


def test_a_record_without_any_is_one_of_an_earlier_version() -> None:
    document = instance("a").to_json()
    del document["gpus"]
    assert Instance.from_json(document).gpus == []


def test_the_tool_is_told_which_it_has_and_shown_no_other(tmp_path: Path) -> None:
    for name in ("nvidia0", "nvidia1", "nvidiactl"):
        (tmp_path / name).touch()
    gpus, holder = Gpus(TWO, tmp_path), instance("b")
    gpus.take(instance("a"), 1)
    gpus.take(holder, 1)
    shown = gpus.shown_to(holder, plan("b"))
    assert shown.environment["CUDA_VISIBLE_DEVICES"] == "GPU-1"
    assert shown.environment["NVIDIA_VISIBLE_DEVICES"] == "GPU-1"
    assert [Path(node).name for node in shown.devices] == ["nvidia1", "nvidiactl"]
    assert gpus.shown_to(instance("c"), plan("c")) == plan("c")
