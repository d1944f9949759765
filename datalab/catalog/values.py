"""A chart's values from its form, as Onyxia's page makes them, but here. Pure.

Per node, the first that gives something: `const`, its properties, `overwriteDefaultWith` from the
context, `default`, the chart's values.yaml, `minItems` copies for a list. What gives nothing is
left to Helm, which has values.yaml anyway, and to the schema's `required`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from datalab.catalog.nodes import Node, Path, amount, at, bounds, onyxia, options, properties
from datalab.catalog.references import UNDEFINED, resolve
from datalab.core.quantities import Resource

PATHS: Mapping[Resource, tuple[Path, ...]] = {
    Resource.CPU: (("resources", "requests", "cpu"), ("resources", "limits", "cpu")),
    Resource.MEMORY: (("resources", "requests", "memory"), ("resources", "limits", "memory")),
    Resource.GPU: (("resources", "limits", "nvidia.com/gpu"),),
    Resource.STORAGE: (("persistence", "size"),),
}
"""Where charts written for Onyxia, ours among them, take their resources."""


def resolve_values(
    schema: Node, *, context: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of a form that nobody has touched. `defaults` is the chart's values.yaml."""
    if not properties(schema):
        return dict(defaults)
    value = _value(schema, context, defaults)
    return value if isinstance(value, dict) else {}


def _value(node: Node, context: Mapping[str, Any], fallback: Any) -> Any:
    if "const" in node:
        return node["const"]
    if properties(node):
        return _group(node, context, fallback)
    given = _from_context(node, context)
    for found in (given, node.get("default", UNDEFINED), fallback):
        if found is not UNDEFINED:
            return found
    return _empty(node, context)


def _group(node: Node, context: Mapping[str, Any], fallback: Any) -> dict[str, Any]:
    own = fallback if isinstance(fallback, Mapping) else {}
    made = {
        key: _value(child, context, own.get(key, UNDEFINED))
        for key, child in properties(node).items()
    }
    return {key: value for key, value in made.items() if value is not UNDEFINED}


def _empty(node: Node, context: Mapping[str, Any]) -> Any:
    if node.get("type") == "object":
        return {}
    if node.get("type") != "array":
        return UNDEFINED
    item = _value(node.get("items", {}), context, UNDEFINED)
    return [] if item is UNDEFINED else [item] * int(node.get("minItems", 0))


def _from_context(node: Node, context: Mapping[str, Any]) -> Any:
    reference = onyxia(node).get("overwriteDefaultWith")
    if reference is None:
        return UNDEFINED
    found = resolve(reference, context)
    if found is UNDEFINED:
        return UNDEFINED
    if isinstance(found, list) and node.get("type") == "array":
        found = _mapped(node, found)
    return fitted(node, found, context)


def _mapped(node: Node, sources: Iterable[Any]) -> list[Any]:
    """Each item of a list of records through the form of the items."""
    item = node.get("items", {})
    if not properties(item):
        return list(sources)
    return [_mapped_item(item, one) if isinstance(one, Mapping) else one for one in sources]


def _mapped_item(item: Node, source: Mapping[str, Any]) -> dict[str, Any]:
    made = {}
    for key, child in properties(item).items():
        found = resolve(onyxia(child).get("overwriteDefaultWith", f"{{{{{key}}}}}"), source)
        made[key] = child.get("default", UNDEFINED) if found is UNDEFINED else found
    return {key: value for key, value in made.items() if value is not UNDEFINED}


def fitted(node: Node, value: Any, context: Mapping[str, Any]) -> Any:
    """The value as the node's type, within its bounds; UNDEFINED where that cannot be."""
    choices = options(node, context)
    if choices is not None and value not in choices:
        return UNDEFINED
    match node.get("type"):
        case "string":
            return _clamped(node, value if isinstance(value, str) else _text(value))
        case "integer" | "number":
            return _clamped(node, _number(value))
        case "boolean":
            return {"true": True, "false": False}.get(_text(value), UNDEFINED)
        case "array":
            return value if isinstance(value, list) else UNDEFINED
        case "object":
            return value if isinstance(value, Mapping) else UNDEFINED
        case _:
            return value


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else UNDEFINED


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return UNDEFINED
    if isinstance(value, int | float):
        return value
    try:
        return int(value)
    except (TypeError, ValueError):
        return UNDEFINED


def _clamped(node: Node, value: Any) -> Any:
    least, most = bounds(node)
    if value is UNDEFINED or (least is None and most is None):
        return value
    unit = str(node.get("sliderUnit", ""))
    found = amount(value, unit)
    if found is UNDEFINED:
        return UNDEFINED
    for bound, key, beyond in (
        (least, "sliderMin", least is not None and found < least),
        (most, "sliderMax", most is not None and found > most),
    ):
        if bound is not None and beyond:
            return f"{node[key]}{unit}" if node.get("type") == "string" else node[key]
    return value


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """As Helm lays values over each other: mappings are joined, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def resource_paths(
    resource: Resource, *, schema: Node, defaults: Mapping[str, Any]
) -> list[tuple[Path, Node]]:
    """Where this chart takes a resource; empty where it does not."""
    if properties(schema):
        found = [(path, at(path, schema)) for path in PATHS[resource]]
        return [(path, node) for path, node in found if node is not None]
    return [(path, {}) for path in PATHS[resource] if _has(defaults, path)]


def _has(values: Mapping[str, Any], path: Path) -> bool:
    found: Any = values
    for step in path:
        if not isinstance(found, Mapping) or step not in found:
            return False
        found = found[step]
    return True


def resource_values(
    asked: Mapping[Resource, str | int], *, schema: Node, defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """The values that say what was asked. A resource that the chart does not take is left out."""
    values: dict[str, Any] = {}
    for resource, quantity in asked.items():
        for path, node in resource_paths(resource, schema=schema, defaults=defaults):
            value = str(quantity) if node.get("type") == "string" else quantity
            values = merged(values, nested(path, value))
    return values


def nested(path: Path, value: Any) -> dict[str, Any]:
    for step in reversed(path):
        value = {step: value}
    return dict(value)


def value_at(path: Path, values: Any) -> Any:
    for step in path:
        if not isinstance(values, Mapping) or step not in values:
            return UNDEFINED
        values = values[step]
    return values
