"""The cluster's own texts, as Kubernetes 1.34 and containerd wrote them, and what is made of each."""

import pytest

from datalab.providers.cluster.kubernetes.objects import Devices
from datalab.providers.cluster.kubernetes.reasons import (
    ending,
    images,
    machines,
    secrets,
    volumes,
)
from datalab.providers.cluster.kubernetes.reasons.creating import not_created
from datalab.providers.cluster.kubernetes.reasons.scheduling import unschedulable

NODES = "0/2 nodes are available: "
PREEMPTION = (
    ". no new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims "
    "found for incoming pod, 1 Preemption is not helpful for scheduling."
)
KEPT = "1 node(s) had untolerated taint(s)"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"1 Insufficient cpu, {KEPT}", "InsufficientCpu"),
        (f"1 Insufficient memory, {KEPT}", "InsufficientMemory"),
        ("1 Insufficient cpu, 1 Insufficient memory", "InsufficientMemory"),
        (f"1 Insufficient ephemeral-storage, {KEPT}", "InsufficientDisk"),
        (f"1 Insufficient nvidia.com/gpu, {KEPT}", "DeviceInUse"),
        ("2 Insufficient nvidia.com/mig-1g.10gb", "DeviceInUse"),
        ("1 Too many pods", "TooManyPods"),
        (f"1 node(s) didn't match Pod's node affinity/selector, {KEPT}", "Taint"),
        ("2 node(s) didn't match Pod's node affinity/selector", "NoSuchMachine"),
        (
            "1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
            "1 node(s) didn't match Pod's node affinity/selector",
            "NoSuchMachine",
        ),
        ("1 node(s) had untolerated taint {nvidia.com/gpu: present}", "Taint"),
        (
            "2 node(s) had untolerated taint {node.kubernetes.io/not-ready: }",
            "MachinesNotReady",
        ),
        ("1 node(s) didn't match pod affinity rules", "Affinity"),
        ("1 node(s) didn't match pod anti-affinity rules", "Affinity"),
        ("1 node(s) didn't match pod topology spread constraints", "Affinity"),
        ("1 node(s) were unschedulable", "MachinesClosed"),
        ("1 node(s) had volume node affinity conflict", "VolumeElsewhere"),
        ("1 node(s) didn't match PersistentVolume's node affinity", "VolumeElsewhere"),
        ("1 node(s) exceed max volume count", "TooManyVolumes"),
        ("pod has unbound immediate PersistentVolumeClaims", "VolumeNotBound"),
        ("1 node(s) didn't find available persistent volumes to bind", "VolumeNotBound"),
        ('persistentvolumeclaim "home" not found', "VolumeNotBound"),
        ("1 something that nobody has seen before", "Unschedulable"),
    ],
)
def test_why_no_machine_takes_it(text: str, code: str) -> None:
    said = f"{NODES}{text}{PREEMPTION}"
    found = unschedulable(said, {})
    assert (found.code, found.raw) == (code, said)


def test_an_empty_cluster_is_one_too() -> None:
    assert unschedulable("no nodes available to schedule pods", {}).code == "NoMachines"


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (None, "No free nvidia.com/gpu. "),
        (Devices(there=2, used=2), "No free nvidia.com/gpu: 2 of 2 are in use. "),
        (Devices(there=4, used=2), "Too few free nvidia.com/gpu on one machine: 2 of 4"),
        (Devices(there=0, used=0), "There is no nvidia.com/gpu in the cluster"),
    ],
)
def test_devices_are_counted_where_that_is_known(known: Devices | None, sentence: str) -> None:
    devices = {"nvidia.com/gpu": known} if known else {}
    found = unschedulable(f"{NODES}1 Insufficient nvidia.com/gpu{PREEMPTION}", devices)
    assert found.message.startswith(sentence)


POD = 'create Pod web-0 in StatefulSet web failed error: pods "web-0" is forbidden: '


