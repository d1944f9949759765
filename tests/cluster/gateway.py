"""The Gateway API on a cluster: its kinds as its own module has them, and Traefik behind a Gateway.

https://gateway-api.sigs.k8s.io/
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from tests.cluster.identity.programs import downloaded
from tests.cluster.ingress_controller import LOOK, traefik_pod
from tests.cluster.kinds import foreign_kinds

MODULE = "sigs.k8s.io/gateway-api@v1.6.3"
"""That of which Traefik 3.7 is made: it asks for every kind below."""
MODULE_SUM = "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc="
GROUP = "gateway.networking.k8s.io"
NAME = "front"
"""Of the class and of the Gateway."""
_KINDS = (
    *("gatewayclasses", "gateways", "httproutes", "grpcroutes", "referencegrants"),
    *("backendtlspolicies", "listenersets", "tlsroutes", "tcproutes"),
)
_OPTIONS = (
    *("--entryPoints.web.address=:8000", "--ping=true", "--ping.entryPoint=web"),
    *("--providers.kubernetesGateway=true", "--global.checkNewVersion=false", "--log.level=INFO"),
)
_RULES: tuple[Json, ...] = (
    {"apiGroups": [""], "resources": ["services", "secrets", "namespaces"], "verbs": LOOK},
    {"apiGroups": [""], "resources": ["configmaps", "nodes", "pods"], "verbs": LOOK},
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": LOOK},
    {"apiGroups": [GROUP], "resources": list(_KINDS), "verbs": LOOK},
    {"apiGroups": [GROUP], "resources": [f"{one}/status" for one in _KINDS], "verbs": ["update"]},
)


def gateways_kinds(api: KubernetesApi) -> AbstractContextManager[None]:
    folder = downloaded(MODULE, MODULE_SUM) / "config" / "crd" / "standard"
    return foreign_kinds(api, [folder / f"{GROUP}_{kind}.yaml" for kind in _KINDS])


@contextmanager
def gateway(api: KubernetesApi, namespace: str, image: str) -> Iterator[str]:
    """The address of a Gateway that takes routes of all namespaces; it listens on 8000."""
    classes = f"/apis/{GROUP}/v1/gatewayclasses"
    listener = {
        "name": "web",
        "protocol": "HTTP",
        "port": 8000,
        "allowedRoutes": {"namespaces": {"from": "All"}},
    }
    made = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Gateway",
        "metadata": {"name": NAME},
        "spec": {"gatewayClassName": NAME, "listeners": [listener]},
    }
    try:
        api.create(
            classes,
            {
                "apiVersion": f"{GROUP}/v1",
                "kind": "GatewayClass",
                "metadata": {"name": NAME},
                "spec": {"controllerName": "traefik.io/gateway-controller"},
            },
        )
        api.create(f"/apis/{GROUP}/v1/namespaces/{namespace}/gateways", made)
        with traefik_pod(api, namespace, image, options=_OPTIONS, rules=_RULES) as address:
            yield address
    finally:
        api.delete(f"{classes}/{NAME}")


def is_accepted(api: KubernetesApi, namespace: str, route: str) -> bool:
    """Whether a Gateway has taken the route, and knows what it leads to."""
    found = api.get(f"/apis/{GROUP}/v1/namespaces/{namespace}/httproutes/{route}") or {}
    parents = (found.get("status") or {}).get("parents") or []
    said = [{one["type"]: one["status"] for one in parent["conditions"]} for parent in parents]
    return bool(said) and all(
        (one.get("Accepted"), one.get("ResolvedRefs")) == ("True", "True") for one in said
    )
