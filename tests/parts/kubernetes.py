"""The Kubernetes runtime on the cluster of the tests, with the platform's own rights and no more."""

import base64
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from datalab.core.errors import ProviderUnavailable
from datalab.providers.charts.base import ChartEngine, Manifest
from datalab.providers.charts.binary import install_helm, installed_helm
from datalab.providers.charts.helm import Helm
from datalab.providers.charts.program import HelmProgram
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.providers.cluster.kubernetes.delivering import ByKubernetesSecret
from datalab.providers.cluster.kubernetes.namespace import Borders
from datalab.providers.cluster.kubernetes.releases import TAKES_S, Releases, reaching
from datalab.providers.cluster.kubernetes.rights import PARTS, Right, rules
from datalab.providers.cluster.kubernetes.runtime import KubernetesRuntime
from datalab.providers.cluster.kubernetes.tenants import TenantNamespaces

WEB = Path(__file__).resolve().parents[1] / "charts" / "web"
"""A chart of one small web server."""


@dataclass(frozen=True, slots=True)
class OnImage:
    """Charts as they are, on an image that the cluster has."""

    charts: ChartEngine
    image: str

    def render(
        self, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]
    ) -> Sequence[Manifest]:
        values = {"image": self.image, **values}
        return self.charts.render(chart, release=release, namespace=namespace, values=values)

    def notes(self, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]) -> str:
        return self.charts.notes(chart, release=release, namespace=namespace, values=values)


def runtime_on(kubeconfig: Path, *, image: str, home: Path) -> KubernetesRuntime:
    install_helm(installed_helm())
    api = KubernetesApi(kubeconfig=kubeconfig)
    helm = HelmProgram(home=home / "helm", timeout=TAKES_S, reaches=reaching(kubeconfig))
    borders = Borders(gpus=["nvidia.com/gpu"], front_door=["datalab"])
    return KubernetesRuntime(
        api=api,
        releases_of_helm=Releases(helm=helm),
        charts=OnImage(Helm(state=home), image),
        tenants=TenantNamespaces(api=api, borders=borders),
        secrets=ByKubernetesSecret(api=api),
    )


@contextmanager
def platform_account(
    admin: Path, folder: Path, *, part: str = "worker", more: Sequence[Right] = ()
) -> Iterator[Path]:
    """A kubeconfig of an account that may do what this part must, `more`, and nothing else."""
    api = KubernetesApi(kubeconfig=admin)
    name = f"datalab-test-{secrets.token_hex(4)}"
    cluster_wide = {"name": name}
    of = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    subject = {"kind": "ServiceAccount", "namespace": name, "name": "worker"}
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    accounts = f"/api/v1/namespaces/{name}/serviceaccounts"
    api.create("/api/v1/namespaces", {"metadata": cluster_wide})
    try:
        allowed = rules([*PARTS[part], *more])
        api.create(f"{rbac}/clusterroles", {"metadata": cluster_wide, "rules": allowed})
        binding = {"metadata": cluster_wide, "roleRef": of, "subjects": [subject]}
        api.create(f"{rbac}/clusterrolebindings", binding)
        api.create(accounts, {"metadata": {"name": "worker"}})
        asked: Json = {"spec": {"expirationSeconds": 3600}}
        token = api.create(f"{accounts}/worker/token", asked)["status"]["token"]
        yield kubeconfig_with(admin, folder / "account.kubeconfig", token)
    finally:
        for path in (f"{rbac}/clusterrolebindings/{name}", f"{rbac}/clusterroles/{name}"):
            api.delete(path)
        api.delete(f"/api/v1/namespaces/{name}")


def kubeconfig_with(admin: Path, file: Path, token: str) -> Path:
    """The same cluster, as whoever the token belongs to."""
    said = yaml.safe_load(admin.read_text())
    named = next(
        one["context"]["cluster"]
        for one in said["contexts"]
        if one["name"] == said["current-context"]
    )
    cluster = next(one for one in said["clusters"] if one["name"] == named)["cluster"]
    if ca := cluster.pop("certificate-authority", None):
        data = (admin.parent / ca).read_bytes()
        cluster["certificate-authority-data"] = base64.b64encode(data).decode()
    made = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "account",
        "clusters": [{"name": "cluster", "cluster": cluster}],
        "users": [{"name": "account", "user": {"token": token}}],
        "contexts": [{"name": "account", "context": {"cluster": "cluster", "user": "account"}}],
    }
    file.touch(mode=0o600)
    file.write_text(json.dumps(made))
    return file


def patiently(act: Callable[[], None], *, seconds: float = 60) -> None:
    """Again and again while the cluster is busy with what was there before."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            act()
        except ProviderUnavailable:
            assert time.monotonic() < deadline
            time.sleep(0.3)
        else:
            return
