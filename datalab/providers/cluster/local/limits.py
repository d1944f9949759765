"""Limits of memory, CPU and processes: control groups where they can be written to.

Found out by trying, not by version: https://docs.kernel.org/admin-guide/cgroup-v1/memory.html and
https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datalab.providers.cluster.local.folders import read_json, write_json

MOUNT = Path("/sys/fs/cgroup")
MAX_PROCESSES = 2048
_PERIOD = 100_000
"""Microseconds of a CPU period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """`peak` in bytes; `kills` counts processes that the kernel ended for want of memory."""

    peak: int
    kills: int


@dataclass(frozen=True, slots=True)
class Groups:
    """Where groups can be made, one parent per controller; empty where none can be.

    On version 2 all controllers share one parent, and `unified` is true.
    """

    parents: Mapping[str, Path]
    unified: bool = False

    def create(self, name: str, *, memory: int | None, cpu: int | None) -> None:
        """Make the groups of one sandbox with their limits. OSError where the kernel refuses."""
        for parent in set(self.parents.values()):
            (parent / name).mkdir(parents=True, exist_ok=True)
        for controller, file, value in self._settings(memory, cpu):
            if controller in self.parents:
                (self.parents[controller] / name / file).write_text(value)

    def _settings(self, memory: int | None, cpu: int | None) -> list[tuple[str, str, str]]:
        """`cpu` in millicores."""
        quota = None if cpu is None else max(cpu * _PERIOD // 1000, 1000)
        settings = [("pids", "pids.max", str(MAX_PROCESSES))]
        if self.unified:
            if memory is not None:
                settings.append(("memory", "memory.max", str(memory)))
            if quota is not None:
                settings.append(("cpu", "cpu.max", f"{quota} {_PERIOD}"))
            return settings
        if memory is not None:
            settings.append(("memory", "memory.limit_in_bytes", str(memory)))
        if quota is not None:
            settings.append(("cpu", "cpu.cfs_period_us", str(_PERIOD)))
            settings.append(("cpu", "cpu.cfs_quota_us", str(quota)))
        return settings

    def join(self, name: str, pid: int) -> None:
        for parent in set(self.parents.values()):
            (parent / name / "cgroup.procs").write_text(str(pid))

    def usage(self, name: str) -> Usage | None:
        """None where memory is not counted, or the group is gone."""
        parent = self.parents.get("memory")
        if parent is None:
            return None
        events = "memory.events" if self.unified else "memory.oom_control"
        peak = "memory.peak" if self.unified else "memory.max_usage_in_bytes"
        try:
            lines = (parent / name / events).read_text().splitlines()
            counted = dict(line.split() for line in lines)
            highest = (parent / name / peak).read_text()
        except (OSError, ValueError):
            return None
        return Usage(peak=int(highest), kills=int(counted.get("oom_kill", 0)))

    def remove(self, name: str) -> None:
        """A group that is gone is a success; one that still has processes stays."""
        for parent in set(self.parents.values()):
            with contextlib.suppress(OSError):
                (parent / name).rmdir()

    def close(self) -> None:
        """Remove the parents where no sandbox is left in them."""
        for parent in set(self.parents.values()):
            with contextlib.suppress(OSError):
                parent.rmdir()

    def names(self) -> set[str]:
        """The sandboxes that have a group."""
        return {
            group.parent.name
            for parent in set(self.parents.values())
            for group in parent.glob("*/cgroup.procs")
        }


def find_groups(mark: str, *, mount: Path = MOUNT) -> Groups:
    """`mark` keeps the groups of two platforms apart."""
    if (mount / "cgroup.controllers").exists():
        return _find_unified(mark, mount)
    parents = {}
    for controller in ("memory", "cpu", "pids"):
        for base in (_own_group(mount, controller), mount / controller):
            if _can_hold(base / f"datalab-{mark}", _LIMIT_FILES[controller]):
                parents[controller] = base / f"datalab-{mark}"
                break
    return Groups(parents)


_LIMIT_FILES = {
    "memory": "memory.limit_in_bytes",
    "cpu": "cpu.cfs_quota_us",
    "pids": "tasks",
}


def remembered_groups(mark: str, note: Path, *, mount: Path = MOUNT) -> Groups:
    """Where this platform's groups already are, else where they can be; `note` remembers it.

    An agent that is started again from elsewhere is in another group, and its tools are not.
    """
    known = read_json(note) or {}
    parents = {name: Path(path) for name, path in known.get("parents", {}).items()}
    if parents and all(path.is_dir() for path in parents.values()):
        return Groups(parents, unified=bool(known["unified"]))
    found = find_groups(mark, mount=mount)
    places = {name: str(path) for name, path in found.parents.items()}
    write_json(note, {"parents": places, "unified": found.unified})
    return found


def _find_unified(mark: str, mount: Path) -> Groups:
    for base in (mount, _own_group(mount, "").parent):
        parent = base / f"datalab-{mark}"
        try:
            (base / "cgroup.subtree_control").write_text("+memory +cpu +pids")
            parent.mkdir(exist_ok=True)
            (parent / "cgroup.subtree_control").write_text("+memory +cpu +pids")
        except OSError:
            continue
        if _can_hold(parent / "probe", "memory.max"):
            (parent / "probe").rmdir()
            return Groups(dict.fromkeys(("memory", "cpu", "pids"), parent), unified=True)
    return Groups({})


def _can_hold(group: Path, file: str) -> bool:
    try:
        group.mkdir(exist_ok=True)
    except OSError:
        return False
    return os.access(group / file, os.W_OK)


def _own_group(mount: Path, controller: str) -> Path:
    """The group this process is in: a user may have been given a subtree to write to."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return mount / controller / path.lstrip("/")
    return mount / controller


def missing_limits(groups: Groups) -> Sequence[str]:
    """Plain sentences for the administrator about what this machine does not enforce."""
    missing = [
        "The size of a service's storage: a tool can fill this machine's disk.",
        "The speed of disk and network: a tool can take all of it.",
    ]
    if "memory" not in groups.parents:
        missing.append(
            "Memory per service: no control group can be written to, so only the data of each "
            "single process is limited."
        )
    if "cpu" not in groups.parents:
        missing.append("CPU per service: no control group can be written to.")
    if "pids" not in groups.parents:
        missing.append("The number of processes of a service: no control group can be written to.")
    return missing
