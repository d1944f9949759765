"""Kinds that a cluster does not have by itself, by their own definitions, for the length of a test."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from datalab.core.errors import ProviderUnavailable
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from tests.parts.ports import wait_until

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@contextmanager
def foreign_kinds(api: KubernetesApi, files: Iterable[Path]) -> Iterator[None]:
    """The API server checks by them what is written."""
    definitions = [yaml.safe_load(file.read_text()) for file in files]
    try:
        for one in definitions:
            api.create(_DEFINITIONS, one)
        for path in map(_collection, definitions):
            wait_until(lambda at=path: _is_served(api, at), seconds=90)  # type: ignore[misc]
        yield
    finally:
        for one in definitions:
            api.delete(f"{_DEFINITIONS}/{one['metadata']['name']}")


def _collection(definition: Json) -> str:
    spec = definition["spec"]
    [version] = [one["name"] for one in spec["versions"] if one["storage"]]
    return f"/apis/{spec['group']}/{version}/{spec['names']['plural']}"


def _is_served(api: KubernetesApi, path: str) -> bool:
    """For a moment the server answers that it is getting ready."""
    try:
        return api.get(path) is not None
    except ProviderUnavailable:
        return False
