"""Processes that are found again: pid, start time and boot, because pids are used again."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_DEAD = {"Z", "X"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """`started` in clock ticks since the boot that `boot` names."""

    pid: int
    started: int
    boot: str


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def identify(pid: int) -> Process | None:
    """None where it is gone or a zombie: that answers signals and is dead."""
    fields = _stat(pid)
    if fields is None or fields[0] in _DEAD:
        return None
    return Process(pid=pid, started=int(fields[19]), boot=boot_id())


def is_alive(process: Process) -> bool:
    return identify(process.pid) == process


def open_pidfd(process: Process) -> int | None:
    """A descriptor of exactly this process; None where it is gone. The caller closes it."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return None
    # Compared after opening: it was alive all the time between, so the descriptor is its own.
    if is_alive(process):
        return descriptor
    os.close(descriptor)
    return None


def send(process: Process, number: signal.Signals) -> bool:
    """False where it is gone already."""
    descriptor = open_pidfd(process)
    if descriptor is None:
        return False
    try:
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True


def children(pid: int) -> list[int]:
    """Direct children, the oldest first."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        listed = None  # it has gone, or this kernel was built without the list
    if listed is not None:
        return [int(other) for other in listed.split()]
    found = []
    for other in all_pids():
        fields = _stat(other)
        if fields is not None and int(fields[1]) == pid:
            found.append((int(fields[19]), other))
    return [other for _, other in sorted(found)]


def all_pids() -> Iterator[int]:
    for entry in os.listdir("/proc"):  # noqa: PTH208 - only the names are wanted
        if entry.isdecimal():
            yield int(entry)


def first_argument(pid: int) -> str:
    """How the process calls itself; empty where it cannot be read."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0", 1)[0].decode()
    except (OSError, UnicodeDecodeError):
        return ""


def _stat(pid: int) -> list[str] | None:
    """The fields after the name (which may hold spaces): state, parent, ..., start time."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    return text.rpartition(")")[2].split()
