"""The real Agent injector on the cluster, for the namespaces that a test names and for no other.

https://developer.hashicorp.com/vault/docs/platform/k8s/injector
"""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.providers.cluster.kubernetes.namespace import OURS
from tests.parts.ports import wait_until

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_HOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
_NAMESPACE = "kubernetes.io/metadata.name"
ASKS_FOR_SECRETS = (
    "has(object.metadata.annotations) && "
    "'vault.hashicorp.com/agent-inject' in object.metadata.annotations"
)
"""Nobody else's pod has to wait for the injector."""


@dataclass(kw_only=True)
class Injector:
    api: KubernetesApi
    image: str
    agent: str
    vault: str
    """Its address, as pods reach it."""
    authority: str
    """Whose certificate Vault has, PEM."""
    name: str = field(default_factory=lambda: f"injector-{secrets.token_hex(4)}")

    def start(self) -> None:
        of = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": self.name}
        subject = {"kind": "ServiceAccount", "namespace": self.name, "name": "injector"}
        mine = {"metadata": {"name": self.name}}
        here = f"/api/v1/namespaces/{self.name}"
        self.api.create("/api/v1/namespaces", mine)
        self.api.create(f"{here}/serviceaccounts", {"metadata": {"name": "injector"}})
        self.api.create(f"{_RBAC}/clusterroles", {**mine, "rules": _rules(self.name)})
        binding = {**mine, "roleRef": of, "subjects": [subject]}
        self.api.create(f"{_RBAC}/clusterrolebindings", binding)
        self.api.create(_HOOKS, {**mine, "webhooks": [self._webhook([])]})
        ports = [{"name": "https", "port": 443, "targetPort": 8080}]
        service = {"selector": {"app": "injector"}, "ports": ports}
        self.api.create(f"{here}/services", {"metadata": {"name": "injector"}, "spec": service})
        self.api.create(self._workload(), self._deployment())
        wait_until(lambda: self._ready() == 1, seconds=90)
        wait_until(self._has_its_authority, seconds=30)

    def serve(self, *namespaces: str) -> None:
        """Of tenants, and in this shared cluster of these only."""
        hook = self.api.get(f"{_HOOKS}/{self.name}")
        assert hook is not None
        [mine] = hook["webhooks"]
        selector = self._webhook(list(namespaces))["namespaceSelector"]
        patched = [{**mine, "namespaceSelector": selector}]
        self.api.merge(f"{_HOOKS}/{self.name}", {"webhooks": patched})

    def scale(self, replicas: int) -> None:
        self.api.merge(self._workload("injector"), {"spec": {"replicas": replicas}})
        wait_until(lambda: self._ready() == replicas, seconds=60)

    def stop(self) -> None:
        for path in (
            f"{_HOOKS}/{self.name}",
            f"{_RBAC}/clusterrolebindings/{self.name}",
            f"{_RBAC}/clusterroles/{self.name}",
            f"/api/v1/namespaces/{self.name}",
        ):
            self.api.delete(path)

    def _webhook(self, namespaces: list[str]) -> Json:
        rule = {
            "operations": ["CREATE"],
            "apiGroups": [""],
            "apiVersions": ["v1"],
            "resources": ["pods"],
            "scope": "Namespaced",
        }
        tenants = {"key": OURS, "operator": "Exists"}
        named = {"key": _NAMESPACE, "operator": "In", "values": namespaces or ["nobodys"]}
        return {
            "name": "vault.hashicorp.com",
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "failurePolicy": "Fail",
            "timeoutSeconds": 10,
            "clientConfig": {
                "service": {"namespace": self.name, "name": "injector", "path": "/mutate"}
            },
            "rules": [rule],
            "namespaceSelector": {"matchExpressions": [tenants, named]},
            "matchConditions": [{"name": "asks-for-secrets", "expression": ASKS_FOR_SECRETS}],
        }

    def _deployment(self) -> Json:
        names = ("injector", f"injector.{self.name}", f"injector.{self.name}.svc")
        told = {
            "AGENT_INJECT_LISTEN": ":8080",
            "AGENT_INJECT_LOG_LEVEL": "info",
            "AGENT_INJECT_VAULT_ADDR": self.vault,
            "AGENT_INJECT_VAULT_CACERT_BYTES": base64.b64encode(self.authority.encode()).decode(),
            "AGENT_INJECT_VAULT_IMAGE": self.agent,
            "AGENT_INJECT_TLS_AUTO": self.name,
            "AGENT_INJECT_TLS_AUTO_HOSTS": ",".join(names),
            "AGENT_INJECT_TEMPLATE_STATIC_SECRET_RENDER_INTERVAL": "5s",
        }
        fields = {"NAMESPACE": "metadata.namespace", "POD_NAME": "metadata.name"}
        variables: list[Any] = [{"name": name, "value": value} for name, value in told.items()]
        variables += [
            {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}
            for name, path in fields.items()
        ]
        container = {
            "name": "injector",
            "image": self.image,
            "command": ["/vault-k8s", "agent-inject"],
            "env": variables,
            "readinessProbe": {
                "httpGet": {"path": "/health/ready", "port": 8080, "scheme": "HTTPS"},
                "periodSeconds": 1,
            },
            "resources": {"requests": {"cpu": "20m", "memory": "32Mi"}},
        }
        labels = {"app": "injector"}
        pod = {
            "serviceAccountName": "injector",
            "terminationGracePeriodSeconds": 1,
            "containers": [container],
        }
        template = {"metadata": {"labels": labels}, "spec": pod}
        spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
        return {"metadata": {"name": "injector"}, "spec": spec}

    def _workload(self, name: str = "") -> str:
        path = f"/apis/apps/v1/namespaces/{self.name}/deployments"
        return f"{path}/{name}" if name else path

    def _ready(self) -> int:
        """How many answer; what is ending does no more once the count says so."""
        found = self.api.get(self._workload("injector"))
        status = (found or {}).get("status") or {}
        return int(status.get("readyReplicas", 0) or 0)

    def _has_its_authority(self) -> bool:
        hook = self.api.get(f"{_HOOKS}/{self.name}")
        return bool(hook and hook["webhooks"][0]["clientConfig"].get("caBundle"))


@contextmanager
def running_injector(injector: Injector) -> Iterator[Injector]:
    try:
        injector.start()
        yield injector
    finally:
        injector.stop()


def _rules(name: str) -> list[Json]:
    hooks = {
        "apiGroups": ["admissionregistration.k8s.io"],
        "resources": ["mutatingwebhookconfigurations"],
    }
    return [
        {**hooks, "verbs": ["list", "watch"]},
        {**hooks, "verbs": ["get", "patch"], "resourceNames": [name]},
    ]
