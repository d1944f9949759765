"""Where a secret might have gone besides the cluster's objects: rows, logs, command lines."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from datalab.launcher.models import Service
from tests.cluster.identity.world import World


def kept_or_said(
    world: World, service: Service, caplog: pytest.LogCaptureFixture, *words: str
) -> list[str]:
    """The places in which one of the words stands."""
    places = [*_rows(), *_logs(world, service), *_command_lines()]
    places.append(("the platform's log", caplog.text))
    return [name for name, text in places if any(word in text for word in words)]


def _rows() -> Iterator[tuple[str, str]]:
    for model in apps.get_models(include_auto_created=True):
        yield model._meta.label, repr(list(model._default_manager.values()))  # noqa: SLF001


def _logs(world: World, service: Service) -> Iterator[tuple[str, str]]:
    for pod in world.pods(service):
        name, spec = pod["metadata"]["name"], pod["spec"]
        path = f"/api/v1/namespaces/{service.tenant.namespace}/pods/{name}/log"
        for one in [*spec.get("initContainers", []), *spec["containers"]]:
            said = world.api.text(path, container=one["name"]) or ""
            yield f"{one['name']} of {name}", said


def _command_lines() -> Iterator[tuple[str, str]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            yield f"process {folder.name}", (folder / "cmdline").read_bytes().decode("latin-1")
        except OSError:
            continue
