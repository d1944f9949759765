"""From a pod's change on the API server to what people read, through `manage.py watch`.

    python -m tests.bench.cluster_watch --kubeconfig FILE [--services 200] [--changes 300]
        [--bursts 3] [--rest 60]

Makes releases of one pod each in namespaces of its own, on a machine that it only pretends to be: it
says what a kubelet would, so that the moment of a change is known. The watcher is the real one, a
process of its own with a database of its own. Prints JSON: the lag of changes one after the other
and of all at once, requests to the API server a minute at rest, and the watcher's memory.
"""

import argparse
import json
import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.e2e.platform import free_port

NAMESPACES = 10
MACHINE = "bench-machine"
TOKEN = secrets.token_hex(16)
PATIENCE = 60.0
_POLL = 0.003


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kubeconfig", type=Path, required=True)
    asked.add_argument("--services", type=int, default=200)
    asked.add_argument("--changes", type=int, default=300)
    asked.add_argument("--bursts", type=int, default=3)
    asked.add_argument("--rest", type=float, default=60)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="cluster-watch-") as folder, ExitStack() as over:
        environment = _environment(Path(folder), given.kubeconfig)
        os.environ.update(environment)
        rows = _database(given.services)
        bench = over.enter_context(_releases(given.kubeconfig, rows))
        port = int(environment["DATALAB_METRICS_PORT"])
        watcher = over.enter_context(_watcher(environment))
        bench.until_all("starting")
        one_by_one = bench.changes(given.changes)
        at_once = [lag for _ in range(given.bursts) for lag in bench.all_at_once()]
        before = _requests(port)
        time.sleep(given.rest)
        after = _requests(port)
        minutes = given.rest / 60
        print(  # noqa: T201
            json.dumps(
                {
                    "services": given.services,
                    "one_by_one_s": _figures(one_by_one),
                    "all_at_once_s": _figures(at_once),
                    "at_rest_a_minute": {
                        kind: round((after[kind] - before[kind]) / minutes, 1) for kind in after
                    },
                    "watcher_rss_mib": round(psutil.Process(watcher.pid).memory_info().rss / 2**20),
                },
                indent=2,
            )
        )


def _figures(lags: Sequence[float]) -> Mapping[str, float]:
    cuts = statistics.quantiles(lags, n=100)
    return {
        "n": len(lags),
        "median": round(cuts[49], 3),
        "p95": round(cuts[94], 3),
        "most": round(max(lags), 3),
    }


# -- our side ------------------------------------------------------------------------------------
def _environment(state: Path, kubeconfig: Path) -> dict[str, str]:
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


