"""What a cluster tells, and what a person is told: one row for each way it can stand."""

from typing import Any

import pytest

from datalab.providers.cluster.base import NOT_APPLIED, Observation
from datalab.providers.cluster.kubernetes.objects import HelmRecord, ReleaseObjects
from datalab.providers.cluster.kubernetes.observing import observation_of
from datalab.providers.cluster.kubernetes.reasons.secrets import agent_waits
from tests.unit.providers.kubernetes.making import (
    DEPLOYED,
    NOW,
    claim,
    container,
    deployment,
    ended,
    event,
    pod,
    replica_set,
    running,
    stateful_set,
    waiting,
)


def seen(**objects: Any) -> Observation:
    given = {"record": DEPLOYED, "workloads": [stateful_set()], **objects}
    return observation_of(ReleaseObjects(**given), NOW)


def told(**objects: Any) -> tuple[str, str, str]:
    found = seen(**objects)
    code = found.reason.code if found.reason else ""
    return found.state.value, found.step.value if found.step else "", code


def record(status: str) -> HelmRecord:
    return HelmRecord(revision=2, status=status, digest="d")


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param({"record": None, "workloads": []}, ("absent", "", ""), id="nothing"),
        pytest.param(
            {"record": None, "workloads": [], "claims": [claim()]},
            ("absent", "", ""),
            id="only its kept storage",
        ),
        pytest.param(
            {"record": None, "workloads": [], "pods": [pod(going=True)]},
            ("removing", "", ""),
            id="its pod ends",
        ),
        pytest.param(
            {"record": None, "workloads": [], "claims": [claim(going=True)]},
            ("removing", "", ""),
            id="its storage goes",
        ),
        pytest.param(
            {"record": record("uninstalling"), "pods": [pod(ready=True)]},
            ("removing", "", ""),
            id="helm takes it away",
        ),
        pytest.param(
            {"record": None}, ("starting", "", "RecordLost"), id="Helm's record was deleted"
        ),
        pytest.param(
            {"workloads": []}, ("starting", "", "Incomplete"), id="its workload was deleted"
        ),
        pytest.param(
            {"record": record("pending-upgrade"), "pods": [pod(ready=True)]},
            ("starting", "", "Applying"),
            id="helm works, or was killed",
        ),
        pytest.param({"record": record("failed")}, ("failed", "", NOT_APPLIED), id="helm failed"),
        pytest.param({"workloads": [stateful_set(replicas=0)]}, ("paused", "", ""), id="paused"),
        pytest.param(
            {"workloads": [stateful_set(replicas=0)], "pods": [pod(ready=True, going=True)]},
            ("starting", "starting", "Stopping"),
            id="it is being paused",
        ),
        pytest.param({}, ("starting", "queued", ""), id="no pod yet"),
        pytest.param(
            {"workloads": [stateful_set(generation=2, observed=1)], "pods": [pod(ready=True)]},
            ("starting", "queued", "Applying"),
            id="the change is not taken up yet",
        ),
        pytest.param(
            {"pods": [pod(ready=True, revision="web-6")]},
            ("starting", "starting", "Replacing"),
            id="only the former revision runs",
        ),
        pytest.param(
            {"pods": [pod(ready=True, going=True)]},
            ("starting", "starting", "Replacing"),
            id="its pod was deleted by hand",
        ),
        pytest.param({"pods": [pod(node=None)]}, ("starting", "scheduling", ""), id="a new pod"),
        pytest.param(
            {"pods": [pod(statuses=[waiting("ContainerCreating")])]},
            ("starting", "starting", "Beginning"),
            id="a machine has it",
        ),
        pytest.param({"pods": [pod(ready=True)]}, ("running", "", ""), id="it runs"),
        pytest.param(
            {"workloads": [stateful_set(replicas=2)], "pods": [pod(ready=True)]},
            ("starting", "queued", ""),
            id="one of two",
        ),
    ],
)
def test_how_a_release_stands(objects: Any, expected: Any) -> None:
    assert told(**objects) == expected


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param(
            {
                "pods": [pod(statuses=[waiting("ContainerCreating")])],
                "events": [event("Pulling", 'Pulling image "quay.io/a:1"')],
            },
            ("starting", "preparing", "ImageFetching"),
            id="its image is fetched",
        ),
        pytest.param(
            {
                "pods": [pod(statuses=[waiting("ContainerCreating")])],
                "events": [event("Pulling", 'Pulling image "quay.io/a:1"', since=90)],
            },
            ("starting", "preparing", "ImageSlow"),
            id="for long",
        ),
        pytest.param(
            {
                "pods": [pod(statuses=[waiting("ContainerCreating")])],
                "events": [event("Pulled", 'Container image "a:1" already present on machine')],
            },
            ("starting", "starting", "Beginning"),
            id="an image that is there is no step",
        ),
        pytest.param(
            {"pods": [pod(statuses=[waiting("ErrImagePull", "quay.io/a:1: not found")])]},
            ("starting", "preparing", "ImageNotFound"),
            id="no such image: once is no failure",
        ),
        pytest.param(
            {"pods": [pod(statuses=[waiting("ImagePullBackOff", "quay.io/a:1: not found")])]},
            ("failed", "", "ImageNotFound"),
            id="after the back-off it is",
        ),
        pytest.param(
            {
                "pods": [pod(statuses=[waiting("ErrImagePull", "quay.io/a:1: not found")])],
                "events": [event("BackOff", 'Back-off pulling image "quay.io/a:1"')],
            },
            ("failed", "", "ImageNotFound"),
            id="and stays one while it is tried again",
        ),
        pytest.param(
            {
                "pods": [
                    pod(statuses=[waiting("ImagePullBackOff", "dial tcp: i/o timeout")]),
                ]
            },
            ("starting", "preparing", "ImageUnreachable"),
            id="a registry that is away comes back",
        ),
        pytest.param(
            {
                "pods": [pod(statuses=[waiting("ContainerCreating")])],
                "events": [
                    event("FailedMount", 'MountVolume.SetUp failed: secret "x" not found', since=1),
                    event("Pulled", "already present", since=5),
                ],
            },
            ("starting", "starting", "FileMissing"),
            id="what is mounted is not there",
        ),
    ],
)
def test_what_it_waits_for_before_it_begins(objects: Any, expected: Any) -> None:
    assert told(**objects) == expected


