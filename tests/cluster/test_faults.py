"""Parts die or are away while services come and go: all ends well, nothing false is shown or left."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from datalab.launcher.mirroring import BLIND_AFTER
from datalab.providers.cluster.kubernetes.mirror import TRUE_FOR_S
from tests.cluster.crew import Crew, running_crew
from tests.parts.ports import wait_until

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(420)]

AWAY_S = 60.0
NOTHING = {"cpu": "0", "memory": "0", "gpu": 0, "storage": "0", "services": 0}
NEVER = "sleep 1000"
"""Nothing listens."""


@pytest.fixture(scope="module")
def one_crew(kubeconfig: Path, tiny_image: str) -> Iterator[Crew]:
    with running_crew(kubeconfig, image=tiny_image) as crew:
        crew.start("portal", "worker", "watcher", "second watcher")
        yield crew


@pytest.fixture
def crew(one_crew: Crew) -> Iterator[Crew]:
    """After each test: what was launched is gone, here, on the cluster, and in the quota."""
    yield one_crew
    one_crew.print_logs()
    one_crew.remove(*one_crew.phases(), seconds=150)
    wait_until(lambda: one_crew.left() == [], seconds=60)
    assert one_crew.used() == NOTHING
    assert one_crew.tell("drift") == {}


def test_the_api_server_is_away_during_launches(crew: Crew) -> None:
    crew.launch("before")
    crew.until("before", "running")
    names = [f"web-{number}" for number in range(10)]
    for name in names[:5]:
        crew.launch(name)
    crew.wire.cut()
    cut_at = time.monotonic()
    for name in names[5:]:
        crew.launch(name)

    seen: dict[str, set[str]] = {name: set() for name in ("before", *names)}
    while time.monotonic() < cut_at + AWAY_S:
        note_what_is_shown(crew, seen)
    assert time.monotonic() - cut_at > TRUE_FOR_S + BLIND_AFTER
    assert crew.service("before")["phase"] == "unknown"
    for name in names[5:]:
        assert seen[name] <= {"queued", "unknown"}, seen
    crew.wire.mend()

    deadline = time.monotonic() + 120
    while set(crew.phases().values()) != {"running"}:
        assert time.monotonic() < deadline, crew.phases()
        note_what_is_shown(crew, seen)
    shown = set.union(*seen.values())
    assert shown <= {"queued", "preparing", "starting", "running", "unknown"}, seen
    assert crew.ready() == {"before", *names}
    assert crew.records() == [(name, "deployed") for name in sorted(("before", *names))]
    assert crew.tell("drift") == {}


def note_what_is_shown(crew: Crew, seen: dict[str, set[str]]) -> None:
    """What is said to run does run: the cluster is asked past the broken wire."""
    phases = crew.phases()
    assert set(phases) >= {"before"}
    ready = crew.ready()
    for name, phase in phases.items():
        seen[name].add(phase)
        assert phase != "running" or name in ready, (name, ready)
    time.sleep(0.2)


def test_the_worker_is_killed_before_in_the_middle_of_and_after_helm(crew: Crew) -> None:
    crew.wire.fall_silent()
    crew.launch("early")
    wait_until(lambda: is_claimed(crew, "early"))
    crew.kill("worker")
    crew.wire.mend()
    assert ("early", "deployed") not in crew.records()
    crew.start("worker")

    crew.launch("middle", configMaps=60)
    wait_until(lambda: ("middle", "pending-install") in crew.records())
    crew.kill("worker")
    assert ("middle", "pending-install") in crew.records()
    crew.start("worker")

    crew.launch("late")
    wait_until(lambda: ("late", "deployed") in crew.records())
    crew.kill("worker")
    crew.start("worker")

    # A row stays the dead worker's until its claim ends.
    for name in ("early", "middle", "late"):
        crew.until(name, "running", seconds=180)
    assert crew.records() == [(name, "deployed") for name in ("early", "late", "middle")]
    assert crew.ready() == {"early", "middle", "late"}
    assert crew.tell("drift") == {}


def is_claimed(crew: Crew, name: str) -> bool:
    [row] = crew.rows("SELECT claimed_until FROM launcher_service WHERE name = %s", name)
    return row[0] is not None


def test_the_watcher_is_killed_and_the_other_one_leads(crew: Crew) -> None:
    crew.launch("web")
    crew.until("web", "running")
    [(leader,)] = crew.rows("SELECT holder FROM launcher_lease WHERE name = 'watch'")
    part = next(
        name
        for name in ("watcher", "second watcher")
        if f"-{crew.processes[name].pid}-" in str(leader)
    )
    crew.kill(part)
    crew.api.delete(f"/api/v1/namespaces/{crew.tenants[0]}/pods/web-0", grace_s=0)
    wait_until(lambda: crew.rows("SELECT holder FROM launcher_lease") != [(leader,)])
    crew.until("web", "running")
    crew.start(part)

    path = f"/apis/apps/v1/namespaces/{crew.tenants[0]}/statefulsets/web"
    crew.api.merge(path, {"spec": {"template": {"spec": {"nodeSelector": {"no": "such"}}}}})
    found = crew.until("web", "starting", seconds=15)
    assert found["reason"]["message"], found


def test_the_database_is_restarted_during_launches(crew: Crew) -> None:
    for number in range(3):
        crew.launch(f"web-{number}")
    crew.restart_database(away=3)
    for number in range(3):
        crew.until(f"web-{number}", "running", seconds=150)
    crew.launch("afterwards")
    crew.until("afterwards", "running", seconds=90)
    assert crew.ended() == set()
    assert len(crew.records()) == len(crew.ready()) == 4


def test_what_finds_no_room_says_so_holds_its_quota_and_runs_once_it_is_smaller(
    crew: Crew,
) -> None:
    crew.launch("vast", memory="4000Gi")
    wait_until(lambda: "memory" in str(crew.service("vast")["reason"]), seconds=60)
    assert crew.service("vast")["phase"] in {"queued", "starting"}
    assert crew.used()["memory"] == "4000Gi"
    assert crew.ready() == set()
    change(crew, "vast", memory="32Mi")
    crew.until("vast", "running", seconds=90)
    assert crew.used()["memory"] == "32Mi"


def test_what_never_gets_ready_never_runs_and_can_be_mended(crew: Crew) -> None:
    crew.launch("deaf", run=NEVER)
    deadline = time.monotonic() + 25
    seen = set()
    while time.monotonic() < deadline:
        seen.add(crew.service("deaf")["phase"])
        time.sleep(0.2)
    assert seen <= {"queued", "preparing", "starting"}, seen
    change(crew, "deaf", run="exec httpd -f -p 8000")
    crew.until("deaf", "running", seconds=90)


def change(crew: Crew, name: str, **values: str) -> None:
    changed = {"values": values}
    answer = crew.call("PATCH", f"{crew.tenants[0]}/services/{name}", json=changed)
    assert answer.status_code == 202, answer.text
