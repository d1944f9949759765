"""The raw `Cookie` header: what is ours is taken out, the rest stays as it is. Pure."""

from collections.abc import Collection

TOOL = "__Host-datalab_tool"
"""Opens one tool, on that tool's own origin."""
STATE = "__Host-datalab_st"
"""Ties a journey through the door to the browser that began it."""
OURS = frozenset({TOOL, STATE, "__Host-datalab", "__Host-datalab_csrf"})
"""The page's are never sent to a tool's origin; if a browser did, they would stop here too."""


def read(header: str, name: str) -> str:
    """The first cookie of that name, or an empty text."""
    for pair in header.split(";"):
        found, equals, value = pair.strip().partition("=")
        if equals and found == name:
            return value
    return ""


def without(header: str, names: Collection[str]) -> str:
    """The header as it was, less those cookies; empty where none is left."""
    kept = [pair for pair in header.split(";") if pair.partition("=")[0].strip() not in names]
    return ";".join(kept).strip()


def issued(name: str, value: str, *, seconds: int) -> str:
    """A `Set-Cookie` that no neighbouring origin can read, set or overwrite."""
    return f"{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax"