CRASHED: dict[str, Any] = {"lastState": ended(), "restartCount": 3}


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param(
            {"pods": [pod(statuses=[running()])]},
            ("starting", "starting", "StartingUp"),
            id="it does not answer yet",
        ),
        pytest.param(
            {"pods": [pod(statuses=[running(since=60, started=True)], ready_since=10)]},
            ("running", "", "NotReady"),
            id="it no longer answers",
        ),
        pytest.param(
            {"pods": [pod(statuses=[{**running(), "state": ended()}])]},
            ("starting", "starting", "Exited"),
            id="it ended once",
        ),
        pytest.param(
            {"pods": [pod(statuses=[waiting("CrashLoopBackOff", **CRASHED)])]},
            ("failed", "", "CrashLoop"),
            id="again and again",
        ),
        pytest.param(
            {"pods": [pod(statuses=[running(since=1, **CRASHED)])]},
            ("failed", "", "CrashLoop"),
            id="and again, though it runs for a moment",
        ),
        pytest.param(
            {"pods": [pod(ready=True, statuses=[running(since=5, ready=True, **CRASHED)])]},
            ("failed", "", "CrashLoop"),
            id="and is ready each time, for a moment",
        ),
        pytest.param(
            {"pods": [pod(ready=True, statuses=[running(since=90, ready=True, **CRASHED)])]},
            ("running", "", "Restarted"),
            id="until it stays",
        ),
        pytest.param(
            {
                "pods": [
                    pod(
                        statuses=[
                            running(since=1, restartCount=9, lastState=ended(ran=86400)),
                        ]
                    )
                ]
            },
            ("starting", "starting", "Exited"),
            id="nine times in a year is no loop",
        ),
        pytest.param(
            {
                "pods": [
                    pod(
                        statuses=[
                            waiting(
                                "CrashLoopBackOff",
                                restartCount=3,
                                lastState=ended(code=137, reason="OOMKilled"),
                            )
                        ]
                    )
                ]
            },
            ("failed", "", "OutOfMemory"),
            id="each time for want of memory",
        ),
        pytest.param(
            {
                "pods": [
                    pod(
                        ready=True,
                        statuses=[
                            running(
                                ready=True,
                                restartCount=1,
                                lastState=ended(code=137, reason="OOMKilled", since=600),
                            )
                        ],
                    )
                ]
            },
            ("running", "", "OutOfMemory"),
            id="it runs again after it had too little memory",
        ),
        pytest.param(
            {
                "pods": [
                    pod(
                        ready=True,
                        statuses=[
                            running(ready=True, restartCount=1, lastState=ended(since=7200)),
                        ],
                    )
                ]
            },
            ("running", "", ""),
            id="what was hours ago is no news",
        ),
        pytest.param(
            {
                "pods": [pod(statuses=[running(since=1, restartCount=1, lastState=ended())])],
                "events": [event("Killing", "Container tool failed startup probe, will be…")],
            },
            ("starting", "starting", "ProbeFailed"),
            id="it was ended because it did not answer",
        ),
        pytest.param(
            {
                "pods": [
                    pod(statuses=[waiting("CreateContainerConfigError", 'secret "x" not found')]),
                ]
            },
            ("starting", "starting", "FileMissing"),
            id="a secret of its environment may come",
        ),
        pytest.param(
            {
                "pods": [
                    pod(
                        statuses=[
                            waiting(
                                "CreateContainerConfigError",
                                "container has runAsNonRoot and image will run as root",
                            )
                        ]
                    )
                ]
            },
            ("failed", "", "RunsAsRoot"),
            id="an image of root never runs",
        ),
    ],
)
def test_what_it_says_once_it_has_begun(objects: Any, expected: Any) -> None:
    assert told(**objects) == expected


