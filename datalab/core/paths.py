"""Where the parts' Unix sockets are: short paths (107 bytes), whatever the state folder's."""

import hashlib
import os
import stat
from pathlib import Path

from django.conf import settings

LONGEST = 107
"""Bytes of `sun_path` on Linux, without the closing zero: https://man7.org/linux/man-pages/man7/unix.7.html"""
_LONGEST_NAME = 40
_SHORT = Path("/tmp")  # noqa: S108 - the same for all, unlike $TMPDIR; its owner is checked below


def socket_path(name: str, *, state: Path | None = None) -> Path:
    """Where the socket called `name` is, in a folder that exists and that only this user enters.

    The same for every process with the same state folder; `state` is `settings.STATE_DIR` if None.
    """
    if len(name.encode()) > _LONGEST_NAME:
        raise ValueError(f"{name!r} is too long for a socket's name")
    return sockets_folder(state or Path(settings.STATE_DIR)) / name


def sockets_folder(state: Path) -> Path:
    """`<state>/run`, or a short folder of its own where that leaves no room for a name."""
    folder = state.absolute() / "run"
    if len(os.fsencode(folder)) + 1 + _LONGEST_NAME > LONGEST:
        digest = hashlib.sha256(os.fsencode(state.absolute())).hexdigest()[:16]
        folder = _SHORT / f"datalab-{os.geteuid()}-{digest}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_owner(folder)
    return folder


def _check_owner(folder: Path) -> None:
    """Anybody may write to /tmp: a folder that another user put there first is not ours."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else")
