"""Finding processes again: a number alone may belong to somebody else by now."""

import os
import re
import signal
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessId:
    """`started` is in clock ticks since boot, so `boot` says which boot."""

    pid: int
    started: int
    boot: str

    @property
    def is_alive(self) -> bool:
        """A zombie is not."""
        found = _stat(self.pid)
        return (
            found is not None
            and found.started == self.started
            and not found.is_zombie
            and self.boot == boot_id()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stat:
    is_zombie: bool
    group: int
    session: int
    started: int


def identify(pid: int) -> ProcessId | None:
    found = _stat(pid)
    return ProcessId(pid=pid, started=found.started, boot=boot_id()) if found else None


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def left_behind_by(leader: ProcessId) -> Sequence[ProcessId]:
    """What still runs in the session of a session leader that has ended. Empty where it lives."""
    if leader.is_alive or leader.boot != boot_id():
        return []
    now = _stat(leader.pid)
    if now is not None and now.started != leader.started:
        return []  # the number is somebody else's by now, and so is the session's
    found = [(int(entry.name), _stat(int(entry.name))) for entry in _process_folders()]
    return [
        ProcessId(pid=pid, started=stat.started, boot=leader.boot)
        for pid, stat in found
        if stat and stat.session == leader.pid and not stat.is_zombie
    ]


def session_of(leader: ProcessId) -> Sequence[ProcessId]:
    """A living session leader and all in its session."""
    if not leader.is_alive:
        return []
    found = [(int(entry.name), _stat(int(entry.name))) for entry in _process_folders()]
    return [
        ProcessId(pid=pid, started=stat.started, boot=leader.boot)
        for pid, stat in found
        if stat and stat.session == leader.pid
    ]


def with_arguments(*words: str) -> Sequence[ProcessId]:
    """This user's processes that were started with all of these arguments."""
    found = []
    for entry in _process_folders():
        try:
            arguments = (entry / "cmdline").read_text(errors="replace").split("\0")
            mine = entry.stat().st_uid == os.geteuid()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if mine and set(words) <= set(arguments) and (process := identify(int(entry.name))):
            found.append(process)
    return found


def end(processes: Iterable[ProcessId], *, seconds: float) -> None:
    """SIGTERM, and SIGKILL to what is left after `seconds`."""
    remaining = [one for one in processes if _send(one, signal.SIGTERM)]
    deadline = time.monotonic() + seconds
    while remaining and time.monotonic() < deadline:
        time.sleep(0.05)
        remaining = [one for one in remaining if one.is_alive]
    for one in remaining:
        _send(one, signal.SIGKILL)


def memory_of(pid: int) -> int:
    """Bytes of a process group, shared pages divided (PSS). 0 where it is gone.

    The tools that a worker started are in sessions of their own, so they are not counted with it.
    """
    try:
        below = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return 0
    family = [pid, *(one.pid for one in below if _is_in_group(one.pid, pid))]
    return sum(_pss(one) for one in family)


def _is_in_group(pid: int, group: int) -> bool:
    found = _stat(pid)
    return found is not None and found.group == group


def _send(process: ProcessId, number: signal.Signals) -> bool:
    """By pidfd, opened before the comparison: the number cannot change owner in between."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    try:
        if not process.is_alive:
            return False
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True


def _process_folders() -> Iterable[Path]:
    return (entry for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _stat(pid: int) -> _Stat | None:
    """https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the name may hold anything."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return _Stat(
        is_zombie=fields[0] in {"Z", "X"},
        group=int(fields[2]),
        session=int(fields[3]),
        started=int(fields[19]),
    )


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
