"""A pod template with one container as one process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from datalab.core.quantities import Resource, to_units
from datalab.providers.cluster.local.spec import ProcessSpec
from datalab.providers.cluster.local.translate.claims import Claims
from datalab.providers.cluster.local.translate.configs import Configs
from datalab.providers.cluster.local.translate.fields import Fields, refused
from datalab.providers.cluster.local.translate.probe import read_probe
from datalab.providers.cluster.local.translate.security import (
    check_container_security,
    check_pod_security,
)
from datalab.providers.cluster.local.translate.variables import PodFacts, expand, read_variables
from datalab.providers.cluster.local.translate.volumes import Volumes

_ONE_MACHINE = "There is one machine to run on"
_NO_IMAGE = "No image is pulled"
_NO_API = "There is no Kubernetes API for a tool to speak to"
_NAMES = "Tools find names through the platform's own way out"
_GPU = ("nvidia.com/gpu",)
_VAULT = "vault.hashicorp.com/"

PortChoice = Callable[[Mapping[str, str], dict[str, int]], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A Deployment or StatefulSet as far as it is more than its pod. `claims` by template name."""

    name: str
    where: str
    replicas: int
    claims: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a pod may refer to. `choose_port` is given the pod's labels and its ports by name."""

    namespace: str
    configs: Configs
    claims: Claims
    choose_port: PortChoice


def read_pod(template: Fields, *, workload: Workload, around: Surroundings) -> ProcessSpec:
    metadata = template.inner("metadata", where=workload.where)
    spec = template.inner("spec", where=workload.where)
    template.close()
    container = _only_container(spec)
    resources = _Resources(container)
    pod = PodFacts(
        name=f"{workload.name}-0",
        namespace=around.namespace,
        service_account=_account(spec),
        labels=metadata.strings("labels"),
        annotations=metadata.strings("annotations"),
        limits=resources.limits,
        requests=resources.requests,
    )
    _note_vault(pod.annotations, spec)
    volumes = Volumes(around.configs, around.claims, pod)
    for name, claim in workload.claims.items():
        volumes.add_template(name, claim)
    volumes.add(spec.each("volumes", noun="volume"))
    grace = spec.number("terminationGracePeriodSeconds", 30)
    _check_placement(spec)
    check_pod_security(spec.inner("securityContext"))
    spec.close()
    process = _process(
        container,
        pod=pod,
        workload=workload,
        around=around,
        resources=resources,
        volumes=volumes,
    )
    return replace(process, stop_grace=grace)


def _process(
    container: Fields,
    *,
    pod: PodFacts,
    workload: Workload,
    around: Surroundings,
    resources: "_Resources",
    volumes: Volumes,
) -> ProcessSpec:
    ports = _ports(container)
    port = around.choose_port(pod.labels, ports)
    variables = read_variables(container, around.configs, pod)
    process = ProcessSpec(
        workload=workload.name,
        image=container.text("image"),
        command=_command(container, variables),
        environment=variables,
        working_dir=container.text("workingDir") or variables.get("HOME", "/"),
        port=port,
        readiness=read_probe(container, ports, port),
        volumes=volumes.mounts(container.each("volumeMounts", noun="mount"), variables),
        cpu=resources.cpu,
        memory=resources.memory,
        gpu=resources.gpu,
        suspended=workload.replicas == 0,
    )
    _finish(container)
    return process


def _only_container(spec: Fields) -> Fields:
    for key, noun in (("initContainers", "init container"), ("ephemeralContainers", "container")):
        extra = [one.text("name") for one in spec.each(key, noun=noun)]
        if extra:
            raise refused(
                f"{spec.where}: one machine runs one container for a tool, not also the {noun} "
                f"{', '.join(extra)}."
            )
    containers = spec.each("containers", noun="container")
    names = [one.text("name") for one in containers]
    if len(containers) != 1:
        raise refused(
            f"{spec.where}: one machine runs one container for a tool, not {len(containers)}"
            f"{': ' if names else ''}{', '.join(names)}."
        )
    return containers[0]


