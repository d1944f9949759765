"""Charts without helm, for tests: they say what is rendered, or a plain workload is."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from datalab.core.errors import InvalidInput
from datalab.providers.charts.base import Manifest
from datalab.providers.charts.checks import check_manifests, check_request

Renderer = Callable[[str, str, Mapping[str, Any]], Sequence[Manifest]]
"""(release, namespace, values) to manifests."""


class MemoryCharts:
    def __init__(self) -> None:
        self._renderers: dict[str, Renderer] = {}
        self.rendered: list[str] = []
        """The releases asked for, in order."""

    def renders(self, chart: str, renderer: Renderer) -> None:
        """From now on the chart of this folder name renders to what `renderer` answers."""
        self._renderers[chart] = renderer

    def render(
        self, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]
    ) -> Sequence[Manifest]:
        check_request(chart, release=release, namespace=namespace)
        complete = merged(_defaults(chart), values)
        _check_schema(chart, complete)
        self.rendered.append(release)
        renderer = self._renderers.get(chart.name, plain_workload)
        return check_manifests(deepcopy(list(renderer(release, namespace, complete))))

    def notes(self, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]) -> str:
        self.render(chart, release=release, namespace=namespace, values=values)
        return f"{release} is in {namespace}."


def plain_workload(release: str, namespace: str, values: Mapping[str, Any]) -> list[Manifest]:
    """One StatefulSet, its Service and its volume, with what the platform's charts call so."""
    metadata = {"name": release, "namespace": namespace}
    container = {
        "name": "tool",
        "image": "quay.io/jupyter/minimal-notebook:test",
        "command": ["tool"],
        "ports": [{"containerPort": 8888}],
        "resources": values.get("resources", {}),
        "securityContext": {
            "runAsNonRoot": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    suspended = values.get("global", {}).get("suspend", False)
    workload = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": metadata,
        "spec": {"replicas": 0 if suspended else 1, "template": {"spec": pod}},
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {"ports": [{"port": 8888}]},
    }
    return [service, *_claims(metadata, values), workload]


def _claims(metadata: Mapping[str, Any], values: Mapping[str, Any]) -> list[Manifest]:
    persistence = values.get("persistence", {})
    if not persistence.get("enabled", False):
        return []
    requests = {"requests": {"storage": persistence["size"]}}
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata,
        "spec": {"resources": requests},
    }
    return [claim]


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """As helm lays values over the chart's: mappings are joined, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        result[key] = merged(below, value) if both else value  # type: ignore[arg-type]
    return result


def _defaults(chart: Path) -> dict[str, Any]:
    file = chart / "values.yaml"
    return yaml.safe_load(file.read_text()) or {} if file.is_file() else {}


def _check_schema(chart: Path, values: Mapping[str, Any]) -> None:
    file = chart / "values.schema.json"
    if not file.is_file():
        return
    validator = jsonschema.Draft7Validator(yaml.safe_load(file.read_text()))
    fields = {
        ".".join(map(str, error.absolute_path)): error.message
        for error in validator.iter_errors(values)
    }
    if fields:
        raise InvalidInput("The values do not fit the chart.", fields=fields)
