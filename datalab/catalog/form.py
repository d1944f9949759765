"""A chart's form for a page: what may be chosen, within which limits, beginning with what. Pure.

Sizes have controls of their own, so they are taken out of the schema; so is all that only the
platform sets. The rest is plain JSON schema, with hints for a form library beside it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from datalab.catalog.nodes import Node, Path, bounds, is_platforms, options, properties
from datalab.catalog.preset_rules import Preset
from datalab.catalog.values import PATHS, resource_paths, value_at
from datalab.core.quantities import Resource, from_units, parse, to_units

SIZES = (Resource.CPU, Resource.MEMORY, Resource.GPU, Resource.STORAGE)
_STEPS = {Resource.CPU: 100, Resource.MEMORY: 256 * 1024**2, Resource.STORAGE: 1024**3}
_WIDEST = {
    Resource.CPU: (100, 64_000),
    Resource.MEMORY: (256 * 1024**2, 512 * 1024**3),
    Resource.GPU: (0, 8),
    Resource.STORAGE: (1024**3, 1024**4),
}
"""Where a chart's form sets no bounds itself."""
_WIDGETS = {"textArea": "textarea", "password": "password"}
"""Onyxia's `render` in the words of https://rjsf-team.github.io/react-jsonschema-form/"""
_PLATFORM = ("datalab", "global")

Form = dict[str, Any]
Amounts = Mapping[Resource, int]


def build_form(
    schema: Node,
    given: Mapping[str, Any],
    *,
    context: Mapping[str, Any],
    most: Amounts,
    presets: Sequence[Preset] = (),
) -> Form:
    """`given` are the values of the untouched form, `most` the tenant's limits."""
    kept = _visible(schema, (), context) or {"type": "object", "properties": {}}
    ranges = _ranges(schema, given, most)
    return {
        "schema": kept,
        "ui": _hints(kept, schema),
        "defaults": _defaults(kept, given),
        "presets": [_offered(one) for one in presets if _is_taken(one, schema, given)],
        "resources": ranges,
    }


def _is_taken(preset: Preset, schema: Node, given: Mapping[str, Any]) -> bool:
    """A preset that the chart could only refuse is not offered. What the quota says is told apart."""
    widest = {resource: _WIDEST[resource][1] for resource in SIZES}
    ranges = _ranges(schema, given, widest)
    return all(
        name in ranges
        and parse(ranges[name]["min"]) <= parse(quantity) <= parse(ranges[name]["max"])
        for name, quantity in preset.resources.items()
    )


def _offered(preset: Preset) -> Form:
    return {
        "id": preset.id,
        "title": preset.title,
        "description": preset.description,
        "resources": preset.asked,
        "special": bool(preset.placement),
    }


def _visible(node: Node, path: Path, context: Mapping[str, Any]) -> Form | None:
    """The node without what nobody chooses here; None where nothing is left of it."""
    if is_platforms(node) or path in _SIZE_PATHS or (path and path[0] in _PLATFORM):
        return None
    if not properties(node):
        return _leaf(node, context)
    children = {
        key: left
        for key, child in properties(node).items()
        if (left := _visible(child, (*path, key), context)) is not None
    }
    if not children:
        return None
    kept = {key: node[key] for key in ("type", "title", "description") if key in node}
    required = [key for key in node.get("required", []) if key in children]
    return {**kept, "properties": children, **({"required": required} if required else {})}


_SIZE_PATHS = {path for paths in PATHS.values() for path in paths} | {("resources",)}


def _leaf(node: Node, context: Mapping[str, Any]) -> Form:
    """Only keywords that a form library knows; what may be chosen becomes an `enum`."""
    leaf = {
        key: value
        for key, value in node.items()
        if not key.startswith(("x-", "slider", "render", "listEnum", "hidden", "overwrite"))
    }
    choices = options(node, context)
    return {**leaf, "enum": choices} if choices else leaf


def _hints(kept: Node, node: Node) -> Form:
    """`kept` is what is left of `node`, which says how it wants to be shown."""
    hints: Form = {
        key: below
        for key, child in properties(kept).items()
        if (below := _hints(child, properties(node)[key]))
    }
    if properties(kept):
        hints["ui:order"] = [*properties(kept), "*"]
    widget = _WIDGETS.get(str(node.get("render", "")))
    return {**hints, "ui:widget": widget} if widget else hints


def _defaults(node: Node, given: Any) -> Form:
    found: Form = {}
    for key, child in properties(node).items():
        below = value_at((key,), given)
        if properties(child):
            found[key] = _defaults(child, below if isinstance(below, Mapping) else {})
        elif isinstance(given, Mapping) and key in given:
            found[key] = below
    return found


def _ranges(schema: Node, given: Mapping[str, Any], most: Amounts) -> Form:
    ranges = {}
    for resource in SIZES:
        paths = resource_paths(resource, schema=schema, defaults=given)
        if paths:
            # The limit's path is the last one: it is what the tool may use.
            path, node = paths[-1]
            ranges[str(resource)] = _range(resource, node, value_at(path, given), most[resource])
    return ranges


def _range(resource: Resource, node: Node, start: Any, most: int) -> Form:
    """No further than the quota goes: what lies beyond could only be refused."""
    widest = _WIDEST[resource]
    least, highest = (
        to_units(resource, f"{edge:f}") if edge is not None else widest[place]
        for place, edge in enumerate(bounds(node))
    )
    if "maximum" in node:
        highest = min(highest, to_units(resource, node["maximum"]))
    highest = max(least, min(highest, most))
    default = to_units(resource, start) if isinstance(start, str | int) else least
    amounts = {
        "default": min(default, highest),
        "min": least,
        "max": highest,
        "step": _STEPS.get(resource, 1),
    }
    return {key: str(from_units(resource, amount)) for key, amount in amounts.items()}