def _note_vault(annotations: Mapping[str, str], spec: Fields) -> None:
    if any(name.startswith(_VAULT) for name in annotations):
        spec.notes.add(
            "Secrets are rendered by the platform, not by the Vault Agent", f"{_VAULT}* annotations"
        )


def _account(spec: Fields) -> str:
    spec.refuse_if_true("automountServiceAccountToken")
    account = spec.text("serviceAccountName") or spec.text("serviceAccount") or "default"
    spec.drop("serviceAccount")
    if account != "default":
        spec.notes.add(_NO_API, "serviceAccountName")
    return account


def _check_placement(spec: Fields) -> None:
    spec.leave_out(
        _ONE_MACHINE,
        "affinity", "nodeSelector", "tolerations", "topologySpreadConstraints",
        "priorityClassName", "priority", "preemptionPolicy", "schedulerName", "runtimeClassName",
    )  # fmt: skip
    spec.leave_out(_NO_IMAGE, "imagePullSecrets")
    spec.leave_out(_NAMES, "dnsPolicy", "dnsConfig", "subdomain", "hostname")
    spec.drop("enableServiceLinks")  # there is no other Service whose address a variable could tell
    spec.refuse_unless("restartPolicy", "Always")
    spec.refuse_if_true("hostNetwork", "hostPID", "hostIPC", "hostUsers")
    spec.refuse_if_true("shareProcessNamespace", "setHostnameAsFQDN")
    operating_system = spec.inner("os")
    operating_system.refuse_unless("name", "linux")
    operating_system.close()


def _ports(container: Fields) -> dict[str, int]:
    """By name, or by the number as text where a port has none."""
    ports: dict[str, int] = {}
    for item in container.each("ports", noun="port"):
        number = item.number("containerPort", 0)
        if not 0 < number < 65536:
            raise refused(f"{item.where}: containerPort {number} is no port.")
        item.refuse_unless("protocol", "TCP")
        item.refuse_unless("hostPort")
        item.refuse_unless("hostIP")
        ports[item.text("name") or str(number)] = number
        item.close()
    return ports


def _command(container: Fields, variables: Mapping[str, str]) -> Sequence[str]:
    command = container.texts("command")
    if not command:
        raise refused(
            f"{container.where}: it names no command, and what its image would start is not known "
            "on one machine."
        )
    return [expand(word, variables) for word in [*command, *container.texts("args")]]


def _finish(container: Fields) -> None:
    container.leave_out(_NO_IMAGE, "imagePullPolicy")
    container.leave_out(
        "A tool's last words are in its log", "terminationMessagePath", "terminationMessagePolicy"
    )
    container.leave_out("Limits change by a restart", "resizePolicy")
    container.refuse_if_true("stdin", "stdinOnce", "tty")
    check_container_security(container.inner("securityContext"))
    container.close()


class _Resources:
    """What the container states: quantities as written, and the limits in the platform's units."""

    def __init__(self, container: Fields) -> None:
        resources = container.inner("resources")
        limits, requests = resources.inner("limits"), resources.inner("requests")
        resources.close()
        self._where = container.where
        self.limits = _quantities(limits)
        self.requests = _quantities(requests)
        self.cpu = self._units(Resource.CPU, "cpu")
        self.memory = self._units(Resource.MEMORY, "memory")
        self.gpu = sum(self._units(Resource.GPU, name) or 0 for name in _GPU)
        known = {"cpu", "memory", "ephemeral-storage", *_GPU}
        unknown = sorted({*self.limits, *self.requests} - known)
        if unknown:
            raise refused(f"{container.where}: this machine has no {', '.join(unknown)}.")
        if "ephemeral-storage" in {*self.limits, *self.requests}:
            container.notes.add("Disk space is not limited on one machine", "ephemeral-storage")

    def _units(self, resource: Resource, name: str) -> int | None:
        text = self.limits.get(name)
        if text is None:
            return None
        try:
            return to_units(resource, text)
        except ValueError:
            raise refused(f"{self._where}: {text[:40]!r} is no limit for {name}.") from None


def _quantities(fields: Fields) -> dict[str, str]:
    return {name: str(fields.take(name)) for name in fields.names()}