@pytest.mark.parametrize(
    ("text", "code", "mends", "names"),
    [
        (
            f"{POD}exceeded quota: datalab, requested: requests.cpu=2,requests.memory=1Gi, used: "
            "requests.cpu=7,requests.memory=1Gi, limited: requests.cpu=8,requests.memory=16Gi",
            "QuotaInCluster",
            True,
            "requests.cpu=8",
        ),
        (
            "create Claim home-web-0 for Pod web-0 in StatefulSet web failed error: "
            'persistentvolumeclaims "home-web-0" is forbidden: exceeded quota: datalab, requested: '
            "requests.storage=9Gi, used: requests.storage=0, limited: requests.storage=5Gi",
            "QuotaInCluster",
            True,
            "requests.storage=5Gi",
        ),
        (
            f"{POD}failed quota: datalab: must specify limits.cpu for: web; limits.memory for: web",
            "NothingAskedFor",
            False,
            "limits.cpu",
        ),
        (
            f"{POD}maximum memory usage per Container is 32Mi, but limit is 64Mi",
            "LimitRange",
            False,
            "32Mi",
        ),
        (
            f"{POD}[maximum cpu usage per Container is 2, but limit is 4, maximum memory usage per "
            "Container is 1Gi, but limit is 4Gi]",
            "LimitRange",
            False,
            "4 of cpu",
        ),
        (
            f"{POD}minimum cpu usage per Pod is 100m, but request is 1m",
            "LimitRange",
            False,
            "minimum for one Pod is 100m",
        ),
        (
            f'{POD}violates PodSecurity "baseline:latest": privileged (container "tool" must not '
            "set securityContext.privileged=true)",
            "PodSecurity",
            False,
            "privileged",
        ),
        (
            'Error creating: Internal error occurred: failed calling webhook "vault.hashicorp.com": '
            'failed to call webhook: Post "https://injector.vault.svc:443/mutate?timeout=30s": dial '
            "tcp 10.96.7.7:443: connect: connection refused",
            "AdmissionSilent",
            True,
            "vault.hashicorp.com",
        ),
        (
            'Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: no',
            "AdmissionDenied",
            False,
            "validate.kyverno.svc-fail",
        ),
        (
            f"{POD}ValidatingAdmissionPolicy 'never' with binding 'never' denied request: Never.",
            "AdmissionDenied",
            False,
            "never",
        ),
        (
            f"{POD}no PriorityClass with name gold was found",
            "NoPriorityClass",
            False,
            "gold",
        ),
        (
            f'{POD}error looking up service account dl-acme/web: serviceaccount "web" not found',
            "NoServiceAccount",
            True,
            "web",
        ),
        (
            f"{POD}unable to create new content in namespace dl-acme because it is being terminated",
            "NamespaceGoes",
            False,
            "namespace",
        ),
        ("Error creating: etcdserver: request timed out", "NotCreated", True, "tried again"),
    ],
)
def test_why_there_is_no_pod(text: str, code: str, mends: bool, names: str) -> None:
    found = not_created(text)
    assert (found.reason.code, found.mends) == (code, mends)
    assert names in found.reason.message


PULL = (
    'failed to pull and unpack image "quay.io/a/b:1": failed to resolve reference "quay.io/a/b:1": '
)


@pytest.mark.parametrize(
    ("text", "code", "mends"),
    [
        (
            f"rpc error: code = NotFound desc = {PULL}quay.io/a/b:1: not found",
            "ImageNotFound",
            False,
        ),
        (
            f"{PULL}pulling from host quay.io failed with status code [manifests 1]: 403 Forbidden",
            "ImageForbidden",
            False,
        ),
        (
            f"{PULL}unexpected status from HEAD request to https://quay.io/v2/a/b/manifests/1: "
            "401 Unauthorized",
            "ImageForbidden",
            False,
        ),
        (
            f"{PULL}pull access denied, repository does not exist or may require authorization: "
            "server message: insufficient_scope: authorization failed",
            "ImageForbidden",
            False,
        ),
        (
            f'{PULL}failed to do request: Head "https://quay.io/v2/": dial tcp 1.2.3.4:443: connect: '
            "connection refused",
            "ImageUnreachable",
            True,
        ),
        (
            f'{PULL}failed to do request: Head "https://no.such/v2/": dial tcp: lookup no.such on '
            "10.96.0.10:53: no such host",
            "ImageUnreachable",
            True,
        ),
        (
            f"{PULL}unexpected status from GET request to https://quay.io/: 429 Too Many Requests",
            "ImageRefusedForNow",
            True,
        ),
        (
            'no match for platform in manifest: not found ("linux/arm64")',
            "ImageForOtherMachines",
            False,
        ),
        ("something that nobody has seen before", "ImageNotFetched", True),
    ],
)
def test_why_an_image_is_not_there(text: str, code: str, mends: bool) -> None:
    back_off = f'Back-off pulling image "quay.io/a/b:1": ErrImagePull: {text}'
    found = images.image_trouble("ImagePullBackOff", back_off, tried_before=True)
    assert (found.reason.code, found.mends) == (code, mends)
    once = images.image_trouble("ErrImagePull", text, tried_before=False)
    assert (once.reason.code, once.mends) == (code, True)


