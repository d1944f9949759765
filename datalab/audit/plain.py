"""What an event may hold: plain values, by their type. Everything else is refused.

A secret has a type of its own (`core.secret.Hidden`), so it cannot come in by mistake; names that
are called like secrets are blanked as well, as in the log.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import structlog
from django.conf import settings

from datalab.core.logging import REDACTED, redact

log = structlog.get_logger(__name__)

Plain = str | int | bool | None
Detail = Plain | list[Plain] | dict[str, Plain]

LONGEST = 2000
MOST = 200
"""Characters of a text, and pieces of a list or mapping."""
_TYPES = (str, int, bool, float, type(None))


class NotPlain(TypeError):
    """An action gave an event something that is no plain value."""


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same, bounded and without whatever may be a secret.

    Something else than a plain value is a mistake of ours. It stops a test; on a platform that
    people use it is left out and logged as an error, because losing the event, or undoing what
    was done, would be worse.
    """
    kept = {key: _kept(key, value) for key, value in list(values.items())[:MOST]}
    return dict(redact(None, "", kept))


def _kept(key: str, value: Any) -> Any:
    # Exactly these types: a class of its own may be a secret that calls itself a text.
    if type(value) is str:
        return value if len(value) <= LONGEST else value[:LONGEST] + REDACTED
    if type(value) in _TYPES:
        return value
    if isinstance(value, Enum) and type(value.value) in _TYPES:
        return value.value
    if type(value) in {list, tuple}:
        return [_kept(key, one) for one in value[:MOST]]
    if type(value) is dict:
        return {str(inner): _kept(str(inner), one) for inner, one in list(value.items())[:MOST]}
    return _refused(key, value)


def _refused(key: str, value: object) -> str:
    if settings.AUDIT_STRICT:
        raise NotPlain(f"{key} is a {type(value).__name__}: give the audit texts and numbers.")
    log.error("audit_value_refused", key=key, type=type(value).__name__)
    return REDACTED
