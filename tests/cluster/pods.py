"""Pods for tests, as short as they can be said."""

import subprocess
from dataclasses import dataclass
from typing import Any

from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from tests.cluster.addons import kubectl_command
from tests.cluster.layout import Layout
from tests.parts.ports import wait_until


@dataclass(frozen=True, kw_only=True)
class Pods:
    api: KubernetesApi
    namespace: str
    image: str

    def create(
        self, name: str, *command: str, labels: Json | None = None, **container: Any
    ) -> None:
        """Without a command the image's own runs."""
        said = {"command": list(command)} if command else {}
        spec = {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": self.image, **said, **container}],
        }
        metadata = {"name": name, "labels": labels or {}}
        self.api.create(self._path(), {"metadata": metadata, "spec": spec})

    def answer(self, name: str, *command: str, labels: Json | None = None) -> tuple[bool, str]:
        """Runs the command to its end: whether it succeeded, and what it printed."""
        self.create(name, *command, labels=labels)
        self.wait(name, lambda pod: pod["status"]["phase"] in {"Succeeded", "Failed"})
        log = self.api.text(f"{self._path(name)}/log") or ""
        return self.get(name)["status"]["phase"] == "Succeeded", log

    def wait(self, name: str, enough: Any) -> Json:
        wait_until(lambda: enough(self.get(name)), seconds=90)
        return self.get(name)

    def running(self, name: str) -> str:
        """Waits for it; its address."""
        pod = self.wait(name, lambda pod: pod["status"]["phase"] == "Running")
        return str(pod["status"]["podIP"])

    def get(self, name: str) -> Json:
        found = self.api.get(self._path(name))
        assert found is not None
        return found

    def _path(self, name: str = "") -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods" + (f"/{name}" if name else "")


def inside(
    layout: Layout, namespace: str, pod: str, *command: str, container: str, seconds: float = 120
) -> tuple[int, str]:
    """A command in a running pod: how it ended and what it wrote."""
    done = subprocess.run(
        [
            *kubectl_command(layout),
            *("exec", f"--namespace={namespace}", pod, f"--container={container}", "--", *command),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    return done.returncode, done.stdout + done.stderr
