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
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from tests.bench.watched import (
    Bench,
    database,
    environment_of,
    figures,
    make_namespaces,
    make_release,
    pod_status,
    requests_so_far,
    watcher,
)

NAMESPACES = 10
MACHINE = "bench-machine"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kubeconfig", type=Path, required=True)
    asked.add_argument("--services", type=int, default=200)
    asked.add_argument("--changes", type=int, default=300)
    asked.add_argument("--bursts", type=int, default=3)
    asked.add_argument("--rest", type=float, default=60)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="cluster-watch-") as folder, ExitStack() as over:
        environment = environment_of(Path(folder), given.kubeconfig)
        os.environ.update(environment)
        rows = database(given.services, tenants=NAMESPACES)
        bench = over.enter_context(_releases(given.kubeconfig, rows))
        port = int(environment["DATALAB_METRICS_PORT"])
        process = over.enter_context(watcher(environment))
        bench.until_all("starting")
        one_by_one = bench.changes(given.changes)
        at_once = [lag for _ in range(given.bursts) for lag in bench.all_at_once(len(rows))]
        before = requests_so_far(port)
        time.sleep(given.rest)
        after = requests_so_far(port)
        minutes = given.rest / 60
        print(  # noqa: T201
            json.dumps(
                {
                    "services": given.services,
                    "one_by_one_s": figures(one_by_one),
                    "all_at_once_s": figures(at_once),
                    "at_rest_a_minute": {
                        kind: round((after[kind] - before[kind]) / minutes, 1) for kind in after
                    },
                    "watcher_rss_mib": round(psutil.Process(process.pid).memory_info().rss / 2**20),
                },
                indent=2,
            )
        )


# -- the cluster's side --------------------------------------------------------------------------
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
        make_namespaces(api, namespaces)
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
    make_release(api, row, nodeName=MACHINE)
    path = f"/api/v1/namespaces/{row.tenant.namespace}/pods/{row.name}-0"
    while api.get(path) is None:
        time.sleep(0.05)
    api.merge(f"{path}/status", {"status": pod_status(ready=False)})


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
