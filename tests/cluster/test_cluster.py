"""That the cluster is one: what the other tests take for granted."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from tests.cluster.pods import Pods
from tests.parts.ports import wait_until

pytestmark = pytest.mark.kubernetes

DEVICE = "datalab.test/device"
POLICIES = "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies"


@pytest.fixture
def pods(api: KubernetesApi, namespace: str, tiny_image: str) -> Pods:
    return Pods(api=api, namespace=namespace, image=tiny_image)


@pytest.fixture
def devices(api: KubernetesApi) -> Iterator[Callable[[str | None], None]]:
    node = api.list("/api/v1/nodes").items[0]["metadata"]["name"]

    def claim(number: str | None) -> None:
        amounts: dict[str, Any] = {"capacity": {DEVICE: number}}
        if number is None:
            amounts["allocatable"] = {DEVICE: None}
        api.merge(f"/api/v1/nodes/{node}/status", {"status": amounts})

    yield claim
    claim(None)


def test_a_node_is_ready(api: KubernetesApi) -> None:
    for node in api.list("/api/v1/nodes").items:
        conditions = {one["type"]: one["status"] for one in node["status"]["conditions"]}
        assert conditions["Ready"] == "True"


def test_a_pod_runs_and_its_words_are_kept(pods: Pods) -> None:
    assert pods.answer("words", "echo", "hello") == (True, "hello\n")


def test_names_of_services_are_found(pods: Pods) -> None:
    found, said = pods.answer("names", "nslookup", "kubernetes.default.svc.cluster.local")
    assert found, said


def test_a_network_policy_denies_and_lets_in_whom_it_names(pods: Pods) -> None:
    pods.create("server", "httpd", "-f", "-p", "8080", "-h", "/etc", labels={"app": "server"})
    url = f"http://{pods.running('server')}:8080/passwd"
    # A shell around it: as process 1 wget could not be ended.
    ask = ("sh", "-c", f"timeout 3 wget -qO- {url}; exit $?")
    assert pods.answer("before", *ask)[0]
    rule = {"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}]}
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [rule]}
    policy = {"metadata": {"name": "friends"}, "spec": spec}
    pods.api.create(POLICIES.format(pods.namespace), policy)
    assert pods.answer("friend", *ask, labels={"app": "friend"})[0]
    assert not pods.answer("stranger", *ask)[0]


def test_a_policy_holds_from_a_pods_first_packet_on(
    pods: Pods, api: KubernetesApi, make_namespace: Callable[[], str], tiny_image: str
) -> None:
    pods.create("open")
    url = f"http://{pods.running('open')}:8080/healthz"
    bound = Pods(api=api, namespace=make_namespace(), image=tiny_image)
    policy = {
        "metadata": {"name": "nowhere"},
        "spec": {"podSelector": {}, "policyTypes": ["Egress"]},
    }
    api.create(POLICIES.format(bound.namespace), policy)
    for number in range(3):
        at_once = ("sh", "-c", f"timeout 1 wget -qO- {url}; exit $?")
        assert bound.answer(f"quick-{number}", *at_once) == (False, "Terminated\n")


def test_a_quota_refuses_and_says_why(
    api: KubernetesApi, make_namespace: Callable[[], str], tiny_image: str
) -> None:
    pods = Pods(api=api, namespace=make_namespace(), image=tiny_image)
    quotas = f"/api/v1/namespaces/{pods.namespace}/resourcequotas"
    hard = {"limits.memory": "64Mi"}
    api.create(quotas, {"metadata": {"name": "small"}, "spec": {"hard": hard}})
    wait_until(lambda: "hard" in (api.get(f"{quotas}/small") or {}).get("status", {}))
    with pytest.raises(ProviderRefused) as refused:
        pods.create("big", "true", resources={"limits": {"memory": "65Mi"}})
    assert "exceeded quota" in "".join(refused.value.__notes__)


def test_claimed_devices_are_scheduled_until_they_run_out(
    pods: Pods, devices: Callable[[str | None], None]
) -> None:
    devices("1")
    wants = {"resources": {"limits": {DEVICE: "1"}}}
    pods.create("first", "sleep", "60", **wants)
    pods.running("first")
    pods.create("second", "sleep", "60", **wants)
    pod = pods.wait("second", lambda pod: pod["status"].get("conditions"))
    assert f"Insufficient {DEVICE}" in pod["status"]["conditions"][0]["message"]
