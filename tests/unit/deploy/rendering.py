"""Datalab's own chart, rendered by the real Helm."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from datalab.core.errors import ProviderUnavailable
from datalab.providers.charts.binary import find_helm, install_helm

ROOT = Path(__file__).resolve().parents[3]
CHART = ROOT / "deploy" / "chart"
VALUES = ROOT / "deploy" / "values"
EXAMPLES = ("minimal", "everything", "traefik")
WORKLOADS = {"Deployment", "Job"}

Json = dict[str, Any]


class Refused(Exception):
    """What Helm said."""


@cache
def helm() -> Path:
    try:
        return find_helm()
    except ProviderUnavailable:
        return install_helm(ROOT / ".cache" / "helm" / "bin" / "helm")


def rendered(example: str, more: Mapping[str, Any] | None = None) -> Sequence[Json]:
    """All objects of the example, with `more` over its values. Raises Refused."""
    said = _run("template", example, json.dumps(more or {}), "--kube-version", "1.34.0")
    return [one for one in yaml.safe_load_all(said) if one]


def notes(example: str) -> str:
    return _run("install", example, "{}", "--dry-run=client")


@cache
def _run(verb: str, example: str, more: str, *options: str) -> str:
    with tempfile.TemporaryDirectory() as home:
        over = Path(home) / "over.json"
        over.write_text(more)
        command = [str(helm()), verb, "datalab", str(CHART), "--namespace", "platform", *options]
        command += ["-f", str(VALUES / f"{example}.yaml"), "-f", str(over)]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={"PATH": os.defpath, "HOME": home, "KUBECONFIG": f"{home}/none"},
        )
    if done.returncode:
        raise Refused(done.stderr)
    return done.stdout


def of_kind(objects: Sequence[Json], kind: str) -> dict[str, Json]:
    """By name."""
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


def pods(objects: Sequence[Json]) -> Iterator[tuple[str, Json]]:
    """The pod of each workload, by the part's name."""
    for one in objects:
        if one["kind"] in WORKLOADS:
            part = one["metadata"]["labels"]["app.kubernetes.io/component"]
            yield part, one["spec"]["template"]["spec"]


def containers(pod: Json) -> list[Json]:
    return [*pod.get("initContainers", ()), *pod["containers"]]


def settings_of(objects: Sequence[Json]) -> dict[str, str]:
    found: dict[str, str] = of_kind(objects, "ConfigMap")["datalab-settings"]["data"]
    return found
