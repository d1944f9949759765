"""A service's whole life on a real cluster, as the worker drives it: reconcile, and look again."""

import json
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db.models import F
from django.utils.timezone import now
from pytest_django import Settings

from datalab.accounts.models import User
from datalab.launcher.changes import roll_back_service, upgrade_service
from datalab.launcher.lifecycle import Phase, Wanted
from datalab.launcher.models import Revision, Service
from datalab.launcher.reconcile import reconcile, release_for
from datalab.providers import registry
from datalab.providers.charts.binary import install_helm, installed_helm
from datalab.providers.cluster.base import ClusterRuntime
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.reading import INSTANCE
from datalab.providers.cluster.kubernetes.runtime import KubernetesRuntime
from datalab.tenants.models import Tenant
from tests.parts.kubernetes import WEB
from tests.parts.ports import wait_until

pytestmark = pytest.mark.kubernetes

COUNT = "echo x >> runs; wc -l < runs; exec httpd -f -p 8000"


@pytest.fixture
def platform(acme: Tenant, settings: Settings, account: Path, tmp_path: Path) -> ClusterRuntime:
    """The runtime as the platform itself puts it together from its settings.

    The tenant is made first, and its namespace is not on the cluster.
    """
    shutil.copytree(WEB, tmp_path / "catalogue" / "web")
    settings.CATALOGS = [{"id": "tests", "name": "Tests", "location": str(tmp_path / "catalogue")}]
    install_helm(installed_helm())
    borders = {
        "front_door": ["datalab"],
        "gpus": ["nvidia.com/gpu"],
        "openings": [],
        "internet": True,
        "blocked": [],
        "accounts": [],
    }
    settings.PROVIDERS = {
        **settings.PROVIDERS,
        "charts": {"class": "datalab.providers.charts.helm.Helm"},
        "cluster": {
            "class": "datalab.providers.cluster.kubernetes.factory.kubernetes_runtime",
            "options": {"kubeconfig": str(account), "borders": borders, "grows": False},
        },
    }
    registry._build.cache_clear()  # noqa: SLF001 - the settings are others now
    return registry.cluster_runtime()


