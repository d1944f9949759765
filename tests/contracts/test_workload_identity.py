"""What every judge of pods' tokens promises."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.workloads.base import AUDIENCE, Workload, WorkloadIdentity
from datalab.providers.workloads.kubernetes import KubernetesWorkloads
from datalab.providers.workloads.memory import MemoryWorkloads
from tests.parts.cluster_api import ClusterApi


class Issuer(Protocol):
    def token(self, namespace: str, account: str, *, pod: str = ..., audience: str) -> str: ...

    def end(self, token: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class World:
    judge: WorkloadIdentity
    issuer: Issuer


@pytest.fixture(params=["memory", "kubernetes"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    if request.param == "memory":
        both = MemoryWorkloads()
        return World(judge=both, issuer=both)
    api: ClusterApi = request.getfixturevalue("cluster_api")
    judge = KubernetesWorkloads(kubeconfig=api.kubeconfig(tmp_path))
    return World(judge=judge, issuer=api)


def test_a_pods_token_names_namespace_account_and_pod(world: World) -> None:
    token = world.issuer.token("dl-acme", "nb", pod="nb-0", audience=AUDIENCE)
    assert world.judge.whose(token) == Workload(namespace="dl-acme", account="nb", pod="nb-0")


@pytest.mark.parametrize(
    ("pod", "audience"),
    [
        pytest.param("nb-0", "vault", id="for the secret store"),
        pytest.param("nb-0", "https://kubernetes.default.svc", id="for the cluster itself"),
        pytest.param("", AUDIENCE, id="made by hand, of no pod"),
    ],
)
def test_every_other_token_is_nobodys(world: World, pod: str, audience: str) -> None:
    token = world.issuer.token("dl-acme", "nb", pod=pod, audience=audience)
    assert world.judge.whose(token) is None


@pytest.mark.parametrize(
    "token",
    ["", "nonsense", "a.b", "a.b.c", "Bearer a.b.c", "a.b.c\n", "ä.b.c", "a.b." + "c" * 10_000],
)
def test_what_is_no_token_is_nobodys(world: World, token: str) -> None:
    assert world.judge.whose(token) is None


def test_a_token_ends_with_its_pod(world: World) -> None:
    token = world.issuer.token("dl-acme", "nb", pod="nb-0", audience=AUDIENCE)
    world.issuer.end(token)
    assert world.judge.whose(token) is None


@pytest.mark.parametrize(
    "user",
    ["admin", "system:node:node-1", "system:serviceaccount:a", "system:serviceaccount:a:b:c"],
)
def test_what_is_no_service_account_is_nobodys(
    cluster_api: ClusterApi, tmp_path: Path, user: str
) -> None:
    judge = KubernetesWorkloads(kubeconfig=cluster_api.kubeconfig(tmp_path))
    token = cluster_api.token("dl-acme", "nb", pod="nb-0", audience=AUDIENCE, user=user)
    assert judge.whose(token) is None


def test_garbage_costs_the_api_server_nothing(cluster_api: ClusterApi, tmp_path: Path) -> None:
    judge = KubernetesWorkloads(kubeconfig=cluster_api.kubeconfig(tmp_path))
    before = cluster_api.asked
    for token in ("", "nonsense", "a.b.c d"):
        judge.whose(token)
    assert cluster_api.asked == before


def test_a_platform_that_may_not_ask_says_so_and_logs_no_token(
    cluster_api: ClusterApi, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    judge = KubernetesWorkloads(kubeconfig=cluster_api.kubeconfig(tmp_path, token="somebody"))
    token = cluster_api.token("dl-acme", "nb", pod="nb-0", audience=AUDIENCE)
    with pytest.raises(ProviderRefused) as refusal:
        judge.whose(token)
    notes = getattr(refusal.value, "__notes__", [])
    assert token not in caplog.text + str(refusal.value) + str(notes)


def test_a_cluster_that_is_away_is_unavailable_and_logs_no_token(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api = ClusterApi()
    api.server.server_close()
    judge = KubernetesWorkloads(kubeconfig=api.kubeconfig(tmp_path))
    with pytest.raises(ProviderUnavailable) as outage:
        judge.whose("aaa.bbb.ccc")
    assert "aaa.bbb.ccc" not in caplog.text + str(outage.value) + repr(outage.value.__cause__)
