"""Whose a token is, asked of a real API server with the gate's own rights."""

import secrets
from pathlib import Path

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.workloads.base import AUDIENCE, Workload
from datalab.providers.workloads.kubernetes import KubernetesWorkloads
from tests.cluster.pods import Pods
from tests.parts.ports import wait_until

pytestmark = pytest.mark.kubernetes


class Account:
    """A service account, tokens of it, and a pod that acts as it."""

    def __init__(self, api: KubernetesApi, namespace: str, image: str) -> None:
        self.api, self.namespace, self.name = api, namespace, f"nb-{secrets.token_hex(3)}"
        self._path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        api.create(self._path, {"metadata": {"name": self.name}})
        self.pods = Pods(api=api, namespace=namespace, image=image)

    def token(self, *, pod: str = "", audience: str = AUDIENCE) -> str:
        spec: dict[str, object] = {"audiences": [audience], "expirationSeconds": 600}
        if pod:
            spec["boundObjectRef"] = {"kind": "Pod", "apiVersion": "v1", "name": pod}
        answer = self.api.create(f"{self._path}/{self.name}/token", {"spec": spec})
        return str(answer["status"]["token"])

    def pod(self) -> str:
        name = f"{self.name}-0"
        spec = {
            "serviceAccountName": self.name,
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": self.pods.image}],
        }
        path = f"/api/v1/namespaces/{self.namespace}/pods"
        self.api.create(path, {"metadata": {"name": name}, "spec": spec})
        return name


@pytest.fixture
def account(api: KubernetesApi, namespace: str, tiny_image: str) -> Account:
    return Account(api, namespace, tiny_image)


@pytest.fixture
def judge(gate_account: Path) -> KubernetesWorkloads:
    return KubernetesWorkloads(kubeconfig=gate_account)


def test_a_pods_token_names_it_and_ends_with_it(
    account: Account, judge: KubernetesWorkloads
) -> None:
    pod = account.pod()
    token = account.token(pod=pod)
    expected = Workload(namespace=account.namespace, account=account.name, pod=pod)
    assert judge.whose(token) == expected
    account.api.delete(f"/api/v1/namespaces/{account.namespace}/pods/{pod}", grace_s=0)
    # The server remembers an answer for some seconds.
    wait_until(lambda: judge.whose(token) is None)


@pytest.mark.parametrize(
    "audience",
    ["vault", "https://kubernetes.default.svc", "datalab2"],
    ids=["for the secret store", "for the cluster itself", "for somebody else"],
)
def test_a_token_for_somebody_else_is_nobodys(
    account: Account, judge: KubernetesWorkloads, audience: str
) -> None:
    assert judge.whose(account.token(pod=account.pod(), audience=audience)) is None


def test_a_token_that_no_pod_holds_is_nobodys(account: Account, judge: KubernetesWorkloads) -> None:
    assert judge.whose(account.token()) is None


def test_a_token_that_was_changed_is_nobodys(account: Account, judge: KubernetesWorkloads) -> None:
    token = account.token(pod=account.pod())
    head, body, signature = token.split(".")
    for changed in (f"{head}.{body}.{signature[::-1]}", f"{head}.{signature}.{body}", "a.b.c"):
        assert judge.whose(changed) is None


def test_the_gate_may_ask_nothing_else(gate_account: Path, namespace: str) -> None:
    api = KubernetesApi(kubeconfig=gate_account)
    for path in (f"/api/v1/namespaces/{namespace}/secrets", "/api/v1/pods", "/api/v1/nodes"):
        with pytest.raises(ProviderRefused):
            api.list(path)
