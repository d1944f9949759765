"""A launch through the REST API against `helm install` of the same chart and values, in turn.

    python -m tests.bench.cluster_launch --kubeconfig FILE [--pairs 5] [--chart jupyter]

Both end with 200 at the tool's own Service in the same namespace, with the image on the machine.
Portal, worker and watcher are real processes beside the cluster. Prints JSON: the ratio of each pair,
the median of the ratios and that of the times, and when each milestone was seen, in seconds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.cluster.crew import Crew, running_crew
from tests.cluster.layout import HELM, ROOT, TINY
from tests.parts.ports import wait_until

PATIENCE = 60.0
RESOURCES = {"cpu": "500m", "memory": "512Mi", "storage": "1Gi"}
READY = {"jupyter": "/api/status"}
_POLL = 0.02

Times = dict[str, float]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kubeconfig", type=Path, required=True)
    asked.add_argument("--pairs", type=int, default=5)
    asked.add_argument("--chart", default="jupyter")
    given = asked.parse_args()
    with running_crew(given.kubeconfig, image=TINY) as crew:
        crew.start("portal", "worker", "watcher")
        bench = Bench(crew, given.chart)
        bench.launch("warm")  # everything is in the caches now, of both
        pairs = []
        for number in range(given.pairs):
            bare = bench.bare(f"bare-{number}")
            pairs.append((bench.launch(f"ours-{number}"), bare))
            print(pairs[-1], file=sys.stderr)  # noqa: T201 - how far it is
    ratios = [ours["answers"] / bare["answers"] for ours, bare in pairs]
    print(  # noqa: T201 - the answer of the program
        json.dumps(
            {
                "chart": given.chart,
                "ratios": [round(one, 3) for one in ratios],
                "median_ratio": round(statistics.median(ratios), 3),
                "launch_s": _medians([ours for ours, _ in pairs]),
                "helm_install_s": _medians([bare for _, bare in pairs]),
                "load": os.getloadavg()[0],
            },
            indent=2,
        )
    )


def _medians(runs: list[Times]) -> Mapping[str, float]:
    return {name: round(statistics.median(one[name] for one in runs), 2) for name in runs[0]}


class Bench:
    def __init__(self, crew: Crew, chart: str) -> None:
        self._crew = crew
        self._chart = chart
        self._at = crew.tenants[0]
        self._values: Any = None

    def launch(self, name: str) -> Times:
        body = {"catalog": "datalab", "chart": self._chart, "name": name, "resources": RESOURCES}

        def begin() -> None:
            answer = self._crew.call("POST", f"{self._at}/services", json={**body, "values": {}})
            assert answer.status_code == 202, answer.text

        times = self._timed(name, begin)
        self._values = self._crew.rows("SELECT values FROM launcher_service")[0][0]
        self._crew.remove(name)
        return times

    def bare(self, name: str) -> Times:
        with tempfile.TemporaryDirectory() as home:
            values = Path(home) / "values.json"
            values.write_text(json.dumps(self._values))
            environment = {"PATH": os.defpath, "HOME": home, "KUBECONFIG": self._config()}
            chart = str(ROOT / "charts_catalog" / self._chart)
            options = ["--namespace", self._at, name]

            def helm(*words: str) -> None:
                subprocess.run(
                    [str(HELM), *words], env=environment, check=True, capture_output=True
                )

            times = self._timed(
                name, lambda: helm("install", *options, chart, "--values", str(values))
            )
            helm("uninstall", *options)
            wait_until(lambda: self._crew.left() == [], seconds=60)
        return times

    def _config(self) -> str:
        return str(self._crew.kubeconfig)

    def _timed(self, name: str, begin: Callable[[], None]) -> Times:
        """When what was seen first; `answers` is 200."""
        times: Times = {}
        began = time.perf_counter()
        looking = threading.Thread(target=self._look, args=(name, began, times))
        looking.start()
        begin()
        times["returned"] = time.perf_counter() - began
        looking.join()
        assert "answers" in times, f"{name} never answered"
        return times

    def _look(self, name: str, began: float, times: Times) -> None:
        """The same for both, so that it weighs the same on both."""
        api, base = self._crew.api, f"/api/v1/namespaces/{self._at}"
        service = f"{base}/services/{name}"
        pod, url = f"{base}/pods/{name}-0", ""
        with httpx.Client(trust_env=False, timeout=2) as http:
            while (passed := time.perf_counter() - began) < PATIENCE:
                if "service" not in times:
                    if (found := api.get(service)) is not None:
                        times["service"] = time.perf_counter() - began
                        spec = found["spec"]
                        url = f"http://{spec['clusterIP']}:{spec['ports'][0]['port']}"
                elif "pod_runs" not in times:
                    found = api.get(pod)
                    if found is not None and found["status"].get("phase") == "Running":
                        times["pod_runs"] = passed
                elif self._answers(http, url + READY.get(self._chart, "/")):
                    times["answers"] = time.perf_counter() - began
                    return
                time.sleep(_POLL)

    def _answers(self, http: httpx.Client, url: str) -> bool:
        try:
            return http.get(url).status_code == 200
        except httpx.TransportError:
            return False


if __name__ == "__main__":
    main()
