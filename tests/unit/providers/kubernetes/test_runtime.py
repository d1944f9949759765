"""When Helm is called at all. What it does on a cluster is in tests/cluster and the contract."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from datalab.core.errors import ProviderUnavailable
from datalab.providers.charts.cache import chart_digest
from datalab.providers.charts.memory import MemoryCharts
from datalab.providers.cluster.base import Release, ReleaseRef
from datalab.providers.cluster.kubernetes.api import KubernetesApi, Listed
from datalab.providers.cluster.kubernetes.delivering import Way
from datalab.providers.cluster.kubernetes.namespace import LABELS, Borders
from datalab.providers.cluster.kubernetes.reading import INSTANCE
from datalab.providers.cluster.kubernetes.releases import Releases
from datalab.providers.cluster.kubernetes.runtime import HELM_ENDS_WITHIN, KubernetesRuntime
from datalab.providers.cluster.kubernetes.shaping import digest_of
from datalab.providers.cluster.kubernetes.tenants import TenantNamespaces
from tests.unit.providers.kubernetes.making import event, pod, stateful_set, waiting

REF = ReleaseRef(namespace="dl-acme", name="lab")
LONG_AGO = datetime.now(UTC) - 2 * HELM_ENDS_WITHIN


@pytest.fixture
def release(tmp_path: Path) -> Release:
    chart = tmp_path / "lab"
    chart.mkdir()
    (chart / "Chart.yaml").write_text("{apiVersion: v2, name: lab, version: 1.0.0}")
    return Release(ref=REF, chart=chart, version="1.0.0", values={})


class FakeApi:
    """What lies at each path; `deleted` in order."""

    def __init__(self) -> None:
        self.items: dict[str, list[dict[str, Any]]] = {}
        self.deleted: list[str] = []

    def get(self, path: str) -> dict[str, Any] | None:
        if path.endswith(f"/namespaces/{REF.namespace}"):
            return {"metadata": {"name": REF.namespace, "labels": LABELS}}
        return None

    def list(
        self, path: str, *, labels: str = "", fields: str = "", metadata_only: bool = False
    ) -> Listed:
        return Listed(items=self.items.get(path.rpartition("/")[2], []), version="1")

    def delete(self, path: str) -> bool:
        self.deleted.append(path.rpartition("/")[2])
        return True


class FakeReleases:
    def __init__(self) -> None:
        self.called: list[str] = []

    def install(
        self, release: Release, manifests: Sequence[Mapping[str, Any]], *, digest: str
    ) -> None:
        self.called.append(f"install {digest}")

    def uninstall(self, ref: ReleaseRef) -> None:
        self.called.append("uninstall")


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def helm() -> FakeReleases:
    return FakeReleases()


@pytest.fixture
def runtime(api: FakeApi, helm: FakeReleases) -> KubernetesRuntime:
    asked = cast("KubernetesApi", api)
    return KubernetesRuntime(
        api=asked,
        releases_of_helm=cast("Releases", helm),
        charts=MemoryCharts(),
        tenants=TenantNamespaces(api=asked, borders=Borders()),
    )


def record(status: str, digest: str = "", *, at: datetime = LONG_AGO) -> dict[str, Any]:
    labels = {"version": "2", "status": status, "name": "lab", "datalab.io/digest": digest}
    return {"metadata": {"name": "record", "labels": labels, "creationTimestamp": at.isoformat()}}


def workload(replicas: int = 1) -> dict[str, Any]:
    metadata = {"name": "lab", "labels": {INSTANCE: "lab"}}
    return {"metadata": metadata, "spec": {"replicas": replicas}}


@pytest.mark.parametrize(
    ("status", "is_same", "workloads", "called"),
    [
        pytest.param("deployed", True, [workload()], False, id="the same, and in place"),
        pytest.param("deployed", False, [workload()], True, id="another digest"),
        pytest.param("deployed", True, [], True, id="the same, and its workload is gone"),
        pytest.param("deployed", True, [workload(0)], True, id="the same, and scaled away"),
        pytest.param("failed", True, [workload()], True, id="the last time failed"),
        pytest.param("pending-upgrade", True, [workload()], True, id="helm was killed"),
    ],
)
def test_helm_is_called_where_something_is_not_as_it_should_be(
    runtime: KubernetesRuntime,
    api: FakeApi,
    helm: FakeReleases,
    release: Release,
    status: str,
    is_same: bool,
    workloads: list[dict[str, Any]],
    called: bool,
) -> None:
    digest = digest_of(release, chart_digest(release.chart))
    api.items = {
        "secrets": [record(status, digest if is_same else "other")],
        "statefulsets": workloads,
    }
    runtime.apply(release)
    assert helm.called == ([f"install {digest}"] if called else [])


@pytest.mark.parametrize("status", ["pending-install", "pending-rollback", "uninstalling"])
def test_what_a_killed_helm_has_left_is_forgotten_first(
    runtime: KubernetesRuntime, api: FakeApi, helm: FakeReleases, release: Release, status: str
) -> None:
    api.items = {"secrets": [record(status)]}
    runtime.apply(release)
    assert (api.deleted, len(helm.called)) == (["record"], 1)


def test_a_helm_that_may_still_be_at_work_is_left_to_it(
    runtime: KubernetesRuntime, api: FakeApi, helm: FakeReleases, release: Release
) -> None:
    just_now = datetime.now(UTC) - timedelta(seconds=1)
    api.items = {"secrets": [record("pending-install", at=just_now)]}
    with pytest.raises(ProviderUnavailable, match="right now"):
        runtime.apply(release)
    assert (api.deleted, helm.called) == ([], [])


def test_what_helm_knows_helm_takes_away_and_the_claims_go_too(
    runtime: KubernetesRuntime, api: FakeApi, helm: FakeReleases
) -> None:
    kept = {"name": "kept", "annotations": {"helm.sh/resource-policy": "keep"}}
    claims: list[dict[str, Any]] = [{"metadata": {"name": "home-lab-0"}}, {"metadata": kept}]
    api.items = {"secrets": [record("deployed")], "persistentvolumeclaims": claims}
    runtime.remove(REF)
    assert (helm.called, api.deleted) == (["uninstall"], ["home-lab-0"])


def test_what_helm_has_forgotten_is_swept(
    runtime: KubernetesRuntime, api: FakeApi, helm: FakeReleases
) -> None:
    by_helm = {"meta.helm.sh/release-name": "lab"}
    api.items = {
        "statefulsets": [{"metadata": {"name": "lab", "annotations": by_helm}, "spec": {}}],
        "services": [
            {"metadata": {"name": "lab", "annotations": by_helm}},
            {"metadata": {"name": "of-another", "annotations": {**by_helm, **_OTHER}}},
        ],
    }
    runtime.remove(REF)
    assert (helm.called, api.deleted) == ([], ["lab", "lab"])


_OTHER = {"meta.helm.sh/release-name": "other"}


def test_what_is_gone_costs_no_helm(
    runtime: KubernetesRuntime, api: FakeApi, helm: FakeReleases
) -> None:
    runtime.remove(REF)
    assert (helm.called, api.deleted) == ([], [])


def test_releases_are_those_that_helm_or_the_cluster_knows(
    runtime: KubernetesRuntime, api: FakeApi
) -> None:
    orphan = {"metadata": {"name": "x", "labels": {INSTANCE: "orphan"}}, "spec": {}}
    api.items = {"secrets": [record("deployed")], "deployments": [orphan]}
    assert [one.name for one in runtime.releases("dl-acme")] == ["lab", "orphan"]


class Asked:
    """A way that counts who asks it."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said
        self.times = 0

    def asked(self, ref: ReleaseRef) -> dict[str, Any]:
        self.times += 1
        return self.said


def test_what_brings_secrets_is_asked_only_while_a_pod_waits_for_them(
    runtime: KubernetesRuntime, api: FakeApi
) -> None:
    condition = {"type": "Ready", "status": "False"}
    way = Asked({"metadata": {}, "status": {"conditions": [condition]}})
    asking = replace(runtime, secrets=cast("Way", way))
    missing = 'MountVolume.SetUp failed for volume "chosen" : secret "lab.secrets" not found'
    api.items = {
        "secrets": [record("deployed")],
        "statefulsets": [stateful_set()],
        "pods": [pod(statuses=[waiting("ContainerCreating")])],
        "events": [event("FailedMount", missing)],
    }
    seen = asking.observe(REF)
    assert seen.reason is not None
    assert (seen.reason.code, way.times) == ("SecretsNotBrought", 1)
    api.items["pods"] = [pod(ready=True)]
    assert (asking.observe(REF).reason, way.times) == (None, 1)
