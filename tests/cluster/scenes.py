"""What can go wrong with a release, each made to happen on a real cluster."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from datalab.providers.cluster.base import ReleaseRef
from tests.cluster.stage import Stage

DEVICE = "observation.test/gpu"
SLEEP = ("sleep", "1000")
NOWHERE = {"pod_nodeSelector": {"observation.test/kind": "none"}}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """`says` is what shows that the cluster says it; `reads` what the sentence must name, `quotes`
    what the technical text must.

    `state` empty: it starts, or runs again already. `where` names the kind of namespace that it needs.
    """

    code: str
    play: Callable[[Stage, str], ReleaseRef]
    says: str
    state: str = "starting"
    step: str = ""
    reads: str = ""
    quotes: str = ""
    where: str = "plain"


def runs(*command: str, **said: Any) -> Callable[[Stage, str], ReleaseRef]:
    return lambda stage, name: stage.play(name, *(command or SLEEP), **said)


def asks(**amounts: str) -> Callable[[Stage, str], ReleaseRef]:
    return runs(resources={"requests": amounts})


def device(stage: Stage, name: str, number: str) -> ReleaseRef:
    amounts = {"cpu": "1m", "memory": "4Mi", DEVICE: number}
    return stage.play(name, *SLEEP, resources={"requests": amounts, "limits": {DEVICE: number}})


def first_container(name: str, *command: str) -> Callable[[Stage, str], ReleaseRef]:
    def play(stage: Stage, release: str) -> ReleaseRef:
        first = stage.pod(*command)["containers"][0] | {"name": name}
        return stage.play(release, *SLEEP, pod_initContainers=[first])

    return play


def claims(name: str, **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Mi"}},
            **spec,
        },
    }


def probe(port: int, **more: Any) -> dict[str, Any]:
    return {"tcpSocket": {"port": port}, "periodSeconds": 1, **more}


def pod_volume(name: str, **source: Any) -> dict[str, Any]:
    return {
        "volumeMounts": [{"name": name, "mountPath": f"/{name}"}],
        "pod_volumes": [{"name": name, **source}],
    }


def deployed(stage: Stage, name: str) -> ReleaseRef:
    ref = stage.release(name)
    resources = {"limits": {"memory": "64Mi"}}
    stage.workload(name, *SLEEP, kind="deployments", resources=resources)
    return ref


AGENT_SAYS = (
    "[ERROR] agent: (runner) shutting down due to error: 1 error occurred: "
    "* vault.read(datalab/data/alpha/shared/db): vault.read(datalab/data/alpha/shared/db): Error "
    "making API request. Code: 403. Errors: * permission denied"
)

SCENES = {
    "cpu": Scene(
        code="InsufficientCpu",
        play=asks(cpu="1000"),
        says="Insufficient cpu",
        step="scheduling",
    ),
    "memory": Scene(
        code="InsufficientMemory",
        play=asks(memory="1000Gi"),
        says="Insufficient memory",
        step="scheduling",
    ),
    "disk": Scene(
        code="InsufficientDisk",
        play=asks(**{"ephemeral-storage": "1000Ti"}),
        says="Insufficient ephemeral-storage",
        step="scheduling",
    ),
    "device": Scene(
        code="DeviceInUse",
        play=lambda stage, name: device(stage, name, "1"),
        says=f"Insufficient {DEVICE}",
        step="scheduling",
        reads="2 of 2 are in use",
    ),
    "no-such-device": Scene(
        code="DeviceInUse",
        play=lambda stage, name: stage.play(
            name,
            *SLEEP,
            resources={"limits": {"observation.test/none": "1"}},
        ),
        says="Insufficient observation.test/none",
        step="scheduling",
        reads="no observation.test/none in the cluster",
    ),
    "taint": Scene(
        code="Taint",
        play=runs(pod_nodeSelector={"observation.test/kind": "kept"}),
        says="untolerated taint",
        step="scheduling",
    ),
    "selector": Scene(
        code="NoSuchMachine",
        play=runs(**NOWHERE, pod_tolerations=[{"operator": "Exists", "effect": "NoSchedule"}]),
        says="didn't match Pod's node affinity/selector",
        step="scheduling",
    ),
    "affinity": Scene(
        code="Affinity",
        play=runs(
            pod_affinity={
                "podAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        {
                            "labelSelector": {"matchLabels": {"is": "nowhere"}},
                            "topologyKey": "kubernetes.io/hostname",
                        }
                    ]
                }
            }
        ),
        says="didn't match pod affinity rules",
        step="scheduling",
    ),
    "storage-class": Scene(
        code="NoStorageClass",
        play=runs(volume_claim=claims("home", storageClassName="none")),
        says='storageclass.storage.k8s.io \\"none\\" not found',
        step="scheduling",
        reads="none",
    ),
    "volume-attach": Scene(
        code="VolumeNotAttached",
        play=runs(
            volume_claim=claims(
                "home",
                storageClassName="",
                selector={"matchLabels": {"observation.test/volume": "far"}},
            )
        ),
        says="AttachVolume",
        step="starting",
    ),
    "mount": Scene(
        code="FileMissing",
        play=runs(**pod_volume("keys", secret={"secretName": "none"})),
        says='secret \\"none\\" not found',
        step="starting",
        reads="secret none",
    ),
    "environment": Scene(
        code="FileMissing",
        play=runs(envFrom=[{"secretRef": {"name": "none"}}]),
        says="CreateContainerConfigError",
        step="starting",
        reads="secret none",
    ),
    "root": Scene(
        code="RunsAsRoot",
        play=runs(securityContext={"runAsNonRoot": True, "runAsUser": 0}),
        says="breaks non-root policy",
        state="failed",
    ),
    "image-not-found": Scene(
        code="ImageNotFound",
        play=runs(image="{registry}/missing:1"),
        says="ImagePullBackOff",
        state="failed",
    ),
    "image-forbidden": Scene(
        code="ImageForbidden",
        play=runs(image="{registry}/forbidden:1"),
        says="ImagePullBackOff",
        state="failed",
    ),
    "image-unreachable": Scene(
        code="ImageUnreachable",
        play=runs(image="127.0.0.1:1/away:1"),
        says="connection refused",
        step="preparing",
    ),
    "image-slow": Scene(
        code="ImageFetching",
        play=runs(image="{registry}/slow:1"),
        says="Pulling image",
        step="preparing",
        reads="slow:1",
    ),
    "crash": Scene(
        code="CrashLoop",
        play=runs("sh", "-c", "echo famous last words; exit 7"),
        says='"restartCount": 3',
        state="failed",
        quotes="famous last words",
    ),
    "crash-once": Scene(
        code="Exited",
        play=runs("sh", "-c", "echo once >&2; sleep 1; exit 7"),
        says='"exitCode": 7',
        step="starting",
        reads="exit code 7",
    ),
    "command": Scene(
        code="NoSuchCommand",
        play=runs("/no/such/program"),
        says="no such file or directory",
        step="starting",
        reads="/no/such/program",
    ),
    "out-of-memory": Scene(
        code="OutOfMemory",
        play=runs(
            "tail",
            "/dev/zero",
            resources={"requests": {"cpu": "1m"}, "limits": {"memory": "16Mi"}},
        ),
        says="OOMKilled",
        state="",
        reads="16Mi",
    ),
    "readiness": Scene(
        code="StartingUp",
        play=runs(readinessProbe=probe(9)),
        says="Readiness probe failed",
        step="starting",
    ),
    "startup": Scene(
        code="ProbeFailed",
        play=runs(startupProbe=probe(9, failureThreshold=1)),
        says="failed startup probe",
        step="starting",
    ),
    "first-container": Scene(
        code="Exited",
        play=first_container("prepare", "sh", "-c", "sleep 1; exit 9"),
        says='"exitCode": 9',
        step="starting",
        reads="prepare",
    ),
    "secret-agent": Scene(
        code="SecretForbidden",
        play=first_container("vault-agent-init", "sh", "-c", f"echo '{AGENT_SAYS}'; sleep 1000"),
        says='"startedAt"',
        step="starting",
        reads="shared/db",
    ),
    "disk-full": Scene(
        code="TooMuchDisk",
        play=runs(
            "sh",
            "-c",
            "dd if=/dev/zero of=/cache/x bs=1M count=8; sleep 1000",
            **pod_volume("cache", emptyDir={"sizeLimit": "1Mi"}),
        ),
        says="Usage of EmptyDir volume",
        state="",
    ),
    "quota": Scene(
        code="QuotaInCluster",
        play=asks(memory="64Mi", cpu="1m"),
        says="exceeded quota",
        step="queued",
        reads="requests.memory=32Mi",
        where="quota",
    ),
    "limit-range": Scene(
        code="LimitRange",
        play=runs(resources={"limits": {"memory": "64Mi"}}),
        says="maximum memory usage per Container",
        state="failed",
        reads="32Mi",
        where="limits",
    ),
    "pod-security": Scene(
        code="PodSecurity",
        play=runs(securityContext={"privileged": True}),
        says="violates PodSecurity",
        state="failed",
        reads="privileged",
        where="baseline",
    ),
    "webhook": Scene(
        code="AdmissionSilent",
        play=runs(),
        says="failed calling webhook",
        step="queued",
        reads="silent.observation.test",
        where="webhook",
    ),
    "policy": Scene(
        code="AdmissionDenied",
        play=runs(),
        says="denied request",
        state="failed",
        reads="observation-never",
        where="policy",
    ),
    "deployment": Scene(
        code="LimitRange",
        play=deployed,
        says="maximum memory usage per Container",
        state="failed",
        reads="32Mi",
        where="limits",
    ),
    "runs": Scene(code="", play=runs(), says='"ready": true', state="running"),
    "paused": Scene(code="", play=runs(replicas=0), says="", state="paused"),
}