@pytest.mark.parametrize(
    ("objects", "takes_room"),
    [
        pytest.param(
            {"pods": [pod(statuses=[waiting("CrashLoopBackOff", **CRASHED)])]},
            True,
            id="it is started again and again",
        ),
        pytest.param({"record": record("failed")}, False, id="nothing of it was made"),
        pytest.param(
            {"record": record("failed"), "pods": [pod(ready=True)]}, True, id="the old one runs"
        ),
        pytest.param({"pods": [pod(ready=True)]}, False, id="it has not failed"),
    ],
)
def test_what_has_failed_takes_room_as_long_as_the_cluster_counts_its_pods(
    objects: dict[str, Any], takes_room: bool
) -> None:
    assert seen(**objects).takes_room is takes_room


def test_the_last_lines_of_a_crash_are_there_to_read() -> None:
    crashed = pod(statuses=[waiting("CrashLoopBackOff", **CRASHED)])
    found = seen(pods=[crashed], logs="Traceback\nValueError: no\n").reason
    assert found is not None
    assert (found.raw, "3 times" in found.message) == ("Traceback\nValueError: no\n", True)


def test_the_limit_is_named_where_memory_was_short() -> None:
    killed = ended(code=137, reason="OOMKilled")
    found = seen(pods=[pod(statuses=[{**running(), "state": killed}])]).reason
    assert found is not None
    assert "64Mi" in found.message


# -- init containers and sidecars ----------------------------------------------------------------
AGENT = container("vault-agent-init")


def test_the_secret_agents_log_says_what_the_pod_waits_for() -> None:
    first = running(name="vault-agent-init")
    objects = {
        "pods": [
            pod(
                inits=[AGENT],
                init_statuses=[first],
                statuses=[waiting("PodInitializing")],
            )
        ]
    }
    assert told(**objects) == ("starting", "starting", "SecretsComing")
    no = "vault.read(datalab/data/alpha/shared/db): * permission denied … Code: 403"
    found = seen(**objects, logs=no).reason
    assert found is not None
    assert (found.code, "shared/db" in found.message) == ("SecretForbidden", True)


def agent_says(*complaints: str) -> str:
    """As a real agent writes it, over several lines each."""
    return "".join(
        f"2026-11-23T16:55:{number:02}.811Z [WARN]  agent: (view) {complaint}\n\n"
        f' (retry attempt {number} after "8s")\n'
        for number, complaint in enumerate(complaints, start=1)
    )


FORBIDDEN = (
    "vault.read(datalab/data/alpha/users/ann/own): Error making API request.\n\n"
    "URL: GET https://10.0.0.1:8200/v1/datalab/data/alpha/users/ann/own\n"
    "Code: 403. Errors:\n\n* 1 error occurred:\n\t* permission denied"
)
SEALED = (
    "vault.read(datalab/data/alpha/shared/db): Error making API request.\n\n"
    "URL: GET https://10.0.0.1:8200/v1/datalab/data/alpha/shared/db\n"
    "Code: 503. Errors:\n\n* Vault is sealed"
)


@pytest.mark.parametrize(
    ("output", "code", "reads"),
    [
        pytest.param(agent_says(FORBIDDEN), "SecretForbidden", "users/ann/own", id="forbidden"),
        pytest.param(agent_says(FORBIDDEN)[30:], "SecretForbidden", "own", id="a first line cut"),
        pytest.param(agent_says(FORBIDDEN, SEALED), "SecretsSilent", "", id="the newest counts"),
        pytest.param(agent_says(SEALED, FORBIDDEN), "SecretForbidden", "own", id="either way"),
        pytest.param("==> Vault Agent started!\n", "SecretsComing", "", id="nothing yet"),
    ],
)
def test_the_agents_complaints_are_read_over_several_lines(
    output: str, code: str, reads: str
) -> None:
    found = agent_waits(output)
    assert found.code == code
    assert reads in found.message


