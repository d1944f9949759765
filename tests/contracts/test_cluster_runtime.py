"""What every cluster runtime promises. Add a runtime: add a fixture parameter."""

import json
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.charts.cache import chart_digest
from datalab.providers.cluster.base import (
    ClusterRuntime,
    Observation,
    Observed,
    Release,
    ReleaseRef,
    Step,
    Volume,
)
from datalab.providers.cluster.kubernetes.runtime import KubernetesRuntime
from datalab.providers.cluster.local import processes
from datalab.providers.cluster.local.limits import find_groups
from datalab.providers.cluster.local.runtime import LocalRuntime
from datalab.providers.cluster.memory import MemoryRuntime
from tests.parts.kubernetes import WEB, patiently, platform_account, runtime_on
from tests.parts.local import Agent, running_agent, runtime_of

REF = ReleaseRef(namespace="dl-contract", name="web")
LOCAL = pytest.mark.embedded
KUBERNETES = pytest.mark.kubernetes


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    with running_agent() as agent:
        yield agent


@pytest.fixture
def local(agent: Agent) -> Iterator[LocalRuntime]:
    runtime = runtime_of(agent)
    runtime.ensure_namespace(REF.namespace, quota={})
    yield runtime
    runtime.remove_namespace(REF.namespace)


@pytest.fixture(scope="module")
def cluster(
    kubeconfig: Path, tiny_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KubernetesRuntime]:
    home = tmp_path_factory.mktemp("cluster")
    with platform_account(kubeconfig, home) as account:
        runtime = runtime_on(account, image=tiny_image, home=home)
        yield runtime
        patiently(lambda: runtime.remove_namespace(REF.namespace))


@pytest.fixture
def kubernetes(cluster: KubernetesRuntime) -> Iterator[KubernetesRuntime]:
    patiently(lambda: cluster.ensure_namespace(REF.namespace, quota={}))
    yield cluster
    patiently(lambda: cluster.remove(REF))
    until(cluster, REF, lambda seen: seen.state is Observed.ABSENT)


@pytest.fixture(
    params=[
        "memory",
        pytest.param("local", marks=LOCAL),
        pytest.param("kubernetes", marks=KUBERNETES),
    ]
)
def runtime(request: pytest.FixtureRequest) -> ClusterRuntime:
    if request.param != "memory":
        found: ClusterRuntime = request.getfixturevalue(request.param)
        return found
    memory = MemoryRuntime()
    memory.ensure_namespace(REF.namespace, quota={})
    return memory


def release(
    *, ref: ReleaseRef = REF, files: dict[str, bytes] | None = None, **changed: Any
) -> Release:
    made_of = {"chart": WEB, "version": "1", "values": {}, **changed}
    return Release(ref=ref, files=files or {}, **made_of)


def settled(runtime: ClusterRuntime, ref: ReleaseRef = REF) -> Observation:
    """What a release comes to rest in."""
    return until(
        runtime, ref, lambda seen: seen.state not in {Observed.STARTING, Observed.REMOVING}
    )


def until(runtime: ClusterRuntime, ref: ReleaseRef, enough: Any) -> Observation:
    deadline = time.monotonic() + 30
    while not enough(seen := runtime.observe(ref)):
        assert time.monotonic() < deadline, seen
        time.sleep(0.02)
    return seen


def test_a_runtime_that_works_answers_a_ping(runtime: ClusterRuntime) -> None:
    runtime.ping()


def test_an_unknown_release_is_absent(runtime: ClusterRuntime) -> None:
    assert runtime.observe(REF).state is Observed.ABSENT
    assert list(runtime.releases(REF.namespace)) == []


def test_an_applied_release_runs_and_is_listed(runtime: ClusterRuntime) -> None:
    runtime.apply(release())
    assert settled(runtime).state is Observed.RUNNING
    assert list(runtime.releases(REF.namespace)) == [REF]


