"""How long the answer to a launch takes, rendering included, against the answer to a list.

Needs a running platform. 50 launches one after another, each removed again:

    python -m tests.bench.accept --state .datalab [--times 50]
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.bench.launch import Desk, remove

SMALL = {"cpu": "100m", "memory": "512Mi", "storage": "1Gi"}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--state", type=Path, default=Path(".datalab"))
    asked.add_argument("--times", type=int, default=50)
    arguments = asked.parse_args()
    desk = Desk(arguments.state)
    posts, lists = [], []
    for _ in range(arguments.times):
        seconds, answer = timed(
            lambda: desk.call("POST", "services", json={"chart": "jupyter", "resources": SMALL})
        )
        answer.raise_for_status()
        posts.append(seconds)
        lists.append(timed(lambda: desk.call("GET", "services"))[0])
        remove(desk, answer.json()["id"])
    print(  # noqa: T201 - the answer of the program
        json.dumps(
            {
                "launch_answer": figures(posts),
                "list_answer": figures(lists),
                "ratio_p50": round(statistics.median(posts) / statistics.median(lists), 2),
            },
            indent=2,
        )
    )


def timed(call: Callable[[], httpx.Response]) -> tuple[float, httpx.Response]:
    began = time.perf_counter()
    answer = call()
    return time.perf_counter() - began, answer


def figures(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50_ms": round(1000 * statistics.median(ordered), 1),
        "p95_ms": round(1000 * ordered[int(0.95 * len(ordered))], 1),
        "max_ms": round(1000 * ordered[-1], 1),
        "n": len(ordered),
    }


if __name__ == "__main__":
    main()
