"""Traefik in a pod as the ingress controller of a cluster, with its own definitions of kinds."""

from collections.abc import Iterator
from contextlib import contextmanager
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
_LOOK = ["get", "list", "watch"]
_RULES = (
    {"apiGroups": [""], "resources": ["services", "secrets", "nodes"], "verbs": _LOOK},
    {"apiGroups": [""], "resources": ["namespaces", "pods", "configmaps"], "verbs": _LOOK},
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _LOOK},
    {
        "apiGroups": ["networking.k8s.io"],
        "resources": ["ingresses", "ingressclasses"],
        "verbs": _LOOK,
    },
    {"apiGroups": [GROUP], "resources": ["*"], "verbs": _LOOK},
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


@contextmanager
def traefik(api: KubernetesApi, namespace: str, image: str) -> Iterator[str]:
    """Its address; it listens on 8000."""
    cluster_wide: Json = {"name": f"{namespace}-traefik"}
    of = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", **cluster_wide}
    who = {"kind": "ServiceAccount", "namespace": namespace, "name": "traefik"}
    binding = {"metadata": cluster_wide, "roleRef": of, "subjects": [who]}
    try:
        accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        api.create(accounts, {"metadata": {"name": "traefik"}})
        api.create(f"{_RBAC}/clusterroles", {"metadata": cluster_wide, "rules": list(_RULES)})
        api.create(f"{_RBAC}/clusterrolebindings", binding)
        api.create(f"/api/v1/namespaces/{namespace}/pods", _pod(image))
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


def _pod(image: str) -> Json:
    container = {
        "name": "traefik",
        "image": image,
        "command": ["traefik", *_OPTIONS],
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
