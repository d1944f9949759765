"""Onyxia's references into the context: `"a.b"`, `"{{a.b}}"`, `"x-{{a.b}}-y"`. Pure.

https://docs.onyxia.sh/admin-doc/catalog-of-services/customize-your-charts
There are no filters, conditions or functions: it looks like Mustache and is not.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, Literal

from datalab.core.errors import ProviderRefused


class _Undefined(Enum):
    UNDEFINED = "undefined"


UNDEFINED: Final = _Undefined.UNDEFINED
"""What is not there. None is a value."""
Undefined = Literal[_Undefined.UNDEFINED]

_EXPRESSION = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
# One step of `a.b[0]["x.y"]`.
_STEP = re.compile(r"""\.?(?P<name>[^.\[\]"']+)|\[(?P<index>\d+)\]|\[["'](?P<key>[^"']*)["']\]""")
_DEEPEST = 20


def look_up(path: str, context: Any) -> Any:
    """The value at a path such as `a.b`, `a[0]`, `a["x.y"]`; UNDEFINED where there is none."""
    position, found = 0, context
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            return UNDEFINED
        found = _step(found, step)
        if found is UNDEFINED:
            return UNDEFINED
        position = step.end()
    return UNDEFINED if found is None else found


def _step(found: Any, step: re.Match[str]) -> Any:
    if step["index"] is not None:
        index = int(step["index"])
        return found[index] if isinstance(found, list) and index < len(found) else UNDEFINED
    key = step["name"] if step["name"] is not None else step["key"]
    return found.get(key, UNDEFINED) if isinstance(found, Mapping) else UNDEFINED


def resolve(reference: Any, context: Mapping[str, Any]) -> Any:
    """What `overwriteDefaultWith` or `overwriteListEnumWith` stands for, or UNDEFINED.

    A bare string is a path here; inside a list or a record it is just a string.
    """
    if isinstance(reference, str) and "{{" not in reference:
        return look_up(reference.strip(), context)
    return _nested(reference, context, 0)


def _nested(reference: Any, context: Mapping[str, Any], depth: int) -> Any:
    if depth > _DEEPEST:
        raise ProviderRefused("The chart's form is nested too deeply.", provider="catalog")
    if isinstance(reference, str):
        return _text(reference, context)
    if isinstance(reference, list):
        items = [_nested(item, context, depth + 1) for item in reference]
        return UNDEFINED if any(item is UNDEFINED for item in items) else items
    if isinstance(reference, Mapping):
        record = {key: _nested(one, context, depth + 1) for key, one in reference.items()}
        return UNDEFINED if any(one is UNDEFINED for one in record.values()) else record
    return reference


def _text(template: str, context: Mapping[str, Any]) -> Any:
    """The raw value for a whole `{{path}}`; a text, or nothing at all, for one with more in it."""
    whole = _EXPRESSION.fullmatch(template.strip())
    if whole is not None:
        return look_up(whole[1], context)
    parts: list[str] = []
    end = 0
    for expression in _EXPRESSION.finditer(template):
        value = _plain(look_up(expression[1], context))
        if value is None:
            return UNDEFINED
        parts += [template[end : expression.start()], value]
        end = expression.end()
    return "".join([*parts, template[end:]])


def _plain(value: Any) -> str | None:
    """A string, number or boolean as text, as the browser would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return None