def test_a_sidecar_that_has_begun_does_not_keep_the_tool_from_starting() -> None:
    sidecar = container("relay", restartPolicy="Always")
    begun = running(name="relay", started=True, ready=True)
    starting = pod(
        inits=[sidecar], init_statuses=[begun], statuses=[running()], containers=[container()]
    )
    assert told(pods=[starting]) == ("starting", "starting", "StartingUp")


def test_a_sidecar_that_crashes_is_named() -> None:
    sidecar = container("relay", restartPolicy="Always")
    crashed = waiting("CrashLoopBackOff", name="relay", **CRASHED)
    found = seen(
        pods=[pod(inits=[sidecar], init_statuses=[crashed], statuses=[waiting("PodInitializing")])]
    )
    assert found.reason is not None
    assert (found.state.value, "relay" in found.reason.message) == ("failed", True)


# -- who makes pods ------------------------------------------------------------------------------
QUOTA = (
    'create Pod web-0 in StatefulSet web failed error: pods "web-0" is forbidden: exceeded quota: '
    "datalab, requested: requests.memory=1Gi, used: requests.memory=7Gi, "
    "limited: requests.memory=7Gi"
)
BASELINE = (
    'create Pod web-0 in StatefulSet web failed error: pods "web-0" is forbidden: violates '
    'PodSecurity "baseline:latest": privileged (container "tool" must not set '
    "securityContext.privileged=true)"
)


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param(
            {"events": [event("FailedCreate", QUOTA, about="web", kind="StatefulSet")]},
            ("starting", "queued", "QuotaInCluster"),
            id="the quota may free itself",
        ),
        pytest.param(
            {"events": [event("FailedCreate", BASELINE, about="web", kind="StatefulSet")]},
            ("failed", "", "PodSecurity"),
            id="what is not allowed stays so",
        ),
        pytest.param(
            {
                "events": [
                    event("FailedCreate", QUOTA, about="web", kind="StatefulSet", since=60),
                    event("SuccessfulCreate", "create Pod", about="web", kind="StatefulSet"),
                ]
            },
            ("starting", "queued", ""),
            id="a refusal that is over is not told",
        ),
        pytest.param(
            {
                "workloads": [deployment()],
                "replica_sets": [
                    replica_set("web-old", revision=1),
                    replica_set("web-new", revision=2),
                ],
                "pods": [pod("web-old-1", owner="web-old", ready=True)],
                "events": [event("FailedCreate", QUOTA, about="web-new", kind="ReplicaSet")],
            },
            ("starting", "queued", "QuotaInCluster"),
            id="a Deployment's former pod runs meanwhile",
        ),
        pytest.param(
            {
                "workloads": [deployment(failure=QUOTA)],
                "replica_sets": [replica_set("web-new", revision=2)],
            },
            ("starting", "queued", "QuotaInCluster"),
            id="a Deployment says it itself",
        ),
        pytest.param(
            {
                "workloads": [deployment()],
                "replica_sets": [replica_set("web-new", revision=2)],
                "pods": [
                    pod("web-new-1", owner="web-new", phase="Failed", message="low on resource"),
                    pod("web-new-2", owner="web-new", ready=True),
                ],
            },
            ("running", "", ""),
            id="a Deployment's evicted pod lies about",
        ),
    ],
)
def test_why_there_is_no_pod(objects: Any, expected: Any) -> None:
    assert told(**objects) == expected


# -- machines ------------------------------------------------------------------------------------
def test_a_machine_that_falls_silent_makes_it_unknown_not_running() -> None:
    silent = pod(
        statuses=[running(ready=True)], conditions=[{"type": "ContainersReady", "status": "True"}]
    )
    found = told(pods=[silent], events=[event("NodeNotReady", "Node is not ready")])
    assert found == ("unknown", "", "MachineLost")


def test_what_was_evicted_starts_again_and_says_why() -> None:
    low = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi."
    failed = pod(phase="Failed", reason="Evicted", message=low)
    assert told(pods=[failed]) == ("starting", "scheduling", "Evicted")
    again = event("Evicted", low, since=30)
    assert told(pods=[], events=[again]) == ("starting", "queued", "Evicted")
    assert told(pods=[pod(ready=True)], events=[again]) == ("running", "", "Evicted")


def test_the_nearer_cause_of_missing_storage_is_told() -> None:
    unbound = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    objects = {
        "pods": [pod(node=None, unschedulable=unbound)],
        "claims": [claim(phase="Pending")],
    }
    assert told(**objects) == ("starting", "scheduling", "VolumeNotBound")
    no = event(
        "ProvisioningFailed",
        'storageclass.storage.k8s.io "fast" not found',
        about="home-web-0",
        kind="PersistentVolumeClaim",
    )
    assert told(**objects, events=[no]) == ("starting", "scheduling", "NoStorageClass")
