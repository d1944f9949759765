"""A platform of real processes whose services run on the cluster, and whose processes can be killed.

Portal, worker and watchers as they are in production, over a wire to the API server that a test can
cut. Not there: sign-in, S3 and Vault. Its tenants have been provisioned by hand.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.providers.cluster.kubernetes.reading import INSTANCE
from tests.cluster.layout import HELM, ROOT
from tests.cluster.wire import Wire, wire_to
from tests.parts.kubernetes import platform_account
from tests.parts.ports import free_port, wait_until
from tests.parts.postgres import running_postgres

THREADS = 8
"""Of the worker: so many services at a time, and helm programs."""
_LAST_WORDS = 20_000
_DUMP = "Current thread"
_BIN = Path(sys.executable).parent
_WORKER = "-m celery -A datalab.config.celery worker -P threads -B --without-gossip"
_COMMANDS = {
    "portal": f"{_BIN / 'granian'} --interface wsgi --host 127.0.0.1 --workers 1"
    " --blocking-threads 16 --http 1 --no-ws datalab.config.wsgi:application",
    "worker": f"{sys.executable} {_WORKER} --without-mingle --without-heartbeat --loglevel WARNING",
    "watcher": f"{sys.executable} manage.py watch",
    "second watcher": f"{sys.executable} manage.py watch",
}


@dataclass(kw_only=True)
class Crew:
    """`api` is an administrator's; the processes have the rights of a worker."""

    folder: Path
    api: KubernetesApi
    wire: Wire
    kubeconfig: Path
    database: str
    ports: Mapping[str, int]
    environment: Mapping[str, str]
    tenants: list[str] = field(default_factory=list)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    http: httpx.Client = field(init=False)

    # -- processes -------------------------------------------------------------------------------
    def start(self, *parts: str) -> None:
        """Returns once they work."""
        for part in parts:
            (self.folder / f"{part}.json").unlink(missing_ok=True)
            with (self.folder / f"{part}.log").open("ab") as log:
                self.processes[part] = subprocess.Popen(
                    self._command(part),
                    cwd=ROOT,
                    env={**self.environment, **self._own(part)},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )
        for part in parts:
            wait_until(lambda part=part: self._is_up(part), seconds=90)  # type: ignore[misc]

    def kill(self, part: str) -> None:
        """As the end of its container: nothing of it is left, no helm either."""
        process = self.processes.pop(part)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for part, process in list(self.processes.items()):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill(part)

    def helms(self) -> list[psutil.Process]:
        """Those that run now, of all parts."""
        parts = [psutil.Process(one.pid) for one in self.processes.values()]
        found = []
        for child in (child for part in parts for child in part.children(recursive=True)):
            try:
                if child.name() == "helm":
                    found.append(child)
            except psutil.NoSuchProcess:
                continue
        return found

    def ended(self) -> set[str]:
        """Parts that nobody has killed and that are not there any more."""
        return {part for part, process in self.processes.items() if process.poll() is not None}

    def log(self, part: str) -> str:
        return (self.folder / f"{part}.log").read_text(errors="replace")

    def print_logs(self) -> None:
        """pytest shows them where the test has failed. Before them, what the worker's threads do."""
        worker = self.processes.get("worker")
        if worker and worker.poll() is None:
            told = self.log("worker").count(_DUMP)
            worker.send_signal(signal.SIGUSR2)
            wait_until(lambda: self.log("worker").count(_DUMP) > told)
        for part in self.processes:
            sys.stdout.write(f"--- {part}\n{self.log(part)[-_LAST_WORDS:]}\n")

    def _command(self, part: str) -> list[str]:
        words = _COMMANDS[part].split()
        match part:
            case "portal":
                return [*words, "--port", str(self.ports["portal"])]
            case "worker":
                return [*words, "-c", str(THREADS), "-s", str(self.folder / "beat")]
            case _:
                return words

    def _own(self, part: str) -> dict[str, str]:
        ready = str(self.folder / f"{part}.json")
        return {"DATALAB_METRICS_PORT": str(self.ports[part]), "DATALAB_READY_FILE": ready}

    def _is_up(self, part: str) -> bool:
        assert self.processes[part].poll() is None, self.log(part)[-3000:]
        match part:
            case "portal":
                return self._answers(f"http://127.0.0.1:{self.ports['portal']}/healthz")
            case "worker":
                return (self.folder / "worker.json").exists()
            case _:
                return "watcher_started" in self.log(part)

    def _answers(self, url: str) -> bool:
        try:
            return httpx.get(url, headers={"Host": "localhost"}, trust_env=False).status_code < 500
        except httpx.TransportError:
            return False

    # -- what people do --------------------------------------------------------------------------
    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.http.request(method, f"/api/v1/tenants/{path}", **more)

    def launch(self, name: str, tenant: str = "", **values: Any) -> None:
        body = {"catalog": "tests", "chart": "web", "name": name, "resources": {}, "values": values}
        answer = self.call("POST", f"{tenant or self.tenants[0]}/services", json=body)
        assert answer.status_code == 202, answer.text

    def service(self, name: str, tenant: str = "") -> Json:
        answer = self.call("GET", f"{tenant or self.tenants[0]}/services/{name}")
        found: Json = answer.json() if answer.status_code == 200 else {"phase": "gone"}
        return found

    def phases(self, tenant: str = "") -> dict[str, str]:
        answer = self.call("GET", f"{tenant or self.tenants[0]}/services?limit=100")
        assert answer.status_code == 200, answer.text
        return {one["name"]: one["phase"] for one in answer.json()["results"]}

    def until(self, name: str, phase: str, *, seconds: float = 60) -> Json:
        deadline = time.monotonic() + seconds
        while (found := self.service(name))["phase"] != phase:
            assert time.monotonic() < deadline, found
            time.sleep(0.1)
        return found

    def remove(self, *names: str, seconds: float = 120) -> None:
        for name in names:
            assert self.call("DELETE", f"{self.tenants[0]}/services/{name}").status_code == 202
        for name in names:
            self.until(name, "gone", seconds=seconds)

    def used(self) -> Json:
        found: Json = self.call("GET", f"{self.tenants[0]}/quota").json()["used"]
        return found

    # -- what is there ---------------------------------------------------------------------------
    def rows(self, query: str, *words: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query.encode(), words).fetchall()

    def tell(self, *words: str) -> Any:
        """What `crew_rows` says."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.cluster.crew_rows", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    def records(self, tenant: str = "") -> list[tuple[str, str]]:
        """Helm's: of which release, and how far it came."""
        path = f"/api/v1/namespaces/{tenant or self.tenants[0]}/secrets"
        found = self.api.list(path, labels="owner=helm", metadata_only=True).items
        labels = [one["metadata"]["labels"] for one in found]
        return sorted((one["name"], one["status"]) for one in labels)

    def ready(self, tenant: str = "") -> set[str]:
        """Releases that have a ready pod, as the cluster itself says."""
        path = f"/api/v1/namespaces/{tenant or self.tenants[0]}/pods"
        return {
            pod["metadata"]["labels"][INSTANCE]
            for pod in self.api.list(path, labels=INSTANCE).items
            if any(
                one["type"] == "Ready" and one["status"] == "True"
                for one in pod["status"].get("conditions", [])
            )
        }

    def left(self, tenant: str = "") -> list[str]:
        """Whatever stands in the namespace that a service has brought."""
        base = f"namespaces/{tenant or self.tenants[0]}"
        kinds = ("statefulsets", "deployments")
        paths = [f"/apis/apps/v1/{base}/{kind}" for kind in kinds]
        paths += [f"/api/v1/{base}/{kind}" for kind in ("pods", "persistentvolumeclaims")]
        found = [one for path in paths for one in self.api.list(path, labels=INSTANCE).items]
        named = [f"helm: {name} {status}" for name, status in self.records(tenant)]
        services = self.api.list(f"/api/v1/{base}/services").items
        maps = self.api.list(f"/api/v1/{base}/configmaps", labels=_OF_HELM).items
        return named + [one["metadata"]["name"] for one in [*found, *services, *maps]]

    def requests(self, part: str) -> Mapping[str, float]:
        """To the API server by that part so far, by kind."""
        url = f"http://127.0.0.1:{self.ports[part]}/metrics"
        bearer = {"Authorization": f"Bearer {self.environment['DATALAB_METRICS_TOKEN']}"}
        lines = httpx.get(url, headers=bearer, trust_env=False).text.splitlines()
        name = "datalab_cluster_requests_total{kind="
        found = [line for line in lines if line.startswith(name)]
        return {line.split('"')[1]: float(line.split()[-1]) for line in found}

    def restart_database(self, *, away: float) -> None:
        """Killed, and back after so many seconds as it was started."""
        [(data,)] = self.rows("SHOW data_directory")
        # Its own note of who it is: a child that it has just forked still has its command line.
        server = psutil.Process(int((Path(data) / "postmaster.pid").read_text().split()[0]))
        command, folder, user = server.cmdline(), Path(data).parent, server.uids().real
        server.send_signal(signal.SIGQUIT)
        server.wait(20)
        time.sleep(away)
        with (self.folder / "database.log").open("ab") as log:
            self.processes["database"] = subprocess.Popen(
                command, cwd=folder, user=user, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self._is_database_up)

    def _is_database_up(self) -> bool:
        try:
            return self.rows("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False


_OF_HELM = "app.kubernetes.io/managed-by=Helm"


@contextmanager
def running_crew(
    kubeconfig: Path,
    *,
    image: str,
    tenants: int = 1,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Crew]:
    """Namespaces and all are gone after it."""
    mark = f"crew-{secrets.token_hex(3)}"
    with ExitStack() as over:
        folder = Path(over.enter_context(tempfile.TemporaryDirectory(prefix="datalab-crew-")))
        account = over.enter_context(platform_account(kubeconfig, folder))
        wire, file = over.enter_context(wire_to(account, folder))
        database = over.enter_context(running_postgres(durable=True))
        ports = {part: free_port() for part in _COMMANDS}
        (folder / "queue").mkdir()
        crew = Crew(
            folder=folder,
            api=KubernetesApi(kubeconfig=kubeconfig),
            wire=wire,
            kubeconfig=file,
            database=database,
            ports=ports,
            environment={
                **_inherited(),
                "DJANGO_SETTINGS_MODULE": "tests.cluster.crew_settings",
                "DATALAB_PROFILE": "embedded",
                "DATALAB_STATE_DIR": str(folder),
                "DATALAB_SECRET_KEY": secrets.token_hex(32),
                "DATALAB_DATABASE_URL": database,
                "DATALAB_CLUSTER": "kubernetes",
                "DATALAB_KUBECONFIG": str(file),
                "DATALAB_ALLOWED_IMAGES": f"{image},quay.io/jupyter/",
                "DATALAB_METRICS_TOKEN": secrets.token_hex(16),
                "DATALAB_ORIGIN": f"http://localhost:{ports['portal']}",
                "PYTHONUNBUFFERED": "1",
                **(settings or {}),
            },
        )
        over.callback(_end, crew, mark)
        seeded = crew.tell("seed", str(tenants), mark)
        crew.tenants = seeded["tenants"]
        crew.http = httpx.Client(
            base_url=f"http://127.0.0.1:{ports['portal']}",
            headers={"Authorization": f"Bearer {seeded['token']}", "Host": "localhost"},
            timeout=30,
            trust_env=False,
        )
        with crew.http:
            yield crew


def _inherited() -> dict[str, str]:
    """All but another platform's settings; and the tests' helm is found."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("DATALAB_")}
    return {**kept, "PATH": f"{HELM.parent}{os.pathsep}{os.environ['PATH']}"}


def _end(crew: Crew, mark: str) -> None:
    crew.stop()
    for one in crew.api.list("/api/v1/namespaces", metadata_only=True).items:
        if one["metadata"]["name"].startswith(f"{mark}-"):
            crew.api.delete(f"/api/v1/namespaces/{one['metadata']['name']}")
