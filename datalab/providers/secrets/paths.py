"""What a secret may be called. Pure; one rule for the API, the adapters and the policies."""

import re

from datalab.core.names import is_label

SHARED = "shared"
USERS = "users"
LONGEST_PATH = 200
DEEPEST = 8
_SEGMENT = re.compile(r"[A-Za-z0-9_]+(?:(?:\.|-+)[A-Za-z0-9_]+)*")
"""Never `..`, never a leading `-`, nothing that a URL, a policy or a shell would interpret."""


def is_secret_name(name: str) -> bool:
    """True for what stands below `shared/` or a member's folder: `db`, `warehouse/reader`."""
    segments = name.split("/")
    return (
        len(name) <= LONGEST_PATH
        and len(segments) <= DEEPEST
        and all(len(one) <= 63 and _SEGMENT.fullmatch(one) for one in segments)
    )


def is_secret_path(path: str) -> bool:
    """True for `shared/<name>` and `users/<member>/<name>`."""
    area, _, rest = path.partition("/")
    if area == SHARED:
        return is_secret_name(rest)
    member, _, name = rest.partition("/")
    return area == USERS and is_label(member) and is_secret_name(name)


def is_folder(prefix: str) -> bool:
    """True for what `SecretStore.list` takes: `""`, or a path's beginning, whole segments only."""
    folder = prefix.rstrip("/")
    if folder in {"", SHARED, USERS}:
        return True
    area, _, member = folder.partition("/")
    return is_secret_path(folder) or (area == USERS and is_label(member))
