"""The catalogue's charts as they are, with the values of nobody, in images that we have made."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from datalab.providers.charts.binary import install_helm
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from tests.cluster.layout import ROOT
from tests.parts.ports import wait_until

pytestmark = pytest.mark.kubernetes

SMALL = ("--set", "resources.requests.cpu=100m", "--set", "resources.requests.memory=256Mi")


@pytest.fixture(scope="session")
def helm(kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., None]:
    kept = kubeconfig.parents[1] / "bin" / "helm"
    program = kept if kept.exists() else install_helm(tmp_path_factory.mktemp("helm") / "helm")

    def run(*words: str) -> None:
        subprocess.run([program, f"--kubeconfig={kubeconfig}", *words], check=True, timeout=60)

    return run


@pytest.mark.parametrize("chart", ["jupyter", "mlflow", "vscode"])
def test_a_chart_of_the_catalogue_becomes_ready_by_its_own_probes(
    chart: str,
    api: KubernetesApi,
    helm: Callable[..., None],
    make_namespace: Callable[[], str],
) -> None:
    namespace = make_namespace()
    helm(
        "install", "tool", str(ROOT / "charts_catalog" / chart), f"--namespace={namespace}", *SMALL
    )
    workload = f"/apis/apps/v1/namespaces/{namespace}/statefulsets/tool"

    def ready() -> bool:
        found = api.get(workload)
        return found is not None and found["status"].get("readyReplicas") == 1

    wait_until(ready, seconds=90)
