"""A machine that falls silent: nobody knows whether what ran there still does."""

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from datalab.providers.cluster.base import Observed
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from tests.cluster.stage import open_eyes, stage
from tests.parts.ports import wait_until

GIVEN_UP_AFTER_S = 90
"""The cluster's own patience with a machine is 50 seconds."""
WITHIN_S = 5.0

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(GIVEN_UP_AFTER_S + 90)]


@pytest.fixture
def machine(api: KubernetesApi) -> Iterator[str]:
    """One without a kubelet: the test says what it would. Nothing else is put there."""
    name = f"observation-{secrets.token_hex(4)}"
    taints = [{"key": "observation.test/kept", "effect": "NoSchedule"}]
    api.create("/api/v1/nodes", {"metadata": {"name": name}, "spec": {"taints": taints}})
    yield name
    api.delete(f"/api/v1/nodes/{name}")


def says_it_is_ready(api: KubernetesApi, machine: str) -> None:
    at = now()
    condition = {
        "type": "Ready",
        "status": "True",
        "reason": "Said",
        "lastHeartbeatTime": at,
        "lastTransitionTime": at,
    }
    assert api.merge(f"/api/v1/nodes/{machine}/status", {"status": {"conditions": [condition]}})


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def running() -> Json:
    """What the kubelet says of a pod whose only container is ready."""
    at = now()
    return {
        "phase": "Running",
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": at}
            for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
        ],
        "containerStatuses": [
            {
                "name": "tool",
                "ready": True,
                "started": True,
                "restartCount": 0,
                "image": "x",
                "imageID": "x",
                "state": {"running": {"startedAt": at}},
            }
        ],
    }


def test_what_ran_on_a_silent_machine_is_unknown_and_neither_running_nor_absent(
    api: KubernetesApi, tiny_image: str, machine: str
) -> None:
    says_it_is_ready(api, machine)
    with open_eyes(api) as eyes, stage(api, tiny_image) as one:
        ref = one.play("web", "sleep", "1000", pod_nodeName=machine)
        pod = f"/api/v1/namespaces/{one.namespace}/pods/web-0"
        wait_until(lambda: api.get(pod) is not None)
        api.merge(f"{pod}/status", {"status": running()})
        wait_until(lambda: eyes.watched(ref).state is Observed.RUNNING)

        # Nobody says anything of that machine any more.
        wait_until(lambda: not is_ready(api.get(pod)), seconds=GIVEN_UP_AFTER_S)
        silent_at = time.monotonic()
        wait_until(lambda: eyes.watched(ref).state is Observed.UNKNOWN)
        assert time.monotonic() - silent_at < WITHIN_S
        for seen in (eyes.watched(ref), eyes.asked(ref)):
            assert seen.reason is not None
            assert (seen.state, seen.reason.code) == (Observed.UNKNOWN, "MachineLost")
        api.delete(pod, grace_s=0)


def is_ready(pod: Json | None) -> bool:
    conditions = (pod or {}).get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
