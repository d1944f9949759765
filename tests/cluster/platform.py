"""Datalab itself on the cluster: its image, what it needs beside it, and its chart."""

import base64
import json
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from datalab.core.errors import DatalabError, ProviderUnavailable
from datalab.providers.charts.binary import find_helm, install_helm
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from tests.cluster.containers import Containers
from tests.cluster.images.folders import archive_of_folders
from tests.cluster.images.platform import platform, platform_archive
from tests.cluster.layout import NODE_IP, ROOT, Layout
from tests.cluster.parts import Parts
from tests.cluster.shell import locked
from tests.parts.cluster import new_namespace
from tests.parts.forwarding import forwarded
from tests.parts.juicefs import Gateway, running_gateway
from tests.parts.kubernetes import kubeconfig_with
from tests.parts.openbao import OpenBao, running_openbao
from tests.parts.postgres import running_postgres
from tests.parts.redis import running_redis

CHART = ROOT / "deploy" / "chart"
NAME = "datalab"
ORIGIN = "https://datalab.example"
HOST = "datalab.example"
SECRET = "datalab"
PARTS = ("portal", "gate", "worker", "beat", "watcher", "door")
_REPOSITORY = "datalab.local/platform"


def load_platform(layout: Layout) -> str:
    """The tag of the image of this working copy. Nothing where the node has it already."""
    made = platform()
    name = f"{_REPOSITORY}:{made.digest}"
    with locked(layout.state / "lock"):
        containers = Containers(layout, Parts(layout))
        if name not in containers.images():
            with platform_archive(made, name) as archive:
                containers.load(archive)
    return made.digest


def door_image() -> str:
    said = yaml.safe_load((CHART / "values.yaml").read_text())["door"]["image"]
    return f"{said['repository']}:{said['tag']}"


def load_door(layout: Layout, name: str) -> None:
    """Traefik as its own image has it."""
    with locked(layout.state / "lock"), tempfile.TemporaryDirectory() as scratch:
        containers = Containers(layout, Parts(layout))
        if name in containers.images():
            return
        folder = Path(scratch) / "root" / "usr" / "local" / "bin"
        folder.mkdir(parents=True)
        shutil.copy2(Path(sys.executable).parent / "traefik", folder / "traefik")
        archive = archive_of_folders(
            name=name,
            folders=[Path(scratch) / "root"],
            target=Path(scratch) / "door.tar",
            command=["traefik"],
            variables={},
        )
        containers.load(archive)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Everything that the platform keeps things in: values for the chart, and the secrets' values."""

    values: Json
    secrets: Mapping[str, str]
    bao: OpenBao
    objects: Gateway


@contextmanager
def surroundings(folder: Path) -> Iterator[Surroundings]:
    with ExitStack() as parts:

        def reached(port: int) -> int:
            return parts.enter_context(forwarded(NODE_IP, to=port))

        database = urlsplit(parts.enter_context(running_postgres()))
        redis = parts.enter_context(running_redis(folder))
        bao = parts.enter_context(running_openbao(folder))
        objects = parts.enter_context(running_gateway(folder))
        yield Surroundings(
            values={
                "database": {
                    "host": NODE_IP,
                    "port": reached(database.port or 0),
                    "name": database.path.strip("/"),
                    "user": database.username,
                    "sslMode": "disable",
                },
                "broker": {"url": f"redis://{NODE_IP}:{reached(redis.port)}/0"},
                "vault": {"address": f"http://{NODE_IP}:{reached(bao.port)}"},
                "s3": {"endpoint": f"http://{NODE_IP}:{reached(objects.port)}"},
            },
            secrets={
                "secret-key": secrets.token_urlsafe(64),
                "gate-secret": secrets.token_urlsafe(32),
                "oidc-client-secret": secrets.token_urlsafe(16),
                "metrics-token": secrets.token_urlsafe(16),
                "database-password": database.password or "",
                "broker-password": redis.password,
                "vault-secret-id": bao.platform_secret,
                "s3-access-key": objects.access_key,
                "s3-secret-key": objects.secret_key,
            },
            bao=bao,
            objects=objects,
        )


def put_secret(
    api: KubernetesApi, namespace: str, name: str, data: Mapping[str, str], *, kind: str = "Opaque"
) -> None:
    held = {key: base64.b64encode(one.encode()).decode() for key, one in data.items()}
    made = {"metadata": {"name": name}, "type": kind, "data": held}
    api.create(f"/api/v1/namespaces/{namespace}/secrets", made)


