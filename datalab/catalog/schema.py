"""A chart's schema with nothing left to look up: `$ref` and Onyxia's `overwriteSchemaWith`."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from datalab.core.errors import ProviderRefused

BUILT_IN = Path(__file__).parent / "schemas"
"""Our versions of the schemas that Onyxia's charts name, such as `ide/resources.json`.

A name that is not here leaves the chart's own schema as it is, as in Onyxia.
"""
_DEEPEST = 30


def resolve_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """ProviderRefused where a reference leads nowhere or in a circle: the chart is broken."""
    resolved = _resolve(schema, schema, 0)
    for key in ("definitions", "$defs"):
        resolved.pop(key, None)
    return dict(resolved)


def _resolve(node: Any, root: Mapping[str, Any], depth: int) -> Any:
    if depth > _DEEPEST:
        raise ProviderRefused("The chart's form refers to itself.", provider="catalog")
    if isinstance(node, list):
        return [_resolve(item, root, depth + 1) for item in node]
    if not isinstance(node, Mapping):
        return node
    replaced = _replacement(node, root)
    if replaced is not None:
        return _resolve(replaced, root, depth + 1)
    return {key: _resolve(value, root, depth + 1) for key, value in node.items()}


def _replacement(node: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    reference = node.get("$ref")
    if isinstance(reference, str):
        found = _local(reference, root) if reference.startswith("#") else _built_in(reference)
        if found is None:
            raise ProviderRefused(
                f"The chart's form refers to {reference[:80]}, which is not there.",
                provider="catalog",
            )
        return found
    own = node.get("x-onyxia")
    name = own.get("overwriteSchemaWith") if isinstance(own, Mapping) else None
    return _built_in(name) if isinstance(name, str) else None


def _local(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found: Any = root
    for step in reference.lstrip("#/").split("/"):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else None


@cache
def _built_in(name: str) -> Mapping[str, Any] | None:
    file = BUILT_IN / name
    if not file.resolve().is_relative_to(BUILT_IN) or not file.is_file():
        return None
    loaded: Mapping[str, Any] = json.loads(file.read_text())
    return loaded
