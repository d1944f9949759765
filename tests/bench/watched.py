"""`manage.py watch` as a process of its own, rows for it to keep, and changes to time on the way.

For the benches that make releases on a cluster and say what their pods say.
"""

import os
import secrets
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.parts.ports import free_port

TOKEN = secrets.token_hex(16)
PATIENCE = 60.0
_POLL = 0.003


def figures(lags: Sequence[float]) -> Mapping[str, float]:
    cuts = statistics.quantiles(lags, n=100)
    return {
        "n": len(lags),
        "median": round(cuts[49], 3),
        "p95": round(cuts[94], 3),
        "most": round(max(lags), 3),
    }


def environment_of(state: Path, kubeconfig: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "datalab.config.settings",
        "DATALAB_PROFILE": "embedded",
        "DATALAB_SECRET_KEY": secrets.token_hex(32),
        "DATALAB_STATE_DIR": str(state),
        "DATALAB_CLUSTER": "kubernetes",
        "DATALAB_KUBECONFIG": str(kubeconfig.resolve()),
        "DATALAB_METRICS_TOKEN": TOKEN,
        "DATALAB_METRICS_PORT": str(free_port()),
    }


def database(number: int, *, tenants: int) -> Sequence[Any]:
    """Rows of services that a worker has applied. Answers them with their tenants."""
    import django  # noqa: PLC0415 - reads the environment

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils.timezone import now  # noqa: PLC0415

    from datalab.accounts.models import User  # noqa: PLC0415
    from datalab.launcher.lifecycle import RARELY  # noqa: PLC0415
    from datalab.launcher.models import Service  # noqa: PLC0415
    from datalab.tenants.models import Quota, Tenant  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("bench", issuer="https://bench.test", subject="bench")
    mark = secrets.token_hex(3)
    made = []
    for name in (f"bench-{mark}-{index}" for index in range(tenants)):
        tenant = Tenant.objects.create(
            slug=name, display_name=name, namespace=name, bucket=name, provisioned=True
        )
        Quota.objects.create(tenant=tenant)
        made.append(tenant)
    for index in range(number):
        name = f"web-{index}"
        Service.objects.create(
            tenant=made[index % tenants],
            owner=owner,
            name=name,
            host=f"{name}-{mark}",
            wanted="running",
            observed="unknown",
            applied_generation=1,
            holds_compute=True,
            check_after=now() + RARELY,
        )
    return list(Service.objects.select_related("tenant").order_by("created_at"))


@contextmanager
def watcher(environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "watch"], env={**os.environ, **environment}
    )
    try:
        yield process
    finally:
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        print(f"the watcher ended in {time.monotonic() - began:.1f} s", file=sys.stderr)  # noqa: T201


def requests_so_far(port: int) -> Mapping[str, float]:
    """How many so far, by kind."""
    answer = httpx.get(
        f"http://127.0.0.1:{port}/metrics",
        headers={"Authorization": f"Bearer {TOKEN}"},
        trust_env=False,
    )
    name = "datalab_cluster_requests_total{kind="
    lines = [line for line in answer.text.splitlines() if line.startswith(name)]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


