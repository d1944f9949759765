"""What one node of a chart's form says: JSON schema and Onyxia's own keys. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from datalab.catalog.references import UNDEFINED, Undefined, resolve
from datalab.core.quantities import parse

Node = Mapping[str, Any]
Path = tuple[str, ...]


def dotted(path: Path) -> str:
    return ".".join(path)


def onyxia(node: Node) -> Mapping[str, Any]:
    found = node.get("x-onyxia", {})
    return found if isinstance(found, Mapping) else {}


def properties(node: Node) -> Mapping[str, Node]:
    found = node.get("properties", {})
    return found if isinstance(found, Mapping) else {}


def options(node: Node, context: Mapping[str, Any]) -> list[Any] | None:
    """What may be chosen: from the context, else the form's list, else the schema's. None: all."""
    from_context = resolve(onyxia(node).get("overwriteListEnumWith"), context)
    for found in (from_context, node.get("listEnum"), node.get("enum")):
        if isinstance(found, list) and found:
            return found
    return None


def is_platforms(node: Node) -> bool:
    """Set by the platform alone: always hidden, or shown without letting it change."""
    hidden = onyxia(node).get("hidden", node.get("hidden", False))
    return hidden is True or onyxia(node).get("readonly", False) is True


def amount(value: Any, unit: str) -> Decimal | Undefined:
    """A slider's value as a number. A quantity with another unit than the slider's is fine too."""
    text = str(value)
    try:
        return parse(text)
    except ValueError:
        pass
    bare = text.removesuffix(unit)
    try:
        return parse(bare) if unit and bare != text else UNDEFINED
    except ValueError:
        return UNDEFINED


def bounds(node: Node) -> tuple[Decimal | None, Decimal | None]:
    """The least and the most that a slider can be moved to, in plain numbers."""
    return _bound(node, "sliderMin"), _bound(node, "sliderMax")


def _bound(node: Node, key: str) -> Decimal | None:
    if key not in node:
        return None
    unit = str(node.get("sliderUnit", ""))
    found = amount(f"{node[key]}{unit}", unit)
    return None if found is UNDEFINED else found


def at(path: Path, schema: Node) -> Node | None:
    """The node of a value's path; None where the form does not know it."""
    node: Node | None = schema
    for step in path:
        if node is None:
            return None
        node = properties(node).get(step)
    return node


def leaves(schema: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every node without properties of its own, with its path."""
    inner = properties(schema)
    if not inner:
        yield path, schema
    for key, node in inner.items():
        yield from leaves(node, (*path, key))
