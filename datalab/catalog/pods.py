"""What the pod of a tool may do. Pure; `policy.py` says which manifests have one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from datalab.catalog.rules import Brought, Finding, Object, Policy, inner, items
from datalab.core.devices import is_device
from datalab.core.quantities import parse

_VOLUMES = frozenset(
    {
        "configMap",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
_SECCOMP = {"RuntimeDefault", "Localhost"}
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_COUNTED = {"cpu", "memory", "ephemeral-storage"}
_PLACES = (
    *("nodeName", "priorityClassName", "schedulerName", "runtimeClassName"),
    *("affinity", "tolerations"),
)
_ANYWHERE = {"kubernetes.io/os", "kubernetes.io/arch"}
"""What an image needs, so a chart may say it."""
_HANDLERS = ("startupProbe", "readinessProbe", "livenessProbe")

_VAULT = "vault.hashicorp.com/"
_AGENT_WORDS = {
    *("role", "agent-inject", "agent-service-account-token-volume-name"),
    *("agent-run-as-same-user", "agent-auto-auth-exit-on-err"),
    *("agent-pre-populate", "agent-pre-populate-only"),
    *("agent-requests-cpu", "agent-limits-cpu", "agent-requests-mem", "agent-limits-mem"),
}
_AGENT_BEGINNINGS = tuple(
    f"agent-inject-{what}-" for what in ("secret", "template", "file", "perms")
)

Found = Iterator[Finding]


def pod_findings(pod: Object, where: str, brought: Brought, policy: Policy) -> Found:
    yield from _of_host(pod, where)
    yield from _of_identity(pod, where, brought)
    yield from _of_token_holder(pod, where, policy)
    for volume in items(pod, "volumes"):
        yield from _of_volume(volume, f"{where}.volumes.{volume.get('name')}", brought, policy)
    shared = inner(pod, "securityContext")
    for group in _CONTAINERS:
        for container in items(pod, group):
            name = f"{where}.{container.get('name', '')}"
            yield from _of_container(container, shared, name, policy)
            yield from _of_variables(container, name, brought)
            yield from _of_probes(container, name)
            yield from _of_resources(inner(container, "resources"), name)


def _of_host(pod: Object, where: str) -> Found:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(field):
            yield _finding("host", f"{where}.{field}", "A tool may not see the machine it runs on.")
    for field in _PLACES:
        if pod.get(field):
            yield _finding("placement", f"{where}.{field}", "A tool may not choose its place.")
    for label in sorted(map(str, set(inner(pod, "nodeSelector")) - _ANYWHERE)):
        message = "A tool may not choose its place: that is what presets are for."
        yield _finding("placement", f"{where}.nodeSelector.{label}", message)
    if inner(pod, "securityContext").get("sysctls"):
        yield _finding("host", f"{where}.sysctls", "A tool may not set parameters of the kernel.")


def _of_identity(pod: Object, where: str, brought: Brought) -> Found:
    """Another account could sign in to the secret store as somebody else."""
    if pod.get("automountServiceAccountToken") is not False:
        yield _finding("token", where, "A tool gets no token of the cluster.")
    for field in ("serviceAccountName", "serviceAccount"):
        account = pod.get(field) or "default"
        if account != "default" and not brought.has("ServiceAccount", account):
            message = f"A tool may not act as the account {account}, which is not its own."
            yield _finding("account", f"{where}.{field}", message)


def annotation_findings(annotations: Object, where: str) -> Found:
    """Others let the injected agent run another image, as root, or against another store."""
    for name in map(str, annotations):
        said = name.removeprefix(_VAULT)
        if said != name and said not in _AGENT_WORDS and not said.startswith(_AGENT_BEGINNINGS):
            message = "The Vault agent may be told what to render, not how it runs."
            yield _finding("agent", f"{where}.{name}", message)


def _of_token_holder(pod: Object, where: str, policy: Policy) -> Found:
    """The account is what binds a pod to its service, so to its owner's secrets.

    Names of releases are unique in a tenant. An account called otherwise could be waiting there for
    a release of somebody else that is called like it.
    """
    sources = [
        source
        for volume in items(pod, "volumes")
        for source in items(inner(volume, "projected"), "sources")
    ]
    account = pod.get("serviceAccountName") or pod.get("serviceAccount") or "default"
    if any("serviceAccountToken" in one for one in sources) and account != policy.account:
        message = f"What gets a token acts as the account {policy.account}, not as {account}."
        yield _finding("account", f"{where}.serviceAccountName", message)


def _of_volume(volume: Object, where: str, brought: Brought, policy: Policy) -> Found:
    for kind in sorted(volume.keys() - {"name"} - _VOLUMES):
        yield _finding("volume", where, f"Volumes of type {kind} are not allowed.")
    claim = inner(volume, "persistentVolumeClaim").get("claimName")
    if claim is not None and not brought.has("PersistentVolumeClaim", claim):
        yield _finding("volume", where, f"The volume {claim} is not this service's own.")
    name = inner(volume, "secret").get("secretName")
    if not policy.secret or name != policy.secret:
        yield from _of_secret(name, where, brought)
    for source in items(inner(volume, "projected"), "sources"):
        yield from _of_secret(inner(source, "secret").get("name"), where, brought)
        yield from _of_token(source, where, policy)


def _of_token(source: Object, where: str, policy: Policy) -> Found:
    if "serviceAccountToken" not in source:
        return
    audience = inner(source, "serviceAccountToken").get("audience")
    if audience not in policy.audiences:
        yield _finding("token", where, "A tool gets no token of the cluster.")


def _of_secret(name: Any, where: str, brought: Brought) -> Found:
    """Helm keeps every release's values in a secret of the same namespace."""
    if name is not None and not brought.has("Secret", name):
        yield _finding("secret", where, f"The secret {name} is not this service's own.")


