"""A launch through the REST API against the raw start of the same JupyterLab, in turn, in one run.

Needs a running platform whose JupyterLab environment is built:

    python -m tests.bench.launch --state .datalab [--pairs 7]

Raw: the chart's own command in the same environment, spawn to 200 on /api/status, no sandbox.
Launch: POST …/services to 200 on /api/status through the front door, which is asked once the event
stream says that it runs, as the page does. Prints JSON: the ratio of each
pair, their median, and where a launch's time went.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.parts.ports import free_port

RESOURCES = {"cpu": "2", "memory": "2Gi", "storage": "1Gi"}
POLL = 0.01
PATIENCE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """What to start by hand: the chart's command with its port left open."""

    command: list[str]
    environment: Mapping[str, str]
    port: int


class Desk:
    """One member's view of the platform, as a script has it."""

    def __init__(self, state: Path) -> None:
        demo = json.loads((state / "demo.json").read_text())
        account = next(a for a in demo["accounts"] if a["role"] == "member")
        self.tenant = account["tenant"]
        self.port = httpx.URL(demo["url"]).port
        self._bearer = {"Authorization": f"Bearer {account['token']}"}
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=30, trust_env=False
        )

    @property
    def headers(self) -> dict[str, str]:
        return {"Host": f"localhost:{self.port}", **self._bearer}

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = self.headers
        url = f"/api/v1/tenants/{self.tenant}/{path}"
        return self._http.request(method, url, headers=headers, **more)

    def wait_for(self, service_id: str, phase: str) -> None:
        """Until the event stream says that the service is in this phase."""
        url = f"/api/v1/tenants/{self.tenant}/services/{service_id}/events"
        with self._http.stream("GET", url, headers=self.headers, timeout=PATIENCE) as stream:
            if self.call("GET", f"services/{service_id}").json()["phase"] == phase:
                return
            for line in stream.iter_lines():
                if line.startswith("data:") and json.loads(line[5:])["phase"] == phase:
                    return

    def tool(self, url: str, path: str) -> httpx.Response:
        headers = {"Host": httpx.URL(url).netloc.decode(), **self._bearer}
        return self._http.get(path, headers=headers)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--state", type=Path, default=Path(".datalab"))
    asked.add_argument("--pairs", type=int, default=7)
    arguments = asked.parse_args()
    desk = Desk(arguments.state)
    raw = raw_command(desk, arguments.state)
    pairs = [one_pair(desk, raw) for _ in range(arguments.pairs)]
    ratios = [pair["launch_s"] / pair["raw_s"] for pair in pairs]
    answer = {
        "ratio_median": round(statistics.median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "raw_median_s": round(statistics.median(pair["raw_s"] for pair in pairs), 3),
        "launch_median_s": round(statistics.median(pair["launch_s"] for pair in pairs), 3),
        "where_the_time_went_median_s": {
            part: round(statistics.median(pair[part] for pair in pairs), 3)
            for part in ("accept", "spawn", "tool", "notice", "open")
        },
    }
    print(json.dumps(answer, indent=2))  # noqa: T201 - the answer of the program


def one_pair(desk: Desk, raw: Raw) -> dict[str, float]:
    return {"raw_s": raw_start(raw), **launch(desk)}


def launch(desk: Desk) -> dict[str, float]:
    """One launch, removed again. Seconds from the POST, and what each part of it took.

    As the page does it: follow the events, and open the tool once it is said to run.
    accept: the POST's answer; spawn: until the process runs, worker's queue and sandbox included;
    tool: until it answers inside its network; notice: until the client hears of it;
    open: the first request through the front door.
    """
    began = time.time()
    accepted = desk.call("POST", "services", json={"chart": "jupyter", "resources": RESOURCES})
    answered = time.time()
    service = accepted.raise_for_status().json()
    try:
        desk.wait_for(service["id"], "running")
        heard = time.time()
        wait_until(lambda: desk.tool(service["url"], "/api/status").status_code == 200)
        ready = time.time()
        timeline = desk.call("GET", f"services/{service['id']}").json()["timeline"]
    finally:
        remove(desk, service["id"])
    first_seen = {entry["phase"]: at(entry["at"]) for entry in reversed(timeline)}
    starting, running = first_seen.get("starting", answered), first_seen.get("running", heard)
    return {
        "launch_s": ready - began,
        "accept": answered - began,
        "spawn": max(0.0, starting - answered),
        "tool": running - starting,
        "notice": max(0.0, heard - running),
        "open": ready - heard,
    }


def phase(desk: Desk, service_id: str) -> str:
    return str(desk.call("GET", f"services/{service_id}").json()["phase"])


def remove(desk: Desk, service_id: str) -> None:
    desk.call("DELETE", f"services/{service_id}")
    wait_until(lambda: desk.call("GET", f"services/{service_id}").status_code == 404)


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {PATIENCE:.0f} s")
        time.sleep(POLL)


def raw_command(desk: Desk, state: Path) -> Raw:
    """The chart's command as a launch would run it, with the environment's programs first."""
    from datalab.providers.cluster.local.environments import Environments  # noqa: PLC0415
    from datalab.providers.cluster.local.translate import translate  # noqa: PLC0415

    preview = desk.call(
        "POST",
        "charts/datalab/jupyter/preview",
        json={"name": "raw", "resources": RESOURCES, "values": {}, "secrets": []},
    )
    preview.raise_for_status()
    process = translate(
        preview.json()["manifests"], release="raw", namespace=f"dl-{desk.tenant}"
    ).process
    catalogue = Path(__file__).resolve().parents[2] / "charts_catalog"
    environments = Environments(state.resolve() / "environments", catalogue)
    built = environments.status(environments.for_image(catalogue / "jupyter", process.image))
    if built.environment is None:
        sys.exit(f"JupyterLab's environment is not built yet: {built.message}")
    path = ":".join(str(one) for one in built.environment.path)
    keep = {k: v for k, v in process.environment.items() if not k.startswith(("AWS_", "DATALAB_"))}
    return Raw(
        command=list(process.command),
        environment={**keep, **built.environment.variables, "PATH": f"{path}:{programs(state)}"},
        port=process.port,
    )


def programs(state: Path) -> Path:
    """The machine's programs without `node`, which JupyterLab would run at its start if it found it."""
    folder = state.resolve() / "bench-programs"
    if not folder.is_dir():
        folder.mkdir()
        for program in Path("/usr/bin").iterdir():
            if not program.name.startswith("node"):
                (folder / program.name).symlink_to(program)
    return folder


def raw_start(raw: Raw) -> float:
    """Seconds from spawn to 200 on /api/status."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="datalab-raw-") as home, started(raw, port, home) as at:
        with httpx.Client(trust_env=False) as http:
            wait_until(lambda: answers(http, f"http://127.0.0.1:{port}/api/status"))
        return time.perf_counter() - at


@contextmanager
def started(raw: Raw, port: int, home: str) -> Iterator[float]:
    command = [part.replace(str(raw.port), str(port)) for part in raw.command]
    command = [part.replace("/home/jovyan", home) for part in command]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--allow-root"],
        env={**raw.environment, "HOME": home},
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield began
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(url).status_code == 200
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    main()
