"""How a secret is called in the API, and where it lies in the store. Pure.

API `db` is the tenant's `shared/db`; `personal/db` is the caller's own `users/<member>/db`.
"""

import re

from datalab.core.errors import InvalidInput
from datalab.core.names import slug

PERSONAL = "personal/"
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_DEEPEST = 8


def to_store(path: str, username: str) -> str:
    """Relative to the tenant. InvalidInput where a path could be read as something else."""
    parts = path.removeprefix(PERSONAL).split("/")
    if len(parts) > _DEEPEST or not all(_PART.fullmatch(part) for part in parts):
        raise InvalidInput(
            "A secret's path is made of letters, digits, '.', '_' and '-', joined by '/'.",
            fields={"path": f"{path[:80]!r} is not such a path"},
        )
    top = f"users/{slug(username)}" if path.startswith(PERSONAL) else "shared"
    return "/".join([top, *parts])


def to_api(path: str) -> str:
    """The reverse: whose personal secret it is, is not said."""
    top, _, rest = path.partition("/")
    return rest if top == "shared" else PERSONAL + rest.partition("/")[2]