@dataclass(kw_only=True)
class Life:
    """One service's row, and the worker that a test plays."""

    pk: Any
    runtime: ClusterRuntime
    api: KubernetesApi

    @property
    def row(self) -> Service:
        return Service.objects.select_related("tenant", "owner").get(pk=self.pk)

    def wants(self, **changed: Any) -> None:
        """As an action writes it: the worker finds a newer generation."""
        rows = Service.objects.filter(pk=self.pk)
        rows.update(generation=F("generation") + 1, **changed)

    def look(self) -> None:
        reconcile(self.row, self.runtime, now=now())

    def until(self, *phases: Phase, seconds: float = 90) -> list[Phase]:
        """Look again and again; all the phases on the way."""
        deadline, seen = time.monotonic() + seconds, [self.row.phase]
        while True:
            self.look()
            row = self.row
            if row.phase is not seen[-1]:
                seen.append(row.phase)
            if row.phase in phases and not row.changed:
                return seen
            assert time.monotonic() < deadline, (seen, row.reason_code, row.reason_message)
            time.sleep(0.2)

    def until_reason(self, *codes: str, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while self.row.reason_code not in codes:
            assert time.monotonic() < deadline, (self.row.reason_code, self.row.reason_message)
            self.look()
            time.sleep(0.2)

    def until_gone(self, *, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while Service.objects.filter(pk=self.pk).exists():
            assert time.monotonic() < deadline, self.row.reason_message
            self.look()
            time.sleep(0.2)

    def starts(self) -> str:
        """How often the tool has found its volume, as it says itself."""
        lines: list[str] = []
        deadline = time.monotonic() + 20
        while not lines:
            assert time.monotonic() < deadline
            lines = self.runtime.logs(self.row.ref, tail=10).split()
        return lines[-1]

    def pods(self) -> int:
        ref = self.row.ref
        path = f"/api/v1/namespaces/{ref.namespace}/pods"
        return len(self.api.list(path, labels=f"{INSTANCE}={ref.name}").items)


@pytest.fixture
def life(platform: ClusterRuntime, api: KubernetesApi, acme: Tenant, bob: User) -> Iterator[Life]:
    namespace = f"dl-runtime-{secrets.token_hex(4)}"
    Tenant.objects.filter(pk=acme.pk).update(namespace=namespace)
    platform.ensure_namespace(namespace, quota={"cpu": "2", "memory": "1Gi", "services": "3"})
    service = Service.objects.create(
        tenant=acme,
        owner=bob,
        name="notebook",
        host="notebook-acme-abcde",
        catalog="tests",
        chart="web",
        version="1.0.0",
        values={"run": COUNT},
        wanted=Wanted.RUNNING.value,
        cpu=20,
        memory=64 * 1024**2,
    )
    yield Life(pk=service.pk, runtime=platform, api=api)
    api.delete(f"/api/v1/namespaces/{namespace}")


def test_launch_pause_resume_restart_remove(life: Life) -> None:
    ref = life.row.ref
    assert life.until(Phase.RUNNING)[0] is Phase.QUEUED
    assert life.starts() == "1"

    life.wants(wanted=Wanted.PAUSED.value)
    life.until(Phase.PAUSED)
    assert life.pods() == 0

    life.wants(wanted=Wanted.RUNNING.value)
    life.until(Phase.RUNNING)
    assert life.starts() == "2"  # on the same storage

    life.wants(restarts=1)
    life.until(Phase.RUNNING)
    assert life.starts() == "3"

    life.wants(wanted=Wanted.REMOVED.value)
    life.until_gone()
    assert list(life.runtime.releases(ref.namespace)) == []


def test_what_crashes_again_and_again_holds_here_what_the_cluster_counts(life: Life) -> None:
    Service.objects.filter(pk=life.pk).update(values={"run": "exit 7"})
    life.until(Phase.FAILED)
    assert life.row.reason_code == "CrashLoop"
    for _ in range(3):
        life.look()
        assert life.row.holds_compute
        assert counted_cpu(life) == "20m"
    life.wants(wanted=Wanted.PAUSED.value)
    life.until(Phase.PAUSED)
    assert not life.row.holds_compute
    wait_until(lambda: counted_cpu(life) == "0")


def counted_cpu(life: Life) -> str:
    """By the namespace's own quota."""
    path = f"/api/v1/namespaces/{life.row.tenant.namespace}/resourcequotas"
    [quota] = life.api.list(path).items
    return str(quota["status"]["used"]["requests.cpu"])


def test_what_settles_is_not_touched_again(life: Life) -> None:
    life.until(Phase.RUNNING)
    row = life.row
    path = f"/apis/apps/v1/namespaces/{row.tenant.namespace}/statefulsets/{row.name}"
    before = life.api.get(path)
    for _ in range(3):
        life.look()
    assert life.api.get(path) == before


def delete_records(life: Life) -> None:
    path = f"/api/v1/namespaces/{life.row.tenant.namespace}/secrets"
    for one in life.api.list(path, labels="owner=helm").items:
        life.api.delete(f"{path}/{one['metadata']['name']}")


def delete_workload(life: Life) -> None:
    row = life.row
    path = f"/apis/apps/v1/namespaces/{row.tenant.namespace}/statefulsets/{row.name}"
    life.api.delete(path)


def interrupt_helm(life: Life) -> None:
    """A worker that dies after Helm has written its record and before it is done."""
    delete_records(life)
    row = life.row
    life.runtime.apply(release_for(row))
    path = f"/api/v1/namespaces/{row.tenant.namespace}/secrets"
    [record] = life.api.list(path, labels="owner=helm").items
    status = {"metadata": {"labels": {"status": "pending-install"}}}
    life.api.merge(f"{path}/{record['metadata']['name']}", status)


BEHIND_OUR_BACK = [
    pytest.param(delete_records, id="Helm's record deleted"),
    pytest.param(delete_workload, id="the workload deleted"),
    pytest.param(interrupt_helm, id="helm killed"),
]


@pytest.mark.parametrize("harm", BEHIND_OUR_BACK)
def test_what_happens_behind_our_back_is_mended_and_nothing_is_lost(
    life: Life, harm: Callable[[Life], None]
) -> None:
    life.until(Phase.RUNNING)
    harm(life)
    deadline = time.monotonic() + 60
    while not (is_whole(life) and life.row.phase is Phase.RUNNING):
        assert time.monotonic() < deadline
        life.look()
        assert life.row.phase not in {Phase.FAILED, Phase.UNKNOWN, Phase.REMOVING}
        time.sleep(0.2)
    assert life.starts() in {"1", "2"}
    life.wants(wanted=Wanted.REMOVED.value)
    life.until_gone()


def is_whole(life: Life) -> bool:
    """Helm knows it, and its pod is ready."""
    row = life.row
    at = row.tenant.namespace
    records = life.api.list(f"/api/v1/namespaces/{at}/secrets", labels="owner=helm").items
    workload = life.api.get(f"/apis/apps/v1/namespaces/{at}/statefulsets/{row.name}") or {}
    states = [one["metadata"]["labels"]["status"] for one in records]
    is_known = "deployed" in states and set(states) <= {"deployed", "superseded"}
    return is_known and workload.get("status", {}).get("readyReplicas") == 1


@pytest.mark.parametrize("harm", BEHIND_OUR_BACK)
def test_what_is_broken_can_still_be_removed(life: Life, harm: Callable[[Life], None]) -> None:
    ref = life.row.ref
    life.until(Phase.RUNNING)
    harm(life)
    life.wants(wanted=Wanted.REMOVED.value)
    life.until_gone()
    assert list(life.runtime.releases(ref.namespace)) == []
    claims = f"/api/v1/namespaces/{ref.namespace}/persistentvolumeclaims"
    left = [one for one in life.api.list(claims).items if INSTANCE in one["metadata"]["labels"]]
    assert all(one["metadata"].get("deletionTimestamp") for one in left)


def test_a_cluster_that_does_not_answer_changes_nothing(
    life: Life, tmp_path: Path, account: Path
) -> None:
    life.until(Phase.RUNNING)
    said = json.loads(account.read_text())
    said["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:9"
    (tmp_path / "elsewhere").write_text(json.dumps(said))
    assert isinstance(life.runtime, KubernetesRuntime)
    elsewhere = KubernetesApi(kubeconfig=tmp_path / "elsewhere")
    reconcile(life.row, replace(life.runtime, api=elsewhere), now=now())
    row = life.row
    assert (row.phase, row.reason_code) == (Phase.RUNNING, "NoAnswer")


# -- upgrade and roll back -----------------------------------------------------------------------
BESIDE = """
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-%s
"""
REFUSED = """
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}-second
spec:
  ports: [{port: 99999}]
"""


@pytest.fixture
def publish(life: Life, settings: Settings, tmp_path: Path) -> Callable[..., None]:
    """A newer version of the chart, with an object beside the others that is named after it."""
    settings.ALLOWED_IMAGES = []
    # Planned at its first start, as a launch is: what it is made of is known from then on.
    options = {"values": {"run": COUNT}}
    Service.objects.filter(pk=life.pk).update(options=options, plan_again=True)

    def publish(version: str, *, more: str = "", **values: str) -> None:
        folder = tmp_path / "catalogue" / f"web-{version}"
        shutil.copytree(WEB, folder)
        about = yaml.safe_load((folder / "Chart.yaml").read_text())
        (folder / "Chart.yaml").write_text(yaml.safe_dump({**about, "version": version}))
        defaults = yaml.safe_load((folder / "values.yaml").read_text())
        (folder / "values.yaml").write_text(yaml.safe_dump({**defaults, **values}))
        with (folder / "templates" / "all.yaml").open("a") as templates:
            templates.write(BESIDE % version.replace(".", "-") + more)

    return publish


def test_an_upgrade_keeps_the_storage_and_one_that_never_starts_is_rolled_back(
    life: Life, publish: Callable[..., None], bob: User
) -> None:
    life.until(Phase.RUNNING)
    assert life.starts() == "1"
    publish("1.1.0", memory="48Mi")
    upgrade(life, bob)
    life.until(Phase.RUNNING)
    assert (life.row.version, life.starts(), beside(life)) == ("1.1.0", "2", {"notebook-1-1-0"})

    publish("1.2.0", memory="48Mi", image="nodekit.local/not-there:1")
    upgrade(life, bob)
    life.until_reason("ImageUnreachable", "ImageNotFound")
    assert beside(life) == {"notebook-1-2-0"}
    roll_back_service(service=life.row, by=bob, number=None)
    life.until(Phase.RUNNING)
    assert (life.row.version, life.starts(), beside(life)) == ("1.1.0", "3", {"notebook-1-1-0"})
    told = Revision.objects.filter(service=life.pk).order_by("number")
    assert [(one.version, one.outcome) for one in told] == [
        ("1.0.0", "ready"),
        ("1.1.0", "ready"),
        ("1.2.0", "pending"),
        ("1.1.0", "ready"),
    ]


def test_an_upgrade_that_changes_only_what_is_beside_its_pod_starts_it_anew_all_the_same(
    life: Life, publish: Callable[..., None], bob: User
) -> None:
    life.until(Phase.RUNNING)
    assert life.starts() == "1"
    publish("1.1.0")
    upgrade(life, bob)
    life.until(Phase.RUNNING)
    assert (life.row.version, life.starts(), beside(life)) == ("1.1.0", "2", {"notebook-1-1-0"})


def test_an_upgrade_that_the_cluster_refuses_leaves_what_runs_and_nothing_else(
    life: Life, publish: Callable[..., None], bob: User
) -> None:
    life.until(Phase.RUNNING)
    publish("1.1.0", more=REFUSED)
    upgrade(life, bob)
    life.until(Phase.FAILED)
    assert (life.pods(), beside(life), life.row.holds_compute) == (1, set(), True)
    life.look()
    assert (life.row.phase, life.row.holds_compute) == (Phase.FAILED, True)
    roll_back_service(service=life.row, by=bob, number=None)
    life.until(Phase.RUNNING)
    assert (life.row.version, life.starts()) == ("1.0.0", "1")  # it has run on all the time


def upgrade(life: Life, by: User) -> None:
    upgrade_service(service=life.row, by=by, version=None, resources=None, values=None)


def beside(life: Life) -> set[str]:
    path = f"/api/v1/namespaces/{life.row.ref.namespace}/configmaps"
    names = {one["metadata"]["name"] for one in life.api.list(path).items}
    return {name for name in names if name.startswith("notebook-")}
