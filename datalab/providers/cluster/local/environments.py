"""Local stand-ins for images: found by image, built once by a process of their own, shared by all.

Below `root`, for each declaration's key:
  <key>/            the environment, complete: it is renamed to here when it is
  <key>.building/   progress.json, log and tree/ of a build that goes on or has failed
  <key>.lock        locked by the build, and by whatever it started, for as long as they live
"""

import fcntl
import json
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.cluster.local.declaration import FILE, Declaration, read_declaration
from datalab.providers.cluster.local.spec import BuildState, BuildStatus, Environment

__all__ = ["BuiltEnvironment", "Declaration", "Environments"]

BUILDER = "datalab.providers.cluster.local.build"
_SOURCE = Path(__file__).parents[4]
# struct flock on 64-bit Linux: l_type, l_whence, l_start, l_len, l_pid.
_FLOCK = struct.Struct("hhqqi4x")
_PROGRAM_FOLDERS = (Path("/usr/bin"), Path("/usr/local/bin"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltEnvironment:
    """One that is on the disk. `size` in bytes counts what is shared with uv's cache, too."""

    key: str
    folder: Path
    size: int
    built: float


class Environments:
    """All environments of one platform, below `root`; charts may stand only in `catalogues`.

    Safe to use from any number of processes and threads; every method returns at once.
    """

    def __init__(self, root: Path, *catalogues: Path) -> None:
        self._root = root.absolute()
        self._catalogues = [one.resolve() for one in catalogues]

    def for_image(self, chart_folder: Path, image: str) -> Declaration:
        """Raises ProviderRefused naming the image where the chart declares nothing for it."""
        folder = (chart_folder / "local").resolve()
        repository = repository_of(image)
        if any(map(folder.is_relative_to, self._catalogues)) and (folder / FILE).is_file():
            declaration = read_declaration(folder)
            if repository in declaration.images:
                return declaration
        raise ProviderRefused(
            f"The image {repository} has no stand-in on one machine: the chart "
            f"{chart_folder.name} declares none in local/{FILE}.",
            provider="cluster",
        )

    def status(self, declaration: Declaration) -> BuildStatus:
        """A few stats: cheap enough to ask several times a second. A killed build is ABSENT."""
        if self.folder(declaration).is_dir():
            return BuildStatus(
                state=BuildState.READY, progress=1.0, environment=self._environment(declaration)
            )
        building = _is_locked(self._lock_path(declaration))
        report = _read_report(self.progress_path(declaration))
        if building:
            return BuildStatus(
                state=BuildState.BUILDING,
                message=report.get("message") or f"Preparing {declaration.title}",
                progress=report.get("progress"),
            )
        if self.folder(declaration).is_dir():  # it ended between the two questions
            return self.status(declaration)
        if report.get("state") == BuildState.FAILED:
            return BuildStatus(
                state=BuildState.FAILED,
                message=report.get("message", ""),
                raw=report.get("raw", ""),
            )
        return BuildStatus(state=BuildState.ABSENT)

    def start_build(self, declaration: Declaration) -> None:
        """Build in a process that outlives this one; nothing where it is ready or being built.

        A failed or killed build begins anew.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        self._root.chmod(0o755)
        lock = os.open(self._lock_path(declaration), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if _take(lock) and not self.folder(declaration).is_dir():
                self._spawn(declaration, lock)
        finally:
            os.close(lock)

    def _spawn(self, declaration: Declaration, lock: int) -> None:
        """The lock goes along with its descriptor, so nobody can come in between."""
        work = self.work_folder(declaration)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        arguments = ["setsid", "--fork", sys.executable, "-m", BUILDER]
        arguments += ["--folder", str(declaration.folder), "--root", str(self._root)]
        arguments += ["--lock", str(lock)]
        with (work / "log").open("wb") as log:
            try:
                subprocess.run(
                    arguments,
                    check=True,
                    cwd=_SOURCE,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(lock,),
                    timeout=10,
                )
            except (OSError, subprocess.SubprocessError) as exc:
                raise ProviderUnavailable(
                    f"The build of {declaration.title} could not be started.", provider="cluster"
                ) from exc

    def folder(self, declaration: Declaration) -> Path:
        """Where the environment is once it is READY."""
        return self._root / declaration.key

    def work_folder(self, declaration: Declaration) -> Path:
        return self._root / f"{declaration.key}.building"

    def progress_path(self, declaration: Declaration) -> Path:
        """Replaced at every step of the build; its folder is gone once it is READY."""
        return self.work_folder(declaration) / "progress.json"

    def built(self) -> Sequence[BuiltEnvironment]:
        """All complete environments, the newest first. Reads every file's size: seconds."""
        folders = [p.parent for p in self._root.glob("*/environment.json")]
        found = [
            BuiltEnvironment(
                key=folder.name,
                folder=folder,
                size=sum(p.lstat().st_size for p in folder.rglob("*")),
                built=folder.stat().st_mtime,
            )
            for folder in folders
        ]
        return sorted(found, key=lambda one: one.built, reverse=True)

    def remove_unused(self, keep: Collection[str], *, older_than: float) -> Sequence[str]:
        """Remove environments not in `keep` that were built more than `older_than` seconds ago.

        Gives the removed keys. The caller knows which ones running tools use; nothing else does.
        """
        limit = time.time() - older_than
        removed = []
        for marker in self._root.glob("*/environment.json"):
            folder = marker.parent
            if folder.name in keep or folder.stat().st_mtime > limit:
                continue
            going = folder.with_suffix(".going")
            folder.rename(going)  # never half an environment under its name
            shutil.rmtree(going)
            removed.append(folder.name)
        return removed

    def _lock_path(self, declaration: Declaration) -> Path:
        return self._root / f"{declaration.key}.lock"

    def _environment(self, declaration: Declaration) -> Environment:
        folder = self.folder(declaration)
        hidden = (place / name for name in declaration.hidden for place in _PROGRAM_FOLDERS)
        return Environment(
            name=declaration.key,
            binds=(folder, *declaration.interpreter.binds),
            path=(folder / "bin", declaration.home / ".local" / "bin"),
            variables=declaration.variables,
            hidden=tuple({path.resolve(): None for path in hidden if path.exists()}),
        )


def repository_of(image: str) -> str:
    """The image without its tag and digest."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def _take(lock: int) -> bool:
    """False where another build has it. The lock belongs to the descriptor, not to the process."""
    try:
        fcntl.fcntl(lock, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    except BlockingIOError:
        return False
    return True


def _is_locked(path: Path) -> bool:
    """Asked without taking it, so that asking never gets in the way of a build that starts."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        asked = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        answer = fcntl.fcntl(lock, fcntl.F_OFD_GETLK, asked)
    finally:
        os.close(lock)
    return bool(_FLOCK.unpack(answer)[0] != fcntl.F_UNLCK)


def _read_report(path: Path) -> dict[str, Any]:
    try:
        report = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}