class Bench:
    """`ready`: how the pods of all rows are at the beginning."""

    def __init__(self, api: Any, rows: Sequence[Any], *, ready: bool = False) -> None:
        self._api = api
        self._rows = rows
        self._is_ready = dict.fromkeys(range(len(rows)), ready)

    def until_all(self, observed: str, *, seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while self._count(observed) < len(self._rows):
            if time.monotonic() > deadline:
                sys.exit(f"only {self._count(observed)} of {len(self._rows)} are {observed}")
            time.sleep(0.1)

    def changes(self, number: int) -> list[float]:
        """One after the other: each waits for its row."""
        found = []
        for turn in range(number):
            index = turn % len(self._rows)
            began = self._turn(index)
            found.append(self._until_shown(index, began))
        return found

    def all_at_once(self, number: int) -> list[float]:
        """The first so many, as fast as the API server takes them."""
        began: dict[int, float] = {}

        def turn(index: int) -> None:
            began[index] = self._turn(index)

        with ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(turn, index) for index in range(number)]
            lags = self._until_shown_all(began, number)
        for one in sent:
            one.result()
        return lags

    def _turn(self, index: int) -> float:
        """From ready to not, or back. When it was sent."""
        self._is_ready[index] = not self._is_ready[index]
        row = self._rows[index]
        path = f"/api/v1/namespaces/{row.tenant.namespace}/pods/{row.name}-0/status"
        began = time.monotonic()
        self._api.merge(path, {"status": pod_status(ready=self._is_ready[index])})
        return began

    def _until_shown(self, index: int, began: float) -> float:
        while self._is_shown_ready(index) != self._is_ready[index]:
            if time.monotonic() - began > PATIENCE:
                sys.exit("a change never arrived")
            time.sleep(_POLL)
        return time.monotonic() - began

    def _until_shown_all(self, began: Mapping[int, float], number: int) -> list[float]:
        """`began` fills while this looks."""
        lags: dict[int, float] = {}
        deadline = time.monotonic() + PATIENCE
        while len(lags) < number:
            if time.monotonic() > deadline:
                sys.exit(f"only {len(lags)} of {number} changes arrived")
            sent = dict(began)
            shown, at = self._shown(number), time.monotonic()
            for index, sent_at in sent.items():
                if shown[index] == self._is_ready[index]:
                    lags.setdefault(index, at - sent_at)
            time.sleep(4 * _POLL)
        return list(lags.values())

    def _shown(self, number: int) -> list[bool]:
        from datalab.launcher.models import Service  # noqa: PLC0415

        asked = [row.pk for row in self._rows[:number]]
        seen = dict(Service.objects.filter(pk__in=asked).values_list("pk", "observed"))
        return [seen[pk] == "running" for pk in asked]

    def _is_shown_ready(self, index: int) -> bool:
        from datalab.launcher.models import Service  # noqa: PLC0415

        return Service.objects.filter(pk=self._rows[index].pk, observed="running").exists()

    def _count(self, observed: str) -> int:
        from datalab.launcher.models import Service  # noqa: PLC0415

        return Service.objects.filter(observed=observed).count()


def make_namespaces(api: Any, names: Sequence[str]) -> None:
    for name in names:
        api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    for name in names:
        while api.get(f"/api/v1/namespaces/{name}/serviceaccounts/default") is None:
            time.sleep(0.05)


def make_release(api: Any, row: Any, **pod: Any) -> None:
    """As Helm leaves it: its record, and a StatefulSet of one pod."""
    namespace, name = row.tenant.namespace, row.name
    labels = {"app.kubernetes.io/instance": name}
    record = {"owner": "helm", "name": name, "status": "deployed", "version": "1"}
    api.create(
        f"/api/v1/namespaces/{namespace}/secrets",
        {
            "metadata": {"name": f"sh.helm.release.v1.{name}.v1", "labels": record},
            "type": "helm.sh/release.v1",
        },
    )
    containers = [{"name": "tool", "image": "none.test/none:1"}]
    spec = {
        "replicas": 1,
        "serviceName": name,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"automountServiceAccountToken": False, "containers": containers, **pod},
        },
    }
    api.create(
        f"/apis/apps/v1/namespaces/{namespace}/statefulsets",
        {"metadata": {"name": name, "labels": labels}, "spec": spec},
    )


def pod_status(*, ready: bool) -> dict[str, Any]:
    """Before its first readiness: so each turn away from it is back to that."""
    said = "True" if ready else "False"
    conditions = [
        {"type": "PodScheduled", "status": "True"},
        {"type": "ContainersReady", "status": said},
        {"type": "Ready", "status": said, "lastTransitionTime": "2026-01-01T00:00:00Z"},
    ]
    container = {
        "name": "tool",
        "ready": ready,
        "started": ready,
        "restartCount": 0,
        "image": "none.test/none:1",
        "imageID": "",
        "state": {"running": {"startedAt": "2026-01-01T00:00:01Z"}},
    }
    return {"phase": "Running", "conditions": conditions, "containerStatuses": [container]}