@contextmanager
def namespace_for(api: KubernetesApi, around: Surroundings) -> Iterator[str]:
    """A restricted one, in which the secrets of the surroundings are."""
    with new_namespace(api) as namespace:
        restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
        api.merge(f"/api/v1/namespaces/{namespace}", {"metadata": {"labels": restricted}})
        put_secret(api, namespace, SECRET, around.secrets)
        yield namespace


def values_for(around: Surroundings, layout: Layout) -> Json:
    """All but who may sign in. The node has the images after this."""
    load_door(layout, door_image())
    return {
        **around.values,
        "image": {"repository": _REPOSITORY, "tag": load_platform(layout)},
        "origin": ORIGIN,
        "existingSecret": SECRET,
        "secrets": {
            "brokerPassword": {"key": "broker-password"},
            "metricsToken": {"key": "metrics-token"},
        },
        # Leaves room on a small node for tools, and for what other tests have there.
        **{part: {"resources": {"requests": {"cpu": "20m"}}} for part in PARTS},
    }


@dataclass(frozen=True, kw_only=True)
class Installed:
    """The chart in a namespace. `api` is an administrator's."""

    namespace: str
    kubeconfig: Path
    api: KubernetesApi
    values: Json

    def upgrade(self, more: Mapping[str, Any] | None = None) -> None:
        """Install or upgrade, and wait until every pod is ready."""
        with tempfile.TemporaryDirectory() as home:
            file = Path(home) / "values.json"
            file.write_text(json.dumps({**self.values, **(more or {})}))
            self._helm(home, "upgrade", "--install", "--wait", "--timeout=4m", *_chart(file))

    def uninstall(self) -> None:
        with tempfile.TemporaryDirectory() as home:
            self._helm(home, "uninstall", "--ignore-not-found", "--wait", "--timeout=2m", NAME)

    def address(self, part: str) -> str:
        """Of its Service."""
        path = f"/api/v1/namespaces/{self.namespace}/services/{NAME}-{part}"
        service = self.api.get(path) or {}
        return str(service["spec"]["clusterIP"])

    def pods(self, part: str) -> list[Json]:
        labels = f"app.kubernetes.io/instance={NAME},app.kubernetes.io/component={part}"
        return self.api.list(f"/api/v1/namespaces/{self.namespace}/pods", labels=labels).items

    def as_part(self, part: str, folder: Path) -> KubernetesApi:
        """The API server as that part's account sees it."""
        account = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{NAME}-{part}/token"
        token = self.api.create(account, {"spec": {"expirationSeconds": 3600}})["status"]["token"]
        return KubernetesApi(
            kubeconfig=kubeconfig_with(self.kubeconfig, folder / f"{part}.kubeconfig", token)
        )

    def _helm(self, home: str, *words: str) -> None:
        done = subprocess.run(
            [str(_helm_program()), "--namespace", self.namespace, *words],
            env={"PATH": "/usr/bin:/bin", "HOME": home, "KUBECONFIG": str(self.kubeconfig)},
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
        assert done.returncode == 0, f"{done.stderr}\n{self.trouble()}"

    def trouble(self) -> str:
        """What a person would look at."""
        lines = []
        for event in self.api.list(f"/api/v1/namespaces/{self.namespace}/events").items:
            if event.get("type") != "Normal":
                about = event["involvedObject"]["name"]
                lines.append(f"{about}: {event['reason']}: {event['message']}")
        for pod in self.api.list(f"/api/v1/namespaces/{self.namespace}/pods").items:
            name = pod["metadata"]["name"]
            for one in pod["spec"].get("initContainers", []) + pod["spec"]["containers"]:
                path = f"/api/v1/namespaces/{self.namespace}/pods/{name}/log"
                with suppress(DatalabError):
                    said = self.api.text(path, container=one["name"], tailLines="25")
                    lines.append(f"--- {name} {one['name']}\n{said}")
        return "\n".join(lines)


def _chart(file: Path) -> list[str]:
    return [NAME, str(CHART), "--values", str(file)]


def _helm_program() -> Path:
    try:
        return find_helm()
    except ProviderUnavailable:
        return install_helm(ROOT / ".cache" / "helm" / "bin" / "helm")