def test_a_paused_release_keeps_its_place_and_can_run_again(runtime: ClusterRuntime) -> None:
    runtime.apply(release())
    settled(runtime)
    runtime.apply(release(paused=True))
    until(runtime, REF, lambda seen: seen.state is Observed.PAUSED)
    runtime.apply(release())
    assert settled(runtime).state is Observed.RUNNING


def test_a_removed_release_is_absent(runtime: ClusterRuntime) -> None:
    runtime.apply(release())
    settled(runtime)
    runtime.remove(REF)
    until(runtime, REF, lambda seen: seen.state is Observed.ABSENT)


def test_what_is_delivered_is_told_from_what_was_there_already(runtime: ClusterRuntime) -> None:
    path = "/vault/secrets/A"
    runtime.apply(release(files={path: b"first"}))
    settled(runtime)
    assert not runtime.deliver(REF, {path: b"first"})
    assert runtime.deliver(REF, {path: b"second"})
    assert not runtime.deliver(REF, {path: b"second"})


def test_removing_what_is_absent_succeeds(runtime: ClusterRuntime) -> None:
    runtime.remove(REF)


def test_nothing_runs_outside_a_namespace(runtime: ClusterRuntime) -> None:
    with pytest.raises(ProviderRefused):
        runtime.apply(release(ref=ReleaseRef(namespace="nowhere", name="web")))


def test_a_namespace_goes_with_all_it_holds(runtime: ClusterRuntime) -> None:
    runtime.apply(release())
    settled(runtime)
    runtime.remove_namespace(REF.namespace)
    assert runtime.observe(REF).state is Observed.ABSENT
    runtime.remove_namespace(REF.namespace)


def test_another_quota_stops_nothing_that_runs(runtime: ClusterRuntime) -> None:
    runtime.apply(release())
    settled(runtime)
    less = {"cpu": "0", "gpu": "0", "nvidia.com/gpu": "0", "nvidia.com/mig-1g.10gb": "1"}
    for quota in (less, {**less, "nvidia.com/mig-1g.10gb": "0"}, {}):
        runtime.ensure_namespace(REF.namespace, quota=quota)
        assert runtime.observe(REF).state is Observed.RUNNING


LEFT = ReleaseRef(namespace=REF.namespace, name="left")
KEPT = {"persistence": {"keep": True}}


def removed(runtime: ClusterRuntime, ref: ReleaseRef, values: dict[str, Any]) -> None:
    runtime.apply(release(ref=ref, values=values))
    settled(runtime, ref)
    runtime.remove(ref)
    until(runtime, ref, lambda seen: seen.state is Observed.ABSENT)


def volumes_of(runtime: ClusterRuntime, ref: ReleaseRef, *beside: ReleaseRef) -> list[Volume]:
    found = runtime.volumes(ref.namespace, beside={one.name for one in beside})
    return [volume for volume in found if volume.release == ref.name]


def test_a_volume_that_was_kept_is_named_beside_those_of_releases_that_are_there(
    runtime: ClusterRuntime,
) -> None:
    removed(runtime, LEFT, KEPT)
    (left,) = volumes_of(runtime, LEFT, REF)
    assert left.name
    assert left.size is None or left.size >= 0
    assert volumes_of(runtime, LEFT, LEFT) == []


@pytest.fixture
def newer(tmp_path: Path) -> dict[str, Any]:
    """What a release is made of that is upgraded: the chart with one line more, and its digest."""
    chart = tmp_path / "web"
    shutil.copytree(WEB, chart)
    templates = chart / "templates" / "all.yaml"
    templates.write_text(
        templates.read_text() + "---\napiVersion: v1\nkind: ConfigMap\n"
        "metadata:\n  name: {{ .Release.Name }}-newer\n"
    )
    return {"chart": chart, "version": "2", "digest": chart_digest(chart)}


