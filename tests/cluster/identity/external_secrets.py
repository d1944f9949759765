"""The real External Secrets operator on the cluster, with the definitions of its two kinds.

https://external-secrets.io/latest/provider/hashicorp-vault/
"""

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from tests.cluster.identity.programs import external_secrets_source
from tests.cluster.kinds import foreign_kinds
from tests.parts.ports import wait_until

GROUP = "external-secrets.io"
_KINDS = ("secretstores", "externalsecrets")
_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_OPTIONS = (
    "--enable-cluster-store-reconciler=false",
    "--enable-cluster-external-secret-reconciler=false",
    "--enable-push-secret-reconciler=false",
    "--enable-cluster-push-secret-reconciler=false",
    "--enable-generator-state=false",
)
_LOOK = ["get", "list", "watch"]
_RULES = (
    {"apiGroups": [GROUP], "resources": list(_KINDS), "verbs": [*_LOOK, "update", "patch"]},
    {
        "apiGroups": [GROUP],
        "resources": [f"{one}/{part}" for one in _KINDS for part in ("status", "finalizers")],
        "verbs": ["get", "update", "patch"],
    },
    {"apiGroups": [""], "resources": ["serviceaccounts", "namespaces"], "verbs": _LOOK},
    {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]},
    {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
    {
        "apiGroups": [""],
        "resources": ["secrets"],
        "verbs": [*_LOOK, "create", "update", "patch", "delete"],
    },
)


def its_kinds(api: KubernetesApi) -> AbstractContextManager[None]:
    folder = external_secrets_source() / "config" / "crds" / "bases"
    return foreign_kinds(api, [folder / f"{GROUP}_{kind}.yaml" for kind in _KINDS])


@contextmanager
def running_operator(api: KubernetesApi, image: str) -> Iterator[None]:
    name = f"external-secrets-{secrets.token_hex(4)}"
    mine = {"metadata": {"name": name}}
    of = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    who = {"kind": "ServiceAccount", "namespace": name, "name": "operator"}
    here = f"/api/v1/namespaces/{name}"
    try:
        api.create("/api/v1/namespaces", mine)
        api.create(f"{here}/serviceaccounts", {"metadata": {"name": "operator"}})
        api.create(f"{_RBAC}/clusterroles", {**mine, "rules": list(_RULES)})
        api.create(f"{_RBAC}/clusterrolebindings", {**mine, "roleRef": of, "subjects": [who]})
        api.create(f"{here}/pods", _pod(image))
        wait_until(lambda: _is_ready(api, f"{here}/pods/operator"), seconds=120)
        yield
        for kind in _KINDS:  # it may have to let go of them
            wait_until(lambda at=kind: _all(api, at) == [], seconds=120)  # type: ignore[misc]
    finally:
        for kind in ("clusterrolebindings", "clusterroles"):
            api.delete(f"{_RBAC}/{kind}/{name}")
        api.delete(here)


def conditions(api: KubernetesApi, kind: str, namespace: str, name: str) -> list[Any]:
    """What the operator says of one of them: type, status, reason and message of each."""
    path = f"/apis/{GROUP}/v1/namespaces/{namespace}/{kind}/{name}"
    found = (api.get(path) or {}).get("status") or {}
    return list(found.get("conditions") or [])


def _pod(image: str) -> Json:
    container = {
        "name": "operator",
        "image": image,
        "command": ["/external-secrets", *_OPTIONS],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8082}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}},
    }
    spec = {"serviceAccountName": "operator", "containers": [container]}
    return {"metadata": {"name": "operator"}, "spec": spec}


def _is_ready(api: KubernetesApi, pod: str) -> bool:
    status = (api.get(pod) or {}).get("status") or {}
    return any(one["ready"] for one in status.get("containerStatuses", ()))


def _all(api: KubernetesApi, kind: str) -> list[Json]:
    return api.list(f"/apis/{GROUP}/v1/{kind}").items
