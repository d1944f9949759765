"""What every operation may answer besides its own: said once, so that no view can forget it."""

from collections.abc import Iterator
from typing import Any

METHODS = {"get", "post", "put", "patch", "delete"}
ERRORS = {
    "400": ("InvalidInput", "Something in the request is wrong; `fields` says what."),
    "401": ("NotSignedIn", "Nobody is signed in, or the token is not valid (any more)."),
    "403": ("NotAllowed", "Not in this role, or not with this token."),
    "404": ("NotFound", "There is no such thing, or it is not yours."),
    "409": ("Conflict", "Not possible as things are; `resources` says what a quota lacks."),
    "413": ("TooLarge", "The request is too large."),
    "415": ("NotJson", "The body is not JSON."),
    "502": ("ProviderRefused", "A system behind the platform refused."),
    "503": ("Unavailable", "Try again later."),
}
SHAPE = {
    "type": "object",
    "description": "`code` is for programs, `detail` says what to do.",
    "properties": {
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "fields": {
            "type": "object",
            "description": "A dotted path in the request, and what is wrong there.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "required": ["code", "detail"],
    "additionalProperties": True,
}


def describe_errors(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """A hook of drf-spectacular's: adds the errors that an operation has not described itself."""
    parts = result.setdefault("components", {})
    parts.setdefault("schemas", {})["Error"] = SHAPE
    parts["responses"] = {
        name: {
            "description": text,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        }
        for name, text in ERRORS.values()
    }
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                for status in _possible(path, method, operation):
                    reference = {"$ref": f"#/components/responses/{ERRORS[status][0]}"}
                    operation["responses"].setdefault(status, reference)
    return result


def _possible(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield from ("400", "401", "403", "502", "503")
    if "{" in path:
        yield "404"
    if method != "get":
        yield "409"
    if "requestBody" in operation:
        yield from ("404", "413", "415")
