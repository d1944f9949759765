"""Two hundred services of a tiny chart in forty tenants, launched at five a second.

    python -m tests.bench.cluster_many --kubeconfig FILE [--services 200] [--tenants 40] [--rate 5]

Portal, worker and watcher are real processes beside the cluster, each pod is a real one. Prints JSON:
how the services ended, when all had, how many helm programs ran at once, the processes' memory,
requests of the platform to the API server per launch, and per minute once all is at rest. Helm's own
requests are not among them.
"""

import argparse
import json
import os
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.cluster.crew import Crew, running_crew
from tests.cluster.layout import TINY

PATIENCE = 420.0
SETTLES_S = 40.0
"""What has been applied is looked at once more, half a minute later."""
PARTS = ("portal", "worker", "watcher")
TINY_ONE = {"cpu": "5m", "memory": "16Mi"}
_SAMPLED_EVERY = 0.3


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kubeconfig", type=Path, required=True)
    asked.add_argument("--services", type=int, default=200)
    asked.add_argument("--tenants", type=int, default=40)
    asked.add_argument("--rate", type=float, default=5)
    asked.add_argument("--rest", type=float, default=60)
    given = asked.parse_args()
    with running_crew(given.kubeconfig, image=TINY, tenants=given.tenants) as crew:
        crew.start(*PARTS)
        bench = Bench(crew, given.services, given.rate)
        found = bench.run()
        time.sleep(SETTLES_S)
        before, lines = requests(crew), len(crew.log("worker").splitlines())
        time.sleep(given.rest)
        after = requests(crew)
        tasks = tasks_in(crew.log("worker").splitlines()[lines:])
        at_rest = {k: round((after[k] - before[k]) * 60 / given.rest, 1) for k in after}
        memory = {part: rss(crew, part) for part in PARTS}
        print(  # noqa: T201 - the answer of the program
            json.dumps(
                {
                    **found,
                    "memory_at_rest_mib": memory,
                    "requests_a_minute_at_rest": at_rest,
                    "tasks_at_rest": tasks,
                    "quota_drift": crew.tell("drift"),
                    "load": os.getloadavg()[0],
                },
                indent=2,
            )
        )


def requests(crew: Crew) -> Counter[str]:
    found: Counter[str] = Counter()
    for part in ("worker", "watcher"):
        found.update({f"{part}: {k}": int(n) for k, n in crew.requests(part).items()})
    return found


def tasks_in(log: Sequence[str]) -> Mapping[str, int]:
    """Those that were worth a line of the log, by name."""
    done = [line.partition(" task=")[2].split()[0] for line in log if "task_done" in line]
    return Counter(done)


def rss(crew: Crew, part: str) -> int:
    process = psutil.Process(crew.processes[part].pid)
    family = [process, *process.children(recursive=True)]
    return round(sum(one.memory_info().rss for one in family) / 2**20)


class Bench:
    def __init__(self, crew: Crew, services: int, rate: float) -> None:
        self._crew = crew
        self._services = services
        self._rate = rate
        self._over = threading.Event()
        self._most_helms = 0
        self._most_memory: Counter[str] = Counter()

    def run(self) -> Mapping[str, Any]:
        sampling = threading.Thread(target=self._sample)
        sampling.start()
        began = time.monotonic()
        with ThreadPoolExecutor(16) as pool:
            waiting = []
            for number in range(self._services):
                time.sleep(max(0.0, began + number / self._rate - time.monotonic()))
                waiting.append(pool.submit(self._post, number))
            posts = [one.result() for one in waiting]
        asked_s = time.monotonic() - began
        ended = self._until_settled()
        all_s = time.monotonic() - began
        self._over.set()
        sampling.join()
        answers = Counter(answer for answer, _ in posts)
        made = requests(self._crew)
        answered = made["worker: answer"] + made["watcher: answer"]
        return {
            "asked": self._services,
            "answers": answers,
            "ended": ended,
            "all_asked_s": round(asked_s, 1),
            "all_ended_s": round(all_s, 1),
            "post_median_s": round(statistics.median(seconds for _, seconds in posts), 2),
            "helms_at_once": self._most_helms,
            "most_memory_mib": self._most_memory,
            "requests_a_launch": round(answered / max(1, answers["202"]), 1),
        }

    def _post(self, number: int) -> tuple[str, float]:
        tenants = self._crew.tenants
        body = {
            "catalog": "tests",
            "chart": "web",
            "name": f"web-{number}",
            "resources": {},
            "values": TINY_ONE,
        }
        began = time.monotonic()
        path = f"{tenants[number % len(tenants)]}/services"
        try:
            answer = str(self._crew.call("POST", path, json=body, timeout=60).status_code)
        except httpx.TimeoutException:
            answer = "no answer within 60 s"
        return answer, time.monotonic() - began

    def _until_settled(self) -> Mapping[str, int]:
        """All run, or say why not for good."""
        deadline = time.monotonic() + PATIENCE
        while True:
            rows = self._crew.rows("SELECT observed, reason_code FROM launcher_service")
            shown = Counter(f"{state} {code}".strip() for state, code in rows)
            done = sum(n for what, n in shown.items() if what.split()[0] in {"running", "failed"})
            if done == len(rows) or time.monotonic() > deadline:
                return dict(shown)
            print(dict(shown), file=sys.stderr)  # noqa: T201 - how far it is
            time.sleep(2)

    def _sample(self) -> None:
        while not self._over.wait(_SAMPLED_EVERY):
            self._most_helms = max(self._most_helms, len(self._crew.helms()))
            for part in PARTS:
                own = psutil.Process(self._crew.processes[part].pid).memory_info().rss
                self._most_memory[part] = max(self._most_memory[part], round(own / 2**20))


if __name__ == "__main__":
    main()
