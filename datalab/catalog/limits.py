"""Every limit of a chart's form, checked here and not only drawn in a page. Pure.

Sliders, lists, hidden and read-only fields are no keywords of JSON schema, so no validator knows
them; a script that calls the API has to keep to them as well.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
from jsonschema.validators import extend

from datalab.catalog.nodes import (
    Node,
    Path,
    amount,
    bounds,
    dotted,
    is_platforms,
    options,
    properties,
)
from datalab.catalog.references import UNDEFINED

Problems = dict[str, str]
"""A dotted path of the values, and what is wrong there."""

DEEPEST = 12
MOST_NODES = 2_000
LONGEST_TEXT = 20_000
_LONGEST_MESSAGE = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def shape_problems(chosen: Any) -> Problems:
    """Is it small enough to look at, and text that a program can be given?"""
    waiting: list[tuple[Path, Any]] = [((), chosen)]
    seen = 0
    while waiting:
        path, value = waiting.pop()
        seen += 1
        if seen > MOST_NODES:
            return {"": f"There are more than {MOST_NODES} values."}
        problem = _shape_problem(path, value)
        if problem:
            return {dotted(path): problem}
        waiting += [((*path, key), one) for key, one in _children(value)]
    return {}


def _shape_problem(path: Path, value: Any) -> str:
    if len(path) > DEEPEST:
        return f"Nested more than {DEEPEST} levels deep."
    for text in (value, path[-1] if path else ""):
        if isinstance(text, str) and (problem := _text_problem(text)):
            return problem
    return ""


def _text_problem(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        return f"Longer than {LONGEST_TEXT} characters."
    if _CONTROL.search(text) or any("\ud800" <= character <= "\udfff" for character in text):
        return "Has characters that no program can be given."
    return ""


def _children(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return list(value.items())
    return [(str(index), one) for index, one in enumerate(value)] if isinstance(value, list) else []


def choice_problems(
    schema: Node, chosen: Mapping[str, Any], *, given: Mapping[str, Any], known: Mapping[str, Any]
) -> Problems:
    """May somebody choose these at all? `given` is what the platform and the chart have set.

    A chart without a form takes the keys of its values.yaml, `known`.
    """
    if not properties(schema):
        return {key: "This chart has no such value." for key in chosen if key not in known}
    return dict(_choices(schema, chosen, given, ()))


def _choices(node: Node, chosen: Any, given: Any, path: Path) -> Iterator[tuple[str, str]]:
    if is_platforms(node):
        if not _is_part(chosen, given):
            yield dotted(path), "This is set by the platform and cannot be changed."
        return
    if not isinstance(chosen, Mapping) or not properties(node):
        return
    for key, value in chosen.items():
        child = properties(node).get(key)
        if child is not None:
            below = given.get(key, UNDEFINED) if isinstance(given, Mapping) else UNDEFINED
            yield from _choices(child, value, below, (*path, key))
        elif not node.get("additionalProperties"):
            # Onyxia sends only what the form knows; anything else is a typing error or worse.
            yield dotted((*path, key)), "This chart has no such value."


def _is_part(chosen: Any, given: Any) -> bool:
    """Does the choice repeat what is there already, as a form that sends everything does?"""
    if isinstance(chosen, Mapping):
        has = given if isinstance(given, Mapping) else {}
        return all(_is_part(value, has.get(key, UNDEFINED)) for key, value in chosen.items())
    return type(chosen) is type(given) and bool(chosen == given)


def value_problems(
    schema: Node, values: Mapping[str, Any], *, context: Mapping[str, Any]
) -> Problems:
    """Do the complete values keep to the schema and to what only the form says?"""
    found = dict(_form_problems(schema, values, context, ()))
    for error in _Strict(schema).iter_errors(values):
        path = dotted(tuple(str(step) for step in error.absolute_path))
        found.setdefault(path, error.message[:_LONGEST_MESSAGE])
    return found


def _form_problems(
    node: Node, value: Any, context: Mapping[str, Any], path: Path
) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, child in properties(node).items():
            if key in value:
                yield from _form_problems(child, value[key], context, (*path, key))
        return
    if isinstance(value, list):
        for index, one in enumerate(value):
            item = node.get("items", {})
            yield from _form_problems(item, one, context, (*path, str(index)))
        return
    problem = _slider_problem(node, value) or _option_problem(node, value, context)
    if problem:
        yield dotted(path), problem


def _slider_problem(node: Node, value: Any) -> str:
    least, most = bounds(node)
    if least is None and most is None:
        return ""
    unit = str(node.get("sliderUnit", ""))
    found = amount(value, unit)
    if found is UNDEFINED:
        return f"Is not an amount, such as {node.get('sliderMin', node.get('sliderMax'))}{unit}."
    if least is not None and found < least:
        return f"Is less than {node['sliderMin']}{unit}."
    if most is not None and found > most:
        return f"Is more than {node['sliderMax']}{unit}."
    return ""


def _option_problem(node: Node, value: Any, context: Mapping[str, Any]) -> str:
    choices = options(node, context)
    if choices is None or value in choices:
        return ""
    offered = ", ".join(str(choice) for choice in choices[:20])
    return f"Is none of: {offered[:_LONGEST_MESSAGE]}."


def _pattern(
    _validator: Any, pattern: str, instance: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    """`$` is the very end: Python's would also match before a last line break."""
    if isinstance(instance, str):
        strict = pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
        if not re.search(strict, instance):
            yield jsonschema.ValidationError(f"Does not have the form {pattern}")


_Strict = extend(jsonschema.Draft7Validator, {"pattern": _pattern})
