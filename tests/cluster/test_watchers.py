"""Several watchers, one of which writes: what people read stays true when that one dies."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from datalab.providers.cluster.kubernetes.api import KubernetesApi
from tests.cluster.stage import Stage, stage
from tests.cluster.watchers import Watchers, watchers
from tests.parts.kubernetes import platform_account
from tests.parts.ports import wait_until

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(240)]

FOLLOWED_WITHIN_S = 20.0
"""The lease's 12 seconds, a look of those that wait, and the first list on a busy machine."""
ENDS_WITHIN_S = 10.0


@pytest.fixture
def one(api: KubernetesApi, tiny_image: str) -> Iterator[Stage]:
    with stage(api, tiny_image) as one:
        yield one


@pytest.fixture
def two(kubeconfig: Path, tmp_path: Path, one: Stage) -> Iterator[Watchers]:
    """Both run, one leads, and what runs is shown as running."""
    ref = one.play("web", "sleep", "1000")
    with (
        platform_account(kubeconfig, tmp_path, part="watcher") as account,
        watchers(account, tmp_path, ref) as two,
    ):
        two.start()
        two.start()
        wait_until(lambda: two.observed() == "running", seconds=60)
        yield two


def scale(one: Stage, replicas: int) -> None:
    path = f"/apis/apps/v1/namespaces/{one.namespace}/statefulsets/web"
    one.api.merge(path, {"spec": {"replicas": replicas}})


def test_a_killed_leader_is_followed_and_nothing_is_missed(one: Stage, two: Watchers) -> None:
    leader = two.leader()
    assert leader is not None
    leader.send_signal(signal.SIGKILL)
    began = time.monotonic()
    scale(one, 0)
    wait_until(lambda: two.observed() == "paused", seconds=60)
    assert time.monotonic() - began < FOLLOWED_WITHIN_S
    assert two.leader() not in {None, leader}


def test_a_leader_that_is_told_to_end_does_so_and_is_followed_at_once(
    one: Stage, two: Watchers
) -> None:
    leader = two.leader()
    assert leader is not None
    leader.send_signal(signal.SIGTERM)
    assert leader.wait(ENDS_WITHIN_S) == 0
    began = time.monotonic()
    wait_until(lambda: two.leader() not in {None, leader}, seconds=60)
    assert time.monotonic() - began < ENDS_WITHIN_S
    scale(one, 0)
    wait_until(lambda: two.observed() == "paused", seconds=60)