def test_an_upgrade_and_a_roll_back_are_applied_on_the_same_storage(
    runtime: ClusterRuntime, newer: dict[str, Any]
) -> None:
    former = release(ref=LEFT, values=KEPT, digest=chart_digest(WEB))
    for one in (former, release(ref=LEFT, values=KEPT, **newer), former):
        runtime.apply(one)
        assert settled(runtime, LEFT).state is Observed.RUNNING
        assert len(volumes_of(runtime, LEFT)) == 1
    runtime.remove(LEFT)
    until(runtime, LEFT, lambda seen: seen.state is Observed.ABSENT)


def test_what_was_upgraded_while_it_is_paused_stays_paused(
    runtime: ClusterRuntime, newer: dict[str, Any]
) -> None:
    runtime.apply(release())
    settled(runtime)
    runtime.apply(release(paused=True))
    until(runtime, REF, lambda seen: seen.state is Observed.PAUSED)
    runtime.apply(release(paused=True, **newer))
    until(runtime, REF, lambda seen: seen.state is Observed.PAUSED)
    runtime.apply(release(**newer))
    assert settled(runtime).state is Observed.RUNNING


def test_an_upgrade_that_never_gets_ready_is_rolled_back(
    runtime: ClusterRuntime, newer: dict[str, Any]
) -> None:
    runtime.apply(release())
    settled(runtime)
    runtime.apply(release(values={"run": "exec sleep 600"}, **newer))
    runtime.observe(REF)
    runtime.apply(release())
    until(runtime, REF, lambda seen: seen.state is Observed.RUNNING and seen.step is None)


def test_what_is_not_kept_leaves_nothing(runtime: ClusterRuntime) -> None:
    removed(runtime, REF, {})
    assert volumes_of(runtime, REF) == []


def test_kept_volumes_go_with_their_namespace(runtime: ClusterRuntime) -> None:
    removed(runtime, LEFT, KEPT)
    patiently(lambda: runtime.remove_namespace(REF.namespace))
    assert volumes_of(runtime, LEFT) == []


def test_who_listens_hears_of_a_change(runtime: ClusterRuntime) -> None:
    heard = runtime.changes()
    next(heard)
    runtime.apply(release())
    deadline = time.monotonic() + 10
    while next(heard) != REF:  # a cluster may have other tenants, too
        assert time.monotonic() < deadline


# -- what only real processes can show -----------------------------------------------------------
def process_of(runtime: LocalRuntime) -> int:
    return int(json.loads(runtime.folders.instance(REF).read_text())["process"]["pid"])


@LOCAL
def test_applying_twice_is_the_same_process(agent: Agent, local: LocalRuntime) -> None:
    local.apply(release())
    settled(local)
    before = process_of(local)
    local.apply(release())
    assert process_of(local) == before


@LOCAL
@pytest.mark.parametrize("change", [{"restarts": 1}, {"values": {"memory": "300Mi"}}])
def test_other_values_or_a_restart_are_another_process(
    agent: Agent, local: LocalRuntime, change: dict[str, Any]
) -> None:
    local.apply(release())
    settled(local)
    before = process_of(local)
    local.apply(release(**change))
    until(local, REF, lambda seen: seen.step is None and seen.state is Observed.RUNNING)
    assert process_of(local) != before


@LOCAL
def test_a_tool_that_ends_says_with_what_and_its_last_words(local: LocalRuntime) -> None:
    local.apply(release(values={"run": "echo famous last words; exit 7"}))
    seen = settled(local)
    assert seen.state is Observed.FAILED
    assert seen.reason is not None
    assert (seen.reason.code, "7" in seen.reason.message) == ("Exited", True)
    assert "famous last words" in seen.reason.raw
    assert "famous last words" in local.logs(REF, tail=5)


@LOCAL
def test_too_much_memory_is_said_to_be_that(local: LocalRuntime) -> None:
    if "memory" not in find_groups(local.folders.mark).parents:
        pytest.skip("memory cannot be limited here")
    eat = "exec python3 -c 'x = bytearray(400 * 1024 * 1024); print(len(x))'"
    local.apply(release(values={"run": eat, "memory": "100Mi"}))
    seen = settled(local)
    assert seen.state is Observed.FAILED
    assert seen.reason is not None
    assert seen.reason.code == "OutOfMemory"
    assert "100" in seen.reason.message


