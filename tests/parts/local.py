"""The local runtime with a real agent and real sandboxes, and a tool that needs no environment."""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datalab.core.errors import ProviderUnavailable
from datalab.providers.charts.base import Manifest
from datalab.providers.cluster.local.client import AgentClient
from datalab.providers.cluster.local.declaration import Declaration
from datalab.providers.cluster.local.environments import Environments
from datalab.providers.cluster.local.folders import Folders
from datalab.providers.cluster.local.interpreter import find_interpreter
from datalab.providers.cluster.local.planning import Planner
from datalab.providers.cluster.local.runtime import LocalRuntime
from datalab.providers.cluster.local.spec import BuildState, BuildStatus, Environment

ROOT = Path(__file__).resolve().parents[2]
PORT = 8000
SERVE = f"python3 -m http.server {PORT} --bind 0.0.0.0"


@dataclass
class WebCharts:
    """A chart engine whose charts run a shell line, given as the value `run`."""

    rendered: list[str] = field(default_factory=list)

    def render(
        self, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]
    ) -> Sequence[Manifest]:
        self.rendered.append(release)
        container = {
            "name": "web",
            "image": "example.test/web:1",
            "command": ["/bin/sh", "-c", values.get("run", SERVE)],
            "workingDir": "/home/jovyan",
            "ports": [{"name": "http", "containerPort": PORT}],
            "readinessProbe": {"tcpSocket": {"port": "http"}, "periodSeconds": 1},
            "resources": {"limits": _limits(values)},
            "volumeMounts": [{"name": "home", "mountPath": "/home/jovyan"}],
        }
        claim = {"claimName": release}
        pod = {
            "containers": [container],
            "terminationGracePeriodSeconds": 3,
            "volumes": [{"name": "home", "persistentVolumeClaim": claim}],
        }
        name = {"name": release, "namespace": namespace}
        sizes = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        labels = {"app": release}
        kept = values.get("persistence", {}).get("keep")
        keep = {"annotations": {"helm.sh/resource-policy": "keep"}} if kept else {}
        return [
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {**name, **keep},
                "spec": sizes,
            },
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": name,
                "spec": {
                    "replicas": 1,
                    "selector": {"matchLabels": labels},
                    "template": {"metadata": {"labels": labels}, "spec": pod},
                },
            },
        ]

    def notes(self, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]) -> str:
        return ""


def _limits(values: Mapping[str, Any]) -> dict[str, str]:
    limits = {"cpu": "1", "memory": values.get("memory", "256Mi")}
    return limits | ({"nvidia.com/gpu": str(values["gpu"])} if "gpu" in values else {})


class MachinesOwn(Environments):
    """The machine's Python stands in for every image: nothing is built."""

    def for_image(self, chart_folder: Path, image: str) -> Declaration:
        return Declaration(
            key="machine",
            title="The machine's own",
            folder=chart_folder,
            images=[image],
            interpreter=find_interpreter(),
            requirements=chart_folder,
            home=Path("/home/jovyan"),
        )

    def status(self, declaration: Declaration) -> BuildStatus:
        own = Environment(name="machine", binds=(), path=(Path("/usr/bin"),))
        return BuildStatus(state=BuildState.READY, environment=own)


class Agent:
    """One agent process for a state folder; it can be killed and started again."""

    def __init__(self, state: Path, *options: str) -> None:
        self.state = state
        self._options = options
        self.socket = state / "agent.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def command(self) -> list[str]:
        program = [sys.executable, "-m", "datalab.providers.cluster.local.agent"]
        return [*program, "--state", str(self.state), "--socket", str(self.socket), *self._options]

    def start(self) -> None:
        with (self.state / "agent.log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 20
        while not self._answers():
            assert self._process.poll() is None, (self.state / "agent.log").read_text()
            assert time.monotonic() < deadline, "the agent does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return bool(AgentClient(self.socket).ask("about"))
        except ProviderUnavailable:
            return False

    def wait(self) -> int:
        """Until it has ended by itself: its exit code."""
        assert self._process is not None
        code = self._process.wait(timeout=20)
        self._process = None
        return code

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=20)
            self._process = None


@contextmanager
def running_agent(*options: str) -> Iterator[Agent]:
    """`options` are the agent's own: what leads out of its sandboxes."""
    # Not below pytest's own folder: its path may be too long for a socket.
    state = Path(tempfile.mkdtemp(prefix="datalab-agent-"))
    agent = Agent(state, *options)
    try:
        agent.start()
        yield agent
    finally:
        agent.end()
        shutil.rmtree(Folders.below(state).memory, ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)


def runtime_of(agent: Agent) -> LocalRuntime:
    folders = Folders.below(agent.state)
    return LocalRuntime(
        folders=folders,
        agent=AgentClient(agent.socket),
        charts=WebCharts(),
        environments=MachinesOwn(agent.state / "environments", ROOT),
        planner=Planner(folders=folders, certificates=None),
    )
