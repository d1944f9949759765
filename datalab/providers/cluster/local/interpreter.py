"""The Python that tools run with: one that an unprivileged account can read."""

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from datalab.core.errors import ProviderRefused

OLDEST_MINOR = 11
_NEWEST_MINOR = 14
# What every sandbox sees anyway.
_SYSTEM = Path("/usr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """`program` is no link. `folder` must be bound into a sandbox unless it is the system's."""

    program: Path
    version: str
    folder: Path

    @property
    def binds(self) -> tuple[Path, ...]:
        return () if self.folder.is_relative_to(_SYSTEM) else (self.folder,)

    @property
    def identity(self) -> str:
        """Changes with every upgrade, patch releases included."""
        at = self.program.stat()
        return f"{self.program} {at.st_size} {at.st_mtime_ns}"


def find_interpreter() -> Interpreter:
    """The system's own, else the one that runs this. ProviderRefused where tools can read none."""
    own = sys.version_info.minor
    minors = [own, *(m for m in range(_NEWEST_MINOR, OLDEST_MINOR - 1, -1) if m != own)]
    for minor in minors:
        program = _SYSTEM / "bin" / f"python3.{minor}"
        if program.exists() and _readable(program.resolve()):
            return Interpreter(program=program.resolve(), version=f"3.{minor}", folder=_SYSTEM)
    base = Path(sys.base_prefix, "bin", f"python3.{own}").resolve()
    if base.exists() and _readable(base):
        return Interpreter(program=base, version=f"3.{own}", folder=Path(sys.base_prefix).resolve())
    raise ProviderRefused(
        f"Tools need a Python from 3.{OLDEST_MINOR} on that every account of this machine can read: "
        "install the system's python3.",
        provider="cluster",
    )


def _readable(program: Path) -> bool:
    """By everyone where the platform is root (tools are not), else by the platform itself."""
    if os.geteuid() != 0:
        return os.access(program, os.X_OK)
    parents = all(parent.stat().st_mode & stat.S_IXOTH for parent in program.parents)
    return parents and bool(program.stat().st_mode & stat.S_IROTH)
