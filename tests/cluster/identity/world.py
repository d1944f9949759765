"""A platform whose tools are pods of the cluster: rows, worker and desk in the test's own process."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.utils.timezone import now

from datalab.accounts.models import User
from datalab.launcher.actions import Order, launch_service
from datalab.launcher.lifecycle import Phase
from datalab.launcher.models import Service
from datalab.launcher.reconcile import reconcile
from datalab.providers.cluster.base import ClusterRuntime
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.tenants.models import Tenant
from tests.cluster.layout import Layout
from tests.cluster.pods import inside

TOOL = "jupyter"
"""The container in which the tool runs."""
SMALL: dict[str, str | int] = {"cpu": "200m", "memory": "256Mi"}


@dataclass(kw_only=True)
class World:
    """`api` is an administrator's, `runtime` has the platform's own rights."""

    runtime: ClusterRuntime
    api: KubernetesApi
    layout: Layout

    def launch(
        self, tenant: Tenant, by: User, name: str = "nb", *, secrets: Sequence[str] = ()
    ) -> Service:
        """As somebody in the page does. It does not run yet."""
        order = Order(
            catalog="tests",
            chart="jupyter",
            version=None,
            name=name,
            resources=SMALL,
            values={"persistence": {"enabled": False}},
            secrets=secrets,
        )
        return launch_service(tenant=tenant, by=by, order=order)

    def look(self, service: Service) -> Service:
        """As the worker does, once."""
        row = Service.objects.select_related("tenant", "owner").get(pk=service.pk)
        reconcile(row, self.runtime, now=now())
        return Service.objects.select_related("tenant", "owner").get(pk=service.pk)

    def until(self, service: Service, *phases: Phase, seconds: float = 120) -> Service:
        deadline = time.monotonic() + seconds
        while (row := self.look(service)).phase not in phases or row.changed:
            assert time.monotonic() < deadline, (row.phase, row.reason_message, row.reason_raw)
            time.sleep(0.3)
        return row

    def until_it_says(self, service: Service, code: str, *, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while (row := self.look(service)).reason_code != code:
            said = (row.reason_code, row.reason_message, row.reason_raw)
            assert time.monotonic() < deadline, said
            time.sleep(0.3)

    def until_gone(self, service: Service, *, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        rows = Service.objects.select_related("tenant", "owner").filter(pk=service.pk)
        while (row := rows.first()) is not None:
            assert time.monotonic() < deadline, row.reason_message
            reconcile(row, self.runtime, now=now())
            time.sleep(0.3)

    def run(self, tenant: Tenant, by: User, name: str = "nb", **more: Any) -> Service:
        return self.until(self.launch(tenant, by, name, **more), Phase.RUNNING)

    def pods(self, service: Service) -> list[Json]:
        path = f"/api/v1/namespaces/{service.tenant.namespace}/pods"
        return self.api.list(path, labels=f"app.kubernetes.io/instance={service.name}").items

    def inside(
        self, service: Service, *command: str, container: str = TOOL, seconds: float = 120
    ) -> tuple[int, str]:
        """A command in the running pod: how it ended and what it wrote."""
        pod = f"{service.name}-0"
        at = service.tenant.namespace
        return inside(self.layout, at, pod, *command, container=container, seconds=seconds)

    def python(self, service: Service, script: str) -> Any:
        """What the script prints as JSON."""
        code, said = self.inside(service, "python3", "-c", script)
        assert code == 0, said
        return json.loads(said)


def write_chart(chart: Path, original: Path, *, image: tuple[str, str]) -> None:
    """The real chart with another program in it: a web server, ready at once."""
    command = json.dumps(["python3", "-u", "-c", _SERVER])
    if image[0]:
        values = (chart / "values.yaml").read_text()
        own = yaml.safe_load(values)["image"]
        for said, other in zip((own["repository"], own["tag"]), image, strict=True):
            values = values.replace(said, other)
        (chart / "values.yaml").write_text(values)
    (chart / "templates" / "_tool.tpl").write_text(
        '{{- define "jupyter.tool" -}}\n'
        f"home: /home/jovyan\nport: 8888\nready: /api/status\ncommand: {command}\n"
        "{{- end -}}\n"
    )
    assert "jupyter.tool" in (original / "templates" / "_tool.tpl").read_text()


_SERVER = """\
import http.server, json, os, signal
signal.signal(signal.SIGTERM, lambda *words: os._exit(0))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(dict(os.environ)).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        pass
http.server.ThreadingHTTPServer(("", 8888), Handler).serve_forever()
"""
