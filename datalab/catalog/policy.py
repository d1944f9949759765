"""What rendered manifests may do. Pure.

The rules are those of Pod Security "restricted", and the tenant's border on top of it.
https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`path` says where in the manifests, `message` is a sentence for a person."""

    code: str
    path: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`images` are allowed prefixes of image references; empty allows every image."""

    namespace: str
    images: Sequence[str] = ()


KINDS = frozenset(
    {
        "ConfigMap",
        "Deployment",
        "HTTPRoute",
        "Ingress",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "Secret",
        "Service",
        "ServiceAccount",
        "StatefulSet",
    }
)
_WORKLOADS = frozenset({"Deployment", "StatefulSet"})
_VOLUMES = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
_SECCOMP = {"RuntimeDefault", "Localhost"}


def findings(manifests: Sequence[Object], policy: Policy) -> list[Finding]:
    """All that is not allowed; empty where nothing is."""
    return [found for manifest in manifests for found in _of_manifest(manifest, policy)]


def _of_manifest(manifest: Object, policy: Policy) -> Iterator[Finding]:
    kind = str(manifest.get("kind"))
    metadata = manifest.get("metadata") or {}
    where = f"{kind}/{metadata.get('name', '')}"
    if kind not in KINDS:
        yield _finding("kind", where, f"A chart may not create a {kind}.")
    if metadata.get("namespace", policy.namespace) != policy.namespace:
        yield _finding("namespace", where, "A chart may only write into its tenant's namespace.")
    spec = manifest.get("spec") or {}
    if kind == "Service":
        yield from _of_service(spec, where)
    if kind in _WORKLOADS:
        yield from _of_pod((spec.get("template") or {}).get("spec") or {}, where, policy)


def _of_service(spec: Object, where: str) -> Iterator[Finding]:
    if spec.get("type", "ClusterIP") != "ClusterIP" or spec.get("externalIPs"):
        yield _finding("service", where, "A service is reached through the front door only.")


def _of_pod(pod: Object, where: str, policy: Policy) -> Iterator[Finding]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(field):
            yield _finding("host", f"{where}.{field}", "A tool may not see the machine it runs on.")
    for volume in pod.get("volumes") or []:
        for source in volume.keys() - {"name"} - _VOLUMES:
            where_volume = f"{where}.volumes.{volume.get('name')}"
            yield _finding("volume", where_volume, f"Volumes of type {source} are not allowed.")
    if pod.get("automountServiceAccountToken") is not False:
        yield _finding("token", where, "A tool gets no token of the cluster.")
    shared = pod.get("securityContext") or {}
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for container in pod.get(group) or []:
            yield from _of_container(container, shared, where, policy)


def _of_container(container: Object, shared: Object, pod: str, policy: Policy) -> Iterator[Finding]:
    where = f"{pod}.{container.get('name', '')}"
    image = str(container.get("image", ""))
    if policy.images and not any(_is_below(image, prefix) for prefix in policy.images):
        yield _finding("image", where, f"The image {image} is not on the list of allowed images.")
    if any(port.get("hostPort") for port in container.get("ports") or []):
        yield _finding("host", where, "A tool may not take a port of the machine.")
    own = container.get("securityContext") or {}
    for code, broken, message in _RULES:
        if broken(own, shared):
            yield _finding(code, where, message)


def _is_below(image: str, prefix: str) -> bool:
    """`quay.io/jupyter` allows `quay.io/jupyter/x:1`, not `quay.io/jupyter-evil/x`."""
    rest = image.removeprefix(prefix)
    return image.startswith(prefix) and (prefix.endswith("/") or rest[:1] in {"", "/", ":", "@"})


def _runs_as_root(own: Object, shared: Object) -> bool:
    user = own.get("runAsUser", shared.get("runAsUser"))
    return own.get("runAsNonRoot", shared.get("runAsNonRoot")) is not True or user == 0


def _has_capabilities(own: Object, _: Object) -> bool:
    capabilities = own.get("capabilities") or {}
    return "ALL" not in (capabilities.get("drop") or []) or bool(
        set(capabilities.get("add") or []) - {"NET_BIND_SERVICE"}
    )


def _has_no_seccomp(own: Object, shared: Object) -> bool:
    profile = own.get("seccompProfile") or shared.get("seccompProfile") or {}
    return profile.get("type") not in _SECCOMP


Rule = Callable[[Object, Object], bool]
_RULES: tuple[tuple[str, Rule, str], ...] = (
    ("privileged", lambda own, _: bool(own.get("privileged")), "A tool may not be privileged."),
    (
        "escalation",
        lambda own, _: own.get("allowPrivilegeEscalation") is not False,
        "A tool may not gain privileges.",
    ),
    ("root", _runs_as_root, "A tool may not run as root."),
    ("capabilities", _has_capabilities, "A tool drops all capabilities."),
    ("seccomp", _has_no_seccomp, "A tool keeps the runtime's filter of system calls."),
)


def _finding(code: str, path: str, message: str) -> Finding:
    return Finding(code=code, path=path, message=message)