def _database(number: int) -> Sequence[Any]:
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
    tenants = []
    for name in (f"bench-{mark}-{index}" for index in range(NAMESPACES)):
        tenant = Tenant.objects.create(
            slug=name, display_name=name, namespace=name, bucket=name, provisioned=True
        )
        Quota.objects.create(tenant=tenant)
        tenants.append(tenant)
    for index in range(number):
        name = f"web-{index}"
        Service.objects.create(
            tenant=tenants[index % NAMESPACES],
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
def _watcher(environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
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


def _requests(port: int) -> Mapping[str, float]:
    """How many so far, by kind."""
    answer = httpx.get(
        f"http://127.0.0.1:{port}/metrics",
        headers={"Authorization": f"Bearer {TOKEN}"},
        trust_env=False,
    )
    name = "datalab_cluster_requests_total{kind="
    lines = [line for line in answer.text.splitlines() if line.startswith(name)]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


# -- the cluster's side --------------------------------------------------------------------------
class Bench:
    def __init__(self, api: Any, rows: Sequence[Any]) -> None:
        self._api = api
        self._rows = rows
        self._is_ready = dict.fromkeys(range(len(rows)), False)

    def until_all(self, observed: str) -> None:
        deadline = time.monotonic() + PATIENCE
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

    def all_at_once(self) -> list[float]:
        """As fast as the API server takes them."""
        began: dict[int, float] = {}

        def turn(index: int) -> None:
            began[index] = self._turn(index)

        with ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(turn, index) for index in range(len(self._rows))]
            lags = self._until_all_shown(began)
        for one in sent:
            one.result()
        return lags

    def _turn(self, index: int) -> float:
        """From ready to not, or back. When it was sent."""
        self._is_ready[index] = not self._is_ready[index]
        row = self._rows[index]
        path = f"/api/v1/namespaces/{row.tenant.namespace}/pods/{row.name}-0/status"
        began = time.monotonic()
        self._api.merge(path, {"status": _status(ready=self._is_ready[index])})
        return began

    def _until_shown(self, index: int, began: float) -> float:
        while self._shown()[index] != self._is_ready[index]:
            if time.monotonic() - began > PATIENCE:
                sys.exit("a change never arrived")
            time.sleep(_POLL)
        return time.monotonic() - began

    def _until_all_shown(self, began: Mapping[int, float]) -> list[float]:
        """`began` fills while this looks."""
        lags: dict[int, float] = {}
        deadline = time.monotonic() + PATIENCE
        while len(lags) < len(self._rows):
            if time.monotonic() > deadline:
                sys.exit(f"only {len(lags)} of {len(self._rows)} changes arrived")
            sent = dict(began)
            shown, at = self._shown(), time.monotonic()
            for index, sent_at in sent.items():
                if shown[index] == self._is_ready[index]:
                    lags.setdefault(index, at - sent_at)
            time.sleep(4 * _POLL)
        return list(lags.values())

    def _shown(self) -> list[bool]:
        from datalab.launcher.models import Service  # noqa: PLC0415

        seen = dict(Service.objects.values_list("pk", "observed"))
        return [seen[row.pk] == "running" for row in self._rows]

    def _count(self, observed: str) -> int:
        from datalab.launcher.models import Service  # noqa: PLC0415

        return Service.objects.filter(observed=observed).count()


@contextmanager
def _releases(kubeconfig: Path, rows: Sequence[Any]) -> Iterator[Bench]:
    from datalab.providers.cluster.kubernetes.api import KubernetesApi  # noqa: PLC0415

    api = KubernetesApi(kubeconfig=kubeconfig)
    namespaces = sorted({row.tenant.namespace for row in rows})
    over = threading.Event()
    try:
        _make_machine(api)
        beating = threading.Thread(target=_beat, args=(api, over))
        beating.start()
        for namespace in namespaces:
            api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        for namespace in namespaces:
            while api.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/default") is None:
                time.sleep(0.05)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda row: _make(api, row), rows))
        yield Bench(api, rows)
    finally:
        over.set()
        for namespace in namespaces:
            api.delete(f"/api/v1/namespaces/{namespace}")
        for row in rows:
            path = f"/api/v1/namespaces/{row.tenant.namespace}/pods/{row.name}-0"
            api.delete(path, grace_s=0)
        api.delete(f"/api/v1/nodes/{MACHINE}")


def _make_machine(api: Any) -> None:
    taints = [{"key": "datalab.test/bench", "effect": "NoSchedule"}]
    api.delete(f"/api/v1/nodes/{MACHINE}")
    api.create("/api/v1/nodes", {"metadata": {"name": MACHINE}, "spec": {"taints": taints}})


def _beat(api: Any, over: threading.Event) -> None:
    while not over.is_set():
        ready = {"type": "Ready", "status": "True", "reason": "Bench", "lastHeartbeatTime": _now()}
        api.merge(f"/api/v1/nodes/{MACHINE}/status", {"status": {"conditions": [ready]}})
        over.wait(10)


def _make(api: Any, row: Any) -> None:
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
    pod = {
        "nodeName": MACHINE,
        "automountServiceAccountToken": False,
        "containers": [{"name": "tool", "image": "none.test/none:1"}],
    }
    spec = {
        "replicas": 1,
        "serviceName": name,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    api.create(
        f"/apis/apps/v1/namespaces/{namespace}/statefulsets",
        {"metadata": {"name": name, "labels": labels}, "spec": spec},
    )
    path = f"/api/v1/namespaces/{namespace}/pods/{name}-0"
    while api.get(path) is None:
        time.sleep(0.05)
    api.merge(f"{path}/status", {"status": _status(ready=False)})


def _status(*, ready: bool) -> dict[str, Any]:
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


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
