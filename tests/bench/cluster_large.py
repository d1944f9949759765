"""The watcher beside five thousand pods on a thousand machines, which no cluster of ours could hold.

    python -m tests.bench.cluster_large [--services 5000] [--machines 1000] [--changes 200]

An API server of a few lines says that they are there, over HTTP, with lists in pages and watches. The
watcher is the real one: `manage.py watch`, its own client, a database with a row for each service.
Prints JSON: from what the server sends to our row, one after the other and hundreds at once, and the
watcher's memory.
"""

import argparse
import json
import os
import queue
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil

from tests.bench import cluster_watch

AT_ONCE = 500
_KINDS = {
    "/api/v1/pods": "pod",
    "/api/v1/secrets": "record",
    "/apis/apps/v1/statefulsets": "workload",
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--services", type=int, default=5000)
    asked.add_argument("--machines", type=int, default=1000)
    asked.add_argument("--changes", type=int, default=200)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="cluster-large-") as folder, ExitStack() as over:
        server = Server(given.machines)
        threading.Thread(target=server.http.serve_forever, daemon=True).start()
        over.callback(server.http.shutdown)
        environment = cluster_watch._environment(Path(folder), server.kubeconfig(Path(folder)))  # noqa: SLF001
        os.environ.update(environment)
        rows = cluster_watch._database(given.services)  # noqa: SLF001
        server.fill(rows)
        bench = Bench(server, rows)
        began = time.monotonic()
        watcher = over.enter_context(cluster_watch._watcher(environment))  # noqa: SLF001
        bench.until_all("starting")
        first = time.monotonic() - began
        one_by_one = bench.changes(given.changes)
        at_once = bench.some_at_once(AT_ONCE)
        print(  # noqa: T201 - the answer of the program
            json.dumps(
                {
                    "services": given.services,
                    "machines": given.machines,
                    "all_known_after_s": round(first, 1),
                    "one_by_one_s": cluster_watch._figures(one_by_one),  # noqa: SLF001
                    "at_once_s": cluster_watch._figures(at_once),  # noqa: SLF001
                    "watcher_rss_mib": round(psutil.Process(watcher.pid).memory_info().rss / 2**20),
                    "load": os.getloadavg()[0],
                },
                indent=2,
            )
        )


class Bench(cluster_watch.Bench):
    """Changes go to the server's watches instead of to a cluster."""

    def __init__(self, server: "Server", rows: Sequence[Any]) -> None:
        super().__init__(None, rows)
        self._server = server

    def some_at_once(self, number: int) -> list[float]:
        rows, self._rows = self._rows, self._rows[:number]
        try:
            return self._until_all_shown([self._turn(index) for index in range(number)])
        finally:
            self._rows = rows

    def _turn(self, index: int) -> float:
        self._is_ready[index] = not self._is_ready[index]
        began = time.monotonic()
        self._server.change(index, ready=self._is_ready[index])
        return began


class Server:
    def __init__(self, machines: int) -> None:
        self._machines = machines
        self._version = 1
        self._items: dict[str, list[dict[str, Any]]] = {kind: [] for kind in _KINDS.values()}
        self._watchers: list[queue.SimpleQueue[dict[str, Any]]] = []
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = True

    def kubeconfig(self, folder: Path) -> Path:
        file = folder / "large.kubeconfig"
        address = f"http://127.0.0.1:{self.http.server_address[1]}"
        said = {
            "current-context": "large",
            "contexts": [{"name": "large", "context": {"cluster": "large", "user": "large"}}],
            "clusters": [{"name": "large", "cluster": {"server": address}}],
            "users": [{"name": "large", "user": {"token": "large"}}],
        }
        file.write_text(json.dumps(said))
        file.chmod(0o600)
        return file

    def fill(self, rows: Sequence[Any]) -> None:
        for index, row in enumerate(rows):
            namespace, name = row.tenant.namespace, row.name
            labels = {"owner": "helm", "name": name, "status": "deployed", "version": "1"}
            record = _named(f"sh.helm.release.v1.{name}.v1", namespace, labels)
            self._items["record"].append(record)
            labels = {"app.kubernetes.io/instance": name}
            spec = {"replicas": 1, "template": {"metadata": {"labels": labels}}}
            status = {"replicas": 1, "observedGeneration": 1, "updateRevision": "1"}
            workload = {**_named(name, namespace, labels), "spec": spec, "status": status}
            self._items["workload"].append(workload)
            pod = _named(f"{name}-0", namespace, {**labels, "controller-revision-hash": "1"})
            machine = f"machine-{index % self._machines}"
            self._items["pod"].append({**pod, "spec": _pod(machine), "status": _status(False)})

    def change(self, index: int, *, ready: bool) -> None:
        self._version += 1
        pod = self._items["pod"][index]
        metadata = {**pod["metadata"], "resourceVersion": str(self._version)}
        pod = {**pod, "metadata": metadata, "status": _status(ready)}
        self._items["pod"][index] = pod
        for one in self._watchers:
            one.put({"type": "MODIFIED", "object": pod})

    def page(self, path: str, query: Mapping[str, list[str]]) -> dict[str, Any]:
        found = self._items[_KINDS[path]] if path in _KINDS else []
        begin, limit = int(query.get("continue", ["0"])[0]), int(query.get("limit", ["500"])[0])
        metadata = {"resourceVersion": str(self._version)}
        if begin + limit < len(found):
            metadata["continue"] = str(begin + limit)
        return {"metadata": metadata, "items": found[begin : begin + limit]}

    def watch(self, path: str) -> "queue.SimpleQueue[dict[str, Any]]":
        told: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        if path == "/api/v1/pods":
            self._watchers.append(told)
        return told


def _named(name: str, namespace: str, labels: Mapping[str, str]) -> dict[str, Any]:
    fields = {f"f:field-{number}": {"f:inner": {}} for number in range(60)}
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"{namespace}-{name}",
            "resourceVersion": "1",
            "generation": 1,
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": dict(labels),
            "managedFields": [{"manager": "large", "fieldsV1": fields}],
        }
    }


def _pod(machine: str) -> dict[str, Any]:
    variables = [{"name": f"VARIABLE_{number}", "value": "x" * 40} for number in range(20)]
    container = {"name": "tool", "image": "none.test/none:1", "env": variables}
    return {"nodeName": machine, "containers": [container]}


def _status(ready: bool) -> dict[str, Any]:
    return cluster_watch._status(ready=ready)  # noqa: SLF001


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            if "watch" in query:
                self.tell(server.watch(parts.path))
                return
            content = json.dumps(server.page(parts.path, query)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def tell(self, events: "queue.SimpleQueue[dict[str, Any]]") -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while True:
                line = json.dumps(events.get()).encode() + b"\n"
                self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


if __name__ == "__main__":
    main()