def _of_variables(container: Object, where: str, brought: Brought) -> Found:
    for source in items(container, "envFrom"):
        yield from _of_secret(inner(source, "secretRef").get("name"), f"{where}.envFrom", brought)
    for variable in items(container, "env"):
        name = inner(variable, "valueFrom", "secretKeyRef").get("name")
        yield from _of_secret(name, f"{where}.env.{variable.get('name')}", brought)


def _of_probes(container: Object, where: str) -> Found:
    """A probe is a request of the node: with a host it could ask anything of the network."""
    places = [inner(container, name) for name in _HANDLERS]
    places += [inner(container, "lifecycle", name) for name in ("postStart", "preStop")]
    for place in places:
        if any(inner(place, kind).get("host") for kind in ("httpGet", "tcpSocket")):
            yield _finding("probe", where, "A probe may ask the tool itself only.")


def _of_container(container: Object, shared: Object, where: str, policy: Policy) -> Found:
    image = str(container.get("image", ""))
    if policy.images and not any(_is_below(image, prefix) for prefix in policy.images):
        yield _finding("image", where, f"The image {image} is not on the list of allowed images.")
    if any(port.get("hostPort") for port in items(container, "ports")):
        yield _finding("host", where, "A tool may not take a port of the machine.")
    own = inner(container, "securityContext")
    for code, broken, message in _RULES:
        if broken(own, shared):
            yield _finding(code, where, message)


def _of_resources(resources: Object, where: str) -> Found:
    limits, requests = inner(resources, "limits"), inner(resources, "requests")
    for name in sorted({*limits, *requests}):
        if name not in _COUNTED and not is_device(name):
            yield _finding("resource", where, f"No quota counts {name}, so no tool can have it.")
        elif name in limits and name in requests and _exceeds(requests[name], limits[name]):
            yield _finding("resource", where, f"More {name} is requested than the limit allows.")


def _exceeds(request: Any, limit: Any) -> bool:
    """What is no quantity is refused where it is counted, with its field."""
    try:
        return parse(request) > parse(limit)
    except ValueError:
        return False


def _is_below(image: str, prefix: str) -> bool:
    """`quay.io/jupyter` allows `quay.io/jupyter/x:1`, not `quay.io/jupyter-evil/x`."""
    rest = image.removeprefix(prefix)
    return image.startswith(prefix) and (prefix.endswith("/") or rest[:1] in {"", "/", ":", "@"})


def _runs_as_root(own: Object, shared: Object) -> bool:
    user = own.get("runAsUser", shared.get("runAsUser"))
    return own.get("runAsNonRoot", shared.get("runAsNonRoot")) is not True or user == 0


def _has_capabilities(own: Object, _: Object) -> bool:
    capabilities = inner(own, "capabilities")
    added = set(capabilities.get("add") or []) - {"NET_BIND_SERVICE"}
    return "ALL" not in (capabilities.get("drop") or []) or bool(added)


def _has_no_seccomp(own: Object, shared: Object) -> bool:
    profile = inner(own, "seccompProfile") or inner(shared, "seccompProfile")
    return profile.get("type") not in _SECCOMP


def _leaves_confinement(own: Object, shared: Object) -> bool:
    """SELinux, AppArmor, Windows' host processes and an unmasked /proc."""
    return (
        own.get("procMount", "Default") != "Default"
        or any(inner(one, "appArmorProfile").get("type") == "Unconfined" for one in (own, shared))
        or any(
            inner(one, "seLinuxOptions") or inner(one, "windowsOptions") for one in (own, shared)
        )
    )


Rule = Callable[[Object, Object], bool]
_RULES: Sequence[tuple[str, Rule, str]] = (
    ("privileged", lambda own, _: bool(own.get("privileged")), "A tool may not be privileged."),
    (
        "escalation",
        lambda own, _: own.get("allowPrivilegeEscalation") is not False,
        "A tool may not gain privileges.",
    ),
    ("root", _runs_as_root, "A tool may not run as root."),
    ("capabilities", _has_capabilities, "A tool drops all capabilities."),
    ("seccomp", _has_no_seccomp, "A tool keeps the runtime's filter of system calls."),
    ("confinement", _leaves_confinement, "A tool keeps the confinement that the cluster gives it."),
)


def _finding(code: str, path: str, message: str) -> Finding:
    return Finding(code=code, path=path, message=message)
