"""The cluster that tests with the marker `kubernetes` run on: ours (`make cluster`) or somebody's."""

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from datalab.providers.cluster.kubernetes.api import KubernetesApi
from tests.cluster.beside import ByGroup, longest_first
from tests.cluster.cluster import is_up
from tests.cluster.layout import POD_CIDR, SERVICE_CIDR, TINY, layout_of
from tests.cluster.machine import is_required, lacking
from tests.parts.ports import wait_until

KUBECONFIG_VARIABLE = "DATALAB_TEST_KUBECONFIG"
_PULLED = "docker.io/library/busybox:1.37"
_LEFT_OUT = pytest.StashKey[int]()


# -- which tests, and what they may reach --------------------------------------------------------
def choose_cluster_tests(config: pytest.Config, items: list[pytest.Item]) -> None:
    """They run only where they are asked for, and only they may reach the cluster."""
    ours = [item for item in items if item.get_closest_marker("kubernetes")]
    if ours and "kubernetes" not in config.option.markexpr:
        config.stash[_LEFT_OUT] = len(ours)
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]
        return
    allowed = [*str(config.getoption("--allow-hosts") or "").split(","), *_hosts()] if ours else []
    longest_first(items)
    for item in ours:
        item.add_marker(pytest.mark.allow_hosts(allowed))


def scheduler_of(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """For `pytest -n`; None where the cluster is not asked."""
    return ByGroup(config, log) if "kubernetes" in config.option.markexpr else None


def left_out(config: pytest.Config) -> str:
    """For the end of the run; empty where nothing was."""
    number = config.stash.get(_LEFT_OUT, 0)
    return f"{number} tests need a Kubernetes cluster: make test-cluster" if number else ""


def _hosts() -> Sequence[str]:
    if named := os.environ.get(KUBECONFIG_VARIABLE):
        clusters = yaml.safe_load(Path(named).read_text())["clusters"]
        return [str(urlsplit(one["cluster"]["server"]).hostname) for one in clusters]
    return [POD_CIDR, SERVICE_CIDR]


# -- fixtures ------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def kubeconfig() -> Path:
    """An administrator's, of a cluster that answers."""
    if named := os.environ.get(KUBECONFIG_VARIABLE):
        return Path(named).resolve()
    layout = layout_of()
    if not is_up(layout):
        why = lacking() or "No cluster is up: make cluster, or set DATALAB_CLUSTER_STATE."
        if is_required():
            pytest.fail(why)
        pytest.skip(why)
    return layout.kubeconfig()


@pytest.fixture(scope="session")
def api(kubeconfig: Path) -> KubernetesApi:
    return KubernetesApi(kubeconfig=kubeconfig)


@pytest.fixture(scope="session")
def tiny_image() -> str:
    """A shell and, on port 8080, `httpd`."""
    return _PULLED if os.environ.get(KUBECONFIG_VARIABLE) else TINY


@pytest.fixture(scope="module")
def namespace(api: KubernetesApi) -> Iterator[str]:
    with new_namespace(api) as name:
        yield name


@pytest.fixture
def make_namespace(api: KubernetesApi) -> Iterator[Callable[[], str]]:
    """As many more as a test wants, until its end."""
    with ExitStack() as until_the_end:
        yield lambda: until_the_end.enter_context(new_namespace(api))


@contextmanager
def new_namespace(api: KubernetesApi) -> Iterator[str]:
    """One in which pods can be made. Its removal goes on after the test."""
    name = f"test-{secrets.token_hex(4)}"
    metadata = {"name": name, "labels": {"datalab.io/made-by": "tests"}}
    api.create("/api/v1/namespaces", {"metadata": metadata})
    try:
        account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        wait_until(lambda: api.get(account) is not None)
        yield name
    finally:
        api.delete(f"/api/v1/namespaces/{name}")