@LOCAL
def test_delivered_files_are_there_and_follow_changes(local: LocalRuntime) -> None:
    watch = "while sleep 0.05; do cat /vault/secrets/A; done & exec python3 -m http.server 8000"
    local.apply(release(values={"run": watch}, files={"/vault/secrets/A": b"first\n"}))
    settled(local)
    local.deliver(REF, {"/vault/secrets/A": b"second\n"})
    deadline = time.monotonic() + 5
    while "second" not in local.logs(REF, tail=3):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    for file in local.folders.root.rglob("*"):
        if file.is_file() and file.name != "output.log":
            assert b"second" not in file.read_bytes(), file


@LOCAL
def test_files_of_the_volume_survive_a_pause(local: LocalRuntime) -> None:
    count = "echo x >> runs; wc -l < runs; exec python3 -m http.server 8000"
    local.apply(release(values={"run": count}))
    settled(local)
    local.apply(release(values={"run": count}, paused=True))
    until(local, REF, lambda seen: seen.state is Observed.PAUSED)
    local.apply(release(values={"run": count}))
    settled(local)
    assert local.logs(REF, tail=50).split().count("2") == 1


@LOCAL
def test_files_of_the_volume_survive_an_upgrade_and_a_roll_back(
    local: LocalRuntime, newer: dict[str, Any]
) -> None:
    count = {"run": "echo x >> runs; wc -l < runs; exec python3 -m http.server 8000"}
    for number, made_of in enumerate([{}, newer, {}], start=1):
        local.apply(release(values=count, **made_of))
        until(local, REF, lambda seen: seen.state is Observed.RUNNING and seen.step is None)
        assert local.logs(REF, tail=1).strip() == str(number)


@LOCAL
def test_a_killed_agent_finds_its_tools_again(agent: Agent, local: LocalRuntime) -> None:
    local.apply(release())
    settled(local)
    before = process_of(local)
    agent.end(signal.SIGKILL)
    with pytest.raises(ProviderUnavailable):
        local.observe(REF)
    agent.start()
    assert local.observe(REF).state is Observed.RUNNING
    assert process_of(local) == before


@LOCAL
def test_a_tool_that_was_killed_meanwhile_is_started_again_not_called_failed(
    agent: Agent, local: LocalRuntime
) -> None:
    local.apply(release())
    settled(local)
    found = processes.identify(process_of(local))
    assert found is not None
    agent.end(signal.SIGKILL)
    processes.send(found, signal.SIGKILL)
    agent.start()
    seen = settled(local)
    assert seen.state in {Observed.ABSENT, Observed.FAILED}
    assert seen.reason is not None


@LOCAL
def test_nothing_is_left_of_a_removed_release(local: LocalRuntime) -> None:
    local.apply(release())
    settled(local)
    local.remove(REF)
    until(local, REF, lambda seen: seen.state is Observed.ABSENT)
    assert not local.folders.release(REF).exists()
    assert not local.folders.volumes(REF).exists()
    assert not local.folders.delivered(REF).exists()
    titles = [processes.first_argument(pid) for pid in processes.all_pids()]
    assert not [title for title in titles if local.folders.mark in title]


def test_what_starts_says_what_it_waits_for(runtime: ClusterRuntime) -> None:
    runtime.apply(release())
    seen = runtime.observe(REF)
    assert seen.state is Observed.RUNNING or seen.step in set(Step)


def test_it_says_how_much_there_is_in_all(runtime: ClusterRuntime) -> None:
    before = runtime.capacity()
    runtime.apply(release())
    for amount in (before.cpu, before.memory, before.storage):
        assert amount is None or amount > 0
    assert all(number >= 0 for number in before.devices.values())
    assert runtime.capacity() == before  # what is taken counts as well
