"""Small files that only the platform may read: keys and secrets made at the first start."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def read_or_create(path: Path, make: Callable[[], bytes]) -> bytes:
    """The file's content; made once, readable by its owner only, whoever comes first.

    Written under another name and linked into place: no process ever reads half a key, and of
    several that start together all get the same one.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write_new(draft, make())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first: its content counts
    finally:
        draft.unlink()
    return path.read_bytes()


def write_new(path: Path, content: bytes) -> None:
    """FileExistsError where it is there already: a key is never overwritten."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