@pytest.mark.parametrize("waiting", ["InvalidImageName", "ErrImageNeverPull"])
def test_what_can_never_be_fetched_is_a_failure_at_once(waiting: str) -> None:
    assert not images.image_trouble(waiting, "…", tried_before=False).mends


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) web-0',
            "VolumeInUse",
        ),
        (
            'AttachVolume.Attach failed for volume "far" : timed out waiting for external-attacher '
            "of csi.example CSI driver to attach volume far",
            "VolumeNotAttached",
        ),
        (
            'MountVolume.SetUp failed for volume "chosen-secrets" : secret "nb.secrets" not found',
            "SecretsComing",
        ),
        ('MountVolume.SetUp failed for volume "keys" : secret "none" not found', "FileMissing"),
        ('MountVolume.SetUp failed for volume "c" : configmap "none" not found', "FileMissing"),
        (
            "Unable to attach or mount volumes: unmounted volumes=[home], unattached volumes=[], "
            "failed to process volumes=[]: timed out waiting for the condition",
            "VolumeNotMounted",
        ),
        ('MountVolume.MountDevice failed for volume "pvc-1" : exit status 32', "VolumeNotMounted"),
    ],
)
def test_why_a_volume_is_not_there(text: str, code: str) -> None:
    assert volumes.not_mounted(text).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('storageclass.storage.k8s.io "none" not found', "NoStorageClass"),
        (
            "no persistent volumes available for this claim and no storage class is set",
            "NoStorageClass",
        ),
        ('failed to provision volume with StorageClass "fast": rpc error', "VolumeNotBound"),
    ],
)
def test_why_storage_is_not_made(text: str, code: str) -> None:
    assert volumes.claim_not_bound(text).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. "
            "Container web was using 200Mi, request is 0, has larger consumption of memory. ",
            "Evicted",
        ),
        (
            "The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi.",
            "Evicted",
        ),
        ('Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ', "TooMuchDisk"),
        (
            "Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. ",
            "TooMuchDisk",
        ),
        ("Something else", "Evicted"),
    ],
)
def test_why_it_had_to_leave_a_machine(text: str, code: str) -> None:
    assert machines.evicted(text).code == code


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (
            "[ERROR] agent.auth.handler: error authenticating: error= Error making API request. "
            "URL: PUT https://vault:8200/v1/auth/kubernetes/login Code: 403. Errors: * service "
            "account name not authorized",
            "SecretsRefused",
        ),
        (
            "[WARN] agent: (view) vault.read(datalab/data/alpha/shared/db): vault.read("
            "datalab/data/alpha/shared/db): Error making API request. Code: 403. Errors: * "
            "permission denied (retry attempt 1 after 250ms)",
            "SecretForbidden",
        ),
        (
            "[WARN] agent: (view) vault.read(datalab/data/alpha/shared/db): no secret exists at "
            "datalab/data/alpha/shared/db (retry attempt 1)",
            "SecretMissing",
        ),
        (
            "[ERROR] agent.auth.handler: error authenticating: Put https://vault:8200: dial tcp "
            "10.0.0.1:8200: connect: connection refused",
            "SecretsSilent",
        ),
        ("[INFO] agent.sink.server: starting sink server", "SecretsComing"),
    ],
)
def test_what_the_secret_stores_agent_waits_for(line: str, code: str) -> None:
    found = secrets.agent_waits(f"==> started\n{line}\n")
    assert found.code == code


def test_it_is_named_which_secret() -> None:
    line = "vault.read(datalab/data/alpha/users/bob/key): … Code: 403. Errors: * permission denied"
    assert "users/bob/key" in secrets.agent_waits(line).message


@pytest.mark.parametrize(
    ("terminated", "code", "names"),
    [
        ({"exitCode": 137, "reason": "OOMKilled"}, "OutOfMemory", "64Mi"),
        ({"exitCode": 7, "reason": "Error"}, "Exited", "exit code 7"),
        ({"exitCode": 0, "reason": "Completed"}, "Exited", "by itself"),
        ({"exitCode": 139, "reason": "Error"}, "Exited", "SIGSEGV"),
        (
            {
                "exitCode": 128,
                "reason": "StartError",
                "message": "failed to create containerd task: failed to create shim task: OCI "
                "runtime create failed: runc create failed: unable to start container process: "
                'exec: "/no/such/program": stat /no/such/program: no such file or directory: unknown',
            },
            "NoSuchCommand",
            "/no/such/program",
        ),
        ({"exitCode": 128, "reason": "StartError", "message": "…"}, "StartFailed", "machine"),
    ],
)
def test_how_a_container_ended(terminated: dict[str, object], code: str, names: str) -> None:
    found = ending.ended(terminated, who="The tool", memory="64Mi", again=True, output="")
    assert found.code == code
    assert names in found.message
