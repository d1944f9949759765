"""A large cluster that is only played: what `manage.py watch` takes for it, and how late it is.

    python -m tests.bench.cluster_scale --kubeconfig FILE [--nodes 1000] [--pods 5000]
        [--changes 300] [--bursts 3]

kwok (sigs.k8s.io/kwok, compiled from the Go proxy) plays the machines and says what their kubelets
would; API server, controllers and scheduler are real, and so is the watcher, with a database of its
own. Each pod is a release of its own. Prints JSON: the watcher's memory, and the lag of changes one
after the other and of 200 at once among all those pods.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
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
    watcher,
)
from tests.cluster.binaries import kwok, kwok_stages

NAMESPACES = 40
AT_ONCE = 200
SENDERS = 8
PLAYED = "kwok.x-k8s.io/node"
ON_PLAYED = {
    "nodeSelector": {PLAYED: "fake"},
    "tolerations": [{"key": PLAYED, "operator": "Exists"}],
}
SETTLED_S = 600.0
RESTS_S = 20.0


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kubeconfig", type=Path, required=True)
    asked.add_argument("--nodes", type=int, default=1000)
    asked.add_argument("--pods", type=int, default=5000)
    asked.add_argument("--changes", type=int, default=300)
    asked.add_argument("--bursts", type=int, default=3)
    given = asked.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and take away what was made
    with tempfile.TemporaryDirectory(prefix="cluster-scale-") as folder, ExitStack() as over:
        environment = environment_of(Path(folder), given.kubeconfig)
        os.environ.update(environment)
        rows = database(given.pods, tenants=NAMESPACES)
        began = time.monotonic()
        api = over.enter_context(_played(given.kubeconfig, rows, given.nodes, Path(folder)))
        made_s = time.monotonic() - began
        began = time.monotonic()
        process = over.enter_context(watcher(environment))
        bench = Bench(api, rows, ready=True)
        bench.until_all("running", seconds=SETTLED_S)
        learned_s = time.monotonic() - began
        time.sleep(RESTS_S)
        one_by_one = bench.changes(given.changes)
        at_once = [lag for _ in range(given.bursts) for lag in bench.all_at_once(AT_ONCE)]
        memory = psutil.Process(process.pid).memory_full_info()
        print(  # noqa: T201
            json.dumps(
                {
                    "nodes": given.nodes,
                    "pods": given.pods,
                    "made_in_s": round(made_s),
                    "all_rows_right_after_s": round(learned_s, 1),
                    "one_by_one_s": figures(one_by_one),
                    "at_once_s": figures(at_once),
                    "watcher_rss_mib": round(memory.rss / 2**20),
                    "watcher_pss_mib": round(memory.pss / 2**20),
                },
                indent=2,
            )
        )


@contextmanager
def _played(kubeconfig: Path, rows: Sequence[Any], nodes: int, folder: Path) -> Iterator[Any]:
    """Until all pods are ready. Afterwards nothing of it is left."""
    from datalab.providers.cluster.kubernetes.api import KubernetesApi  # noqa: PLC0415

    api = KubernetesApi(kubeconfig=kubeconfig)
    namespaces = sorted({row.tenant.namespace for row in rows})
    machines = [f"bench-{rows[0].host}-{number}" for number in range(nodes)]
    with _kwok(kubeconfig, folder), ThreadPoolExecutor(SENDERS) as pool:
        try:
            list(pool.map(lambda name: _make_machine(api, name), machines))
            make_namespaces(api, namespaces)
            list(pool.map(lambda row: make_release(api, row, **ON_PLAYED), rows))
            _until(lambda: _ready(api, namespaces) >= len(rows))
            yield api
        finally:
            for namespace in namespaces:
                api.delete(f"/api/v1/namespaces/{namespace}")
            _until(lambda: all(api.get(f"/api/v1/namespaces/{one}") is None for one in namespaces))
            list(pool.map(lambda name: api.delete(f"/api/v1/nodes/{name}"), machines))


@contextmanager
def _kwok(kubeconfig: Path, folder: Path) -> Iterator[None]:
    stages = (stage for one in kwok_stages() for stage in ("--config", str(one)))
    said = folder / "kwok.log"
    command = [
        *(str(kwok()), "--kubeconfig", str(kubeconfig.resolve()), *stages),
        *("--manage-nodes-with-annotation-selector", f"{PLAYED}=fake"),
        # The API server has two cores: each machine says every 30 s that it lives.
        *("--node-lease-duration-seconds", "120"),
    ]
    with said.open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)
            print(said.read_text()[-500:], file=sys.stderr)  # noqa: T201


def _make_machine(api: Any, name: str) -> None:
    api.create(
        "/api/v1/nodes",
        {
            "metadata": {
                "name": name,
                "annotations": {PLAYED: "fake"},
                "labels": {"kubernetes.io/hostname": name, PLAYED: "fake"},
            },
            "spec": {"taints": [{"key": PLAYED, "value": "fake", "effect": "NoSchedule"}]},
        },
    )


def _ready(api: Any, namespaces: Sequence[str]) -> int:
    """How many pods are."""
    found = 0
    for namespace in namespaces:
        sets = api.list(f"/apis/apps/v1/namespaces/{namespace}/statefulsets").items
        found += sum(one["status"].get("readyReplicas", 0) for one in sets)
    print(f"{found} pods are ready", file=sys.stderr)  # noqa: T201
    return found


def _until(done: Any) -> None:
    deadline = time.monotonic() + SETTLED_S
    while not done():
        if time.monotonic() > deadline:
            sys.exit("It did not settle.")
        time.sleep(2)


if __name__ == "__main__":
    main()
