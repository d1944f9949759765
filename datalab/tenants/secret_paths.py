"""How a secret is called in the API, and where it lies in the store. Pure.

API `db` is the tenant's `shared/db`; `personal/db` is the caller's own `users/<member>/db`.
"""

from datalab.core.errors import InvalidInput
from datalab.core.names import slug
from datalab.providers.secrets.paths import SHARED, USERS, is_secret_name

PERSONAL = "personal/"


def to_store(path: str, username: str) -> str:
    """Relative to the tenant. InvalidInput where a path could be read as something else."""
    name = path.removeprefix(PERSONAL)
    if not is_secret_name(name):
        raise InvalidInput(
            "A secret's path is made of letters, digits, '.', '_' and '-', joined by '/'.",
            fields={"path": f"{path[:80]!r} is not such a path"},
        )
    top = f"{USERS}/{slug(username)}" if path.startswith(PERSONAL) else SHARED
    return f"{top}/{name}"


def to_api(path: str) -> str:
    """The reverse: whose personal secret it is, is not said."""
    top, _, rest = path.partition("/")
    return rest if top == SHARED else PERSONAL + rest.partition("/")[2]
