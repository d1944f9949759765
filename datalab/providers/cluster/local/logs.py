"""What a tool wrote: bounded in size, and read from its end only."""

import contextlib
import os
from pathlib import Path

MOST = 8 * 1024 * 1024
"""Bytes after which a log is moved aside: at most about twice this is kept of each tool."""
_BLOCK = 64 * 1024
_LONGEST_TAIL = 2 * 1024 * 1024


def tail(log: Path, lines: int) -> str:
    """The last `lines` lines, of the moved part too; at most 2 MiB. Empty where there is nothing."""
    if lines <= 0:
        return ""
    found = _last_bytes(log, lines, _LONGEST_TAIL)
    if found.count(b"\n") < lines and len(found) < _LONGEST_TAIL:
        found = _last_bytes(_aside(log), lines, _LONGEST_TAIL - len(found)) + found
    kept = found.splitlines(keepends=True)[-lines:]
    return b"".join(kept).decode(errors="replace")


def _last_bytes(log: Path, lines: int, most: int) -> bytes:
    try:
        with log.open("rb") as file:
            position = file.seek(0, os.SEEK_END)
            found = b""
            while position > 0 and found.count(b"\n") <= lines and len(found) < most:
                step = min(_BLOCK, position)
                position = file.seek(position - step)
                found = file.read(step) + found
            return found[-most:]
    except FileNotFoundError:
        return b""


def bound(log: Path) -> None:
    """Move what was written aside where it is too much. The writer appends, and goes on at 0.

    What the tool writes between the copy and the cut is lost: a log is not worth a process.
    """
    try:
        if log.stat().st_size <= MOST:
            return
    except FileNotFoundError:
        return
    end = _last_bytes(log, MOST, MOST)
    aside = _aside(log)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(end)
    with contextlib.suppress(FileNotFoundError):
        os.truncate(log, 0)


def _aside(log: Path) -> Path:
    return log.with_name(f"{log.name}.1")
