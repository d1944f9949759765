"""What takes a second machine: storage that another one still holds, and a machine that is short.

The other machine has no kubelet: the test says what it would. All else is the cluster's own.
"""

import secrets
import time
from collections.abc import Iterator

import pytest

from datalab.providers.cluster.base import Observation, Observed, ReleaseRef
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from tests.cluster.stage import Eyes, Stage, open_eyes, stage
from tests.cluster.test_lost_machine import now, running, says_it_is_ready
from tests.parts.ports import wait_until

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(500)]

PATIENCE_S = 100
SHORT = (
    "The node was low on resource: memory. Threshold quantity: 200Mi, available: 120Mi. Container "
    "tool was using 900Mi, request is 4Mi, has larger consumption of memory. "
)
ATTACHMENTS = "/apis/storage.k8s.io/v1/volumeattachments"


@pytest.fixture
def machine(api: KubernetesApi) -> Iterator[str]:
    """One whose volumes the cluster attaches."""
    name = f"observation-{secrets.token_hex(4)}"
    attached = {"volumes.kubernetes.io/controller-managed-attach-detach": "true"}
    taints = [{"key": "observation.test/kept", "effect": "NoSchedule"}]
    metadata = {"name": name, "annotations": attached}
    api.create("/api/v1/nodes", {"metadata": metadata, "spec": {"taints": taints}})
    says_it_is_ready(api, name)
    yield name
    api.delete(f"/api/v1/nodes/{name}")


@pytest.fixture
def volume(api: KubernetesApi) -> Iterator[str]:
    """For one machine at a time, of a driver whose part the test plays."""
    name = f"observation-{secrets.token_hex(4)}"
    spec = {
        "capacity": {"storage": "1Mi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "csi": {"driver": "played.observation.test", "volumeHandle": name},
    }
    api.create("/api/v1/persistentvolumes", {"metadata": {"name": name}, "spec": spec})
    yield name
    for one in attachments(api, name):
        api.delete(f"{ATTACHMENTS}/{one['metadata']['name']}")
    api.delete(f"/api/v1/persistentvolumes/{name}")


def attachments(api: KubernetesApi, volume: str) -> list[Json]:
    listed = api.list(ATTACHMENTS).items
    return [one for one in listed if one["spec"]["source"]["persistentVolumeName"] == volume]


def test_storage_that_another_machine_still_holds_is_said_to_be_in_use(
    api: KubernetesApi, tiny_image: str, machine: str, volume: str
) -> None:
    with open_eyes(api) as eyes, stage(api, tiny_image) as one:
        path = f"/api/v1/namespaces/{one.namespace}"
        api.create(f"{path}/persistentvolumeclaims", claim_of(volume))
        home = [{"name": "home", "persistentVolumeClaim": {"claimName": "home"}}]
        former = one.pod("sleep", "1000") | {"nodeName": machine, "volumes": home}
        api.create(f"{path}/pods", {"metadata": {"name": "former"}, "spec": former})
        wait_until(lambda: bool(attachments(api, volume)), seconds=PATIENCE_S)
        [attachment] = attachments(api, volume)
        assert attachment["spec"]["nodeName"] == machine
        path_of_it = f"{ATTACHMENTS}/{attachment['metadata']['name']}/status"
        api.merge(path_of_it, {"status": {"attached": True}})
        holds = f"/api/v1/nodes/{machine}"
        wait_until(
            lambda: "volumesAttached" in (api.get(holds) or {})["status"], seconds=PATIENCE_S
        )

        ref = one.play("web", "sleep", "1000", pod_volumes=home)
        for seen in until_both_say(eyes, ref, "VolumeInUse"):
            assert seen.state is Observed.STARTING
            assert seen.reason is not None
            assert "Multi-Attach error" in seen.reason.raw
        api.delete(f"{path}/pods/former", grace_s=0)


def claim_of(volume: str) -> Json:
    requests = {"requests": {"storage": "1Mi"}}
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": "", "resources": requests}
    return {"metadata": {"name": "home"}, "spec": {**spec, "volumeName": volume}}


def test_what_a_machine_short_of_memory_has_ended_says_so_when_it_runs_again(
    api: KubernetesApi, tiny_image: str, machine: str
) -> None:
    with open_eyes(api) as eyes, stage(api, tiny_image) as one:
        ref = one.play("web", "sleep", "1000", pod_nodeName=machine)
        pod = f"/api/v1/namespaces/{one.namespace}/pods/web-0"
        wait_until(lambda: api.get(pod) is not None, seconds=PATIENCE_S)
        first = api.merge(f"{pod}/status", {"status": running()}) or {}
        wait_until(lambda: eyes.watched(ref).state is Observed.RUNNING)

        evict(api, one, first)
        wait_until(lambda: is_another(api.get(pod), first), seconds=PATIENCE_S)
        api.merge(f"{pod}/status", {"status": running()})
        for seen in until_both_say(eyes, ref, "Evicted"):
            assert seen.state is Observed.RUNNING
            assert seen.reason is not None
            assert "short of memory" in seen.reason.message
        api.delete(pod, grace_s=0)


def evict(api: KubernetesApi, one: Stage, pod: Json) -> None:
    """In the kubelet's words."""
    metadata = pod["metadata"]
    about = {"kind": "Pod", "namespace": one.namespace, "name": "web-0", "uid": metadata["uid"]}
    event = {
        "metadata": {"name": "web-0.evicted"},
        "involvedObject": about,
        "type": "Warning",
        "reason": "Evicted",
        "message": SHORT,
        "firstTimestamp": now(),
        "lastTimestamp": now(),
        "source": {"component": "kubelet"},
    }
    api.create(f"/api/v1/namespaces/{one.namespace}/events", event)
    ended = {"phase": "Failed", "reason": "Evicted", "message": SHORT}
    api.merge(f"/api/v1/namespaces/{one.namespace}/pods/web-0/status", {"status": ended})


def is_another(pod: Json | None, first: Json) -> bool:
    return pod is not None and bool(pod["metadata"]["uid"] != first["metadata"]["uid"])


def until_both_say(eyes: Eyes, ref: ReleaseRef, code: str) -> list[Observation]:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        seen = [eyes.watched(ref), eyes.asked(ref)]
        if all(one.reason and one.reason.code == code for one in seen):
            return seen
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)
