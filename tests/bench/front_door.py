"""A tool's request through the front door while the page is busy, against the tool directly.

Needs a running platform. One JupyterLab is launched; 50 callers keep the API busy; then `/api/status`
is asked in turn through Traefik, gate and relay, and inside the tool's own network. Prints JSON.

    python -m tests.bench.front_door --state .datalab [--times 300]
"""

import argparse
import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from datalab.core.paths import sockets_folder
from datalab.providers.cluster.base import ReleaseRef
from tests.bench.launch import Desk, phase, remove, wait_until
from tests.bench.sockets import dialled

CALLERS = 50
BODY = {"chart": "jupyter", "resources": {"cpu": "1", "memory": "1Gi", "storage": "1Gi"}}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--state", type=Path, default=Path(".datalab"))
    asked.add_argument("--times", type=int, default=300)
    arguments = asked.parse_args()
    desk = Desk(arguments.state)
    service = desk.call("POST", "services", json=BODY).raise_for_status().json()
    try:
        wait_until(lambda: phase(desk, service["id"]) == "running")
        with busy(desk):
            answer = measure(desk, service, arguments)
    finally:
        remove(desk, service["id"])
    print(json.dumps(answer, indent=2))  # noqa: T201 - the answer of the program


def measure(desk: Desk, service: dict[str, Any], arguments: argparse.Namespace) -> dict[str, Any]:
    agent = sockets_folder(arguments.state.resolve()) / "agent.sock"
    ref = ReleaseRef(namespace=f"dl-{desk.tenant}", name=service["name"])
    direct, through = [], []
    for _ in range(arguments.times):
        direct.append(timed(lambda: ask_directly(agent, ref)))
        through.append(timed(lambda: ask_through(desk, service["url"])))
    sides = {"direct": figures(direct), "through_the_front_door": figures(through)}
    ratio = statistics.median(through) / statistics.median(direct)
    added = {
        key: round(sides["through_the_front_door"][key] - sides["direct"][key], 2)
        for key in ("p50_ms", "p95_ms")
    }
    return {**sides, "added": added, "ratio_p50": round(ratio, 2), "callers_of_the_page": CALLERS}


def ask_directly(agent: Path, ref: ReleaseRef) -> None:
    """A new connection each time, as the relay makes one."""
    with dialled(agent, ref) as made:
        connection = http.client.HTTPConnection("tool")
        connection.sock = made
        connection.request("GET", "/api/status", headers={"Connection": "close"})
        if connection.getresponse().status != 200:
            raise SystemExit("the tool does not answer")


def ask_through(desk: Desk, url: str) -> None:
    """The same client and as new a connection, with the tool's own host."""
    connection = http.client.HTTPConnection("127.0.0.1", desk.port or 80)
    headers = {**desk.headers, "Host": httpx.URL(url).netloc.decode(), "Connection": "close"}
    connection.request("GET", "/api/status", headers=headers)
    if connection.getresponse().status != 200:
        raise SystemExit("the front door does not answer")
    connection.close()


@contextmanager
def busy(desk: Desk) -> Iterator[None]:
    """50 callers of the API, each one call after the other."""
    stop = threading.Event()
    url = f"http://127.0.0.1:{desk.port}/api/v1/tenants/{desk.tenant}/services"
    headers = desk.headers

    def call() -> None:
        with httpx.Client(headers=headers, timeout=60, trust_env=False) as http_client:
            while not stop.is_set():
                http_client.get(url)

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def figures(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50_ms": round(1000 * statistics.median(ordered), 2),
        "p95_ms": round(1000 * ordered[int(0.95 * len(ordered))], 2),
        "n": len(ordered),
    }


if __name__ == "__main__":
    main()
