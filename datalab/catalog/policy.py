"""What rendered manifests may do. Pure.

The rules are those of Pod Security "restricted", and the tenant's border on top of it.
https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from collections.abc import Iterator, Sequence

from datalab.catalog.pods import annotation_findings, pod_findings
from datalab.catalog.rules import Brought, Finding, Object, Policy, claims, inner, items, name_of
from datalab.core.delivery import ENDING
from datalab.core.kinds import BROUGHT_BY_CHARTS

__all__ = ["Finding", "Policy", "findings"]

_TOKEN_SECRET = "kubernetes.io/service-account-token"  # noqa: S105 - a type's name
_CLOUD_IDENTITIES = ("eks.amazonaws.com/", "iam.gke.io/", "azure.workload.identity/")
# Other people's volumes, snapshots included, come in by these.
_FOREIGN_STORAGE = ("dataSource", "dataSourceRef", "selector", "volumeName")


def findings(manifests: Sequence[Object], policy: Policy) -> list[Finding]:
    """All that is not allowed; empty where nothing is."""
    brought = Brought.by(manifests)
    return [found for one in manifests for found in _of_manifest(one, brought, policy)]


def _of_manifest(manifest: Object, brought: Brought, policy: Policy) -> Iterator[Finding]:
    kind = str(manifest.get("kind"))
    where = f"{kind}/{name_of(manifest)}"
    if (manifest.get("apiVersion"), kind) not in BROUGHT_BY_CHARTS:
        yield _finding("kind", where, f"A chart may not create a {kind}.")
    if inner(manifest, "metadata").get("namespace", policy.namespace) != policy.namespace:
        yield _finding("namespace", where, "A chart may only write into its tenant's namespace.")
    yield from _of_kind(kind, manifest, where, brought, policy)


def _of_kind(
    kind: str, manifest: Object, where: str, brought: Brought, policy: Policy
) -> Iterator[Finding]:
    spec = inner(manifest, "spec")
    match kind:
        case "Deployment" | "StatefulSet":
            yield from pod_findings(inner(spec, "template", "spec"), where, brought, policy)
            told = inner(spec, "template", "metadata", "annotations")
            yield from annotation_findings(told, where)
            for claim in claims(spec):
                yield from _of_claim(inner(claim, "spec"), where)
        case "PersistentVolumeClaim":
            yield from _of_claim(spec, where)
        case "Service":
            yield from _of_service(spec, where)
        case "Ingress" | "HTTPRoute":
            yield from _of_route(manifest, where, policy)
        case "ServiceAccount":
            yield from _of_account(manifest, where)
        case "Secret":
            yield from _of_secret(manifest, where)
        case _:
            pass


def _of_account(manifest: Object, where: str) -> Iterator[Finding]:
    """Where machines are a cloud's, these words make a pod somebody there."""
    for name in inner(manifest, "metadata", "annotations"):
        if str(name).startswith(_CLOUD_IDENTITIES):
            message = "A tool may not take an identity of the cloud."
            yield _finding("account", f"{where}.{name}", message)


def _of_secret(manifest: Object, where: str) -> Iterator[Finding]:
    if manifest.get("type") == _TOKEN_SECRET:
        yield _finding("token", where, "A tool gets no token of the cluster.")
    if name_of(manifest).endswith(ENDING):
        yield _finding("secret", where, f"Secrets called …{ENDING} are the platform's own.")


def _of_service(spec: Object, where: str) -> Iterator[Finding]:
    if spec.get("type", "ClusterIP") != "ClusterIP" or spec.get("externalIPs"):
        yield _finding("service", where, "A service is reached through the front door only.")


def _of_claim(spec: Object, where: str) -> Iterator[Finding]:
    for field in _FOREIGN_STORAGE:
        if spec.get(field):
            message = "A tool's storage begins empty; it may not name a volume that is there."
            yield _finding("storage", f"{where}.{field}", message)


def _of_route(manifest: Object, where: str, policy: Policy) -> Iterator[Finding]:
    for host in _hosts(inner(manifest, "spec")):
        if host != policy.host and not host.endswith(f".{policy.host}"):
            said = host or "every host"
            message = f"A tool may take its own host {policy.host} only, not {said}."
            yield _finding("host-name", where, message)
    for name in inner(manifest, "metadata", "annotations"):
        if "snippet" in str(name):
            message = "A route may not bring configuration of the front door."
            yield _finding("route", f"{where}.{name}", message)


def _hosts(spec: Object) -> Iterator[str]:
    """Of an Ingress and of an HTTPRoute. A rule that names none answers for all."""
    listed = spec.get("hostnames")
    if isinstance(listed, list):
        yield from map(str, listed)
        return
    rules = list(items(spec, "rules"))
    if spec.get("defaultBackend") or not rules:
        yield ""
    for rule in rules:
        yield str(rule.get("host", ""))
    for entry in items(spec, "tls"):
        hosts = entry.get("hosts")
        yield from map(str, hosts if isinstance(hosts, list) else ())


def _finding(code: str, path: str, message: str) -> Finding:
    return Finding(code=code, path=path, message=message)
