"""Traefik in a pod as the ingress controller of a cluster, with its own definitions of kinds."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from tests.parts.ports import wait_until

GROUP = "traefik.io"
_KINDS = (
    *("IngressRoute", "IngressRouteTCP", "IngressRouteUDP", "Middleware", "MiddlewareTCP"),
    *("ServersTransport", "ServersTransportTCP", "TLSOption", "TLSStore", "TraefikService"),
)
_OPTIONS = (
    *("--entryPoints.web.address=:8000", "--ping=true", "--ping.entryPoint=web"),
    *("--providers.kubernetesIngress=true", "--providers.kubernetesIngress.ingressClass=traefik"),
    *("--providers.kubernetesCRD=true", "--global.checkNewVersion=false", "--log.level=INFO"),
)
LOOK = ["get", "list", "watch"]
_RULES: tuple[Json, ...] = (
    {"apiGroups": [""], "resources": ["services", "secrets", "nodes"], "verbs": LOOK},
    {"apiGroups": [""], "resources": ["namespaces", "pods", "configmaps"], "verbs": LOOK},
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": LOOK},
    {
        "apiGroups": ["networking.k8s.io"],
        "resources": ["ingresses", "ingressclasses"],
        "verbs": LOOK,
    },
    {"apiGroups": [GROUP], "resources": ["*"], "verbs": LOOK},
)
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"


@contextmanager
def traefiks_kinds(api: KubernetesApi) -> Iterator[None]:
    """For at least as long as something of them is there."""
    definitions = [_definition(kind) for kind in _KINDS]
    for one in definitions:
        api.apply(f"{_DEFINITIONS}/{one['metadata']['name']}", one)
    try:
        yield
    finally:
        for one in definitions:
            api.delete(f"{_DEFINITIONS}/{one['metadata']['name']}")


def traefik(api: KubernetesApi, namespace: str, image: str) -> AbstractContextManager[str]:
    """Its address; it listens on 8000."""
    return traefik_pod(api, namespace, image, options=_OPTIONS, rules=_RULES)


@contextmanager
def traefik_pod(
    api: KubernetesApi,
    namespace: str,
    image: str,
    *,
    options: Sequence[str],
    rules: Sequence[Json],
) -> Iterator[str]:
    cluster_wide: Json = {"name": f"{namespace}-traefik"}
    of = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", **cluster_wide}
    who = {"kind": "ServiceAccount", "namespace": namespace, "name": "traefik"}
    binding = {"metadata": cluster_wide, "roleRef": of, "subjects": [who]}
    try:
        accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        api.create(accounts, {"metadata": {"name": "traefik"}})
        api.create(f"{_RBAC}/clusterroles", {"metadata": cluster_wide, "rules": list(rules)})
        api.create(f"{_RBAC}/clusterrolebindings", binding)
        api.create(f"/api/v1/namespaces/{namespace}/pods", _pod(image, options))
        yield _address(api, f"/api/v1/namespaces/{namespace}/pods/traefik")
    finally:
        for kind in ("clusterrolebindings", "clusterroles"):
            api.delete(f"{_RBAC}/{kind}/{cluster_wide['name']}")


def _address(api: KubernetesApi, pod: str) -> str:
    def status() -> Any:
        return (api.get(pod) or {}).get("status", {})

    def is_ready() -> bool:
        return any(one["ready"] for one in status().get("containerStatuses", ()))

    wait_until(is_ready, seconds=60)
    return str(status()["podIP"])


def _pod(image: str, options: Sequence[str]) -> Json:
    container = {
        "name": "traefik",
        "image": image,
        "command": ["traefik", *options],
        "readinessProbe": {"httpGet": {"path": "/ping", "port": 8000}, "periodSeconds": 1},
    }
    spec = {"serviceAccountName": "traefik", "containers": [container]}
    return {"metadata": {"name": "traefik"}, "spec": spec}


def _definition(kind: str) -> Json:
    """Only its name matters here: what stands in it is Traefik's to read."""
    plural = f"{kind.lower()}s"
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1alpha1", "served": True, "storage": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "versions": [{**version, "schema": {"openAPIV3Schema": anything}}],
        },
    }
