"""OpenBao and the cluster: it asks the API server whose a pod's token is."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from datalab.providers.cluster.kubernetes.api import KubernetesApi
from tests.cluster.layout import API
from tests.parts.openbao import OpenBao


@contextmanager
def pods_may_sign_in(
    openbao: OpenBao, kubeconfig: Path, api: KubernetesApi, namespace: str
) -> Iterator[None]:
    """By an account that this makes in `namespace`, which somebody else removes."""
    cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
    ca = base64.b64decode(cluster["certificate-authority-data"]).decode()
    with _reviewer(api, namespace) as token:
        openbao.let_pods_sign_in(address=API, reviewer=token, ca=ca)
        yield


@contextmanager
def _reviewer(api: KubernetesApi, namespace: str) -> Iterator[str]:
    """A token with which nothing but that can be asked."""
    accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    api.create(accounts, {"metadata": {"name": "reviewer"}})
    subject = {"kind": "ServiceAccount", "namespace": namespace, "name": "reviewer"}
    of = {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "system:auth-delegator",
    }
    made = {"metadata": {"name": namespace}, "roleRef": of, "subjects": [subject]}
    api.create(bindings, made)
    try:
        asked = {"spec": {"expirationSeconds": 7200}}
        yield str(api.create(f"{accounts}/reviewer/token", asked)["status"]["token"])
    finally:
        api.delete(f"{bindings}/{namespace}")
