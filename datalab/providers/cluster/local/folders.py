"""Where the local runtime keeps what. Standard library only: the agent imports it too."""

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.base import ReleaseRef

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own below it, its owner is checked
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Folders:
    """Everything of one platform. `root` is kept, `memory` is a tmpfs for what must not reach a disk."""

    root: Path
    memory: Path

    @classmethod
    def below(cls, state: Path) -> "Folders":
        """`state` is the platform's state folder; two platforms never share a folder."""
        digest = hashlib.sha256(os.fsencode(state.absolute())).hexdigest()[:16]
        return cls(
            root=state.absolute() / "local",
            memory=SHARED_MEMORY / f"datalab-{os.geteuid()}-{digest}",
        )

    @property
    def mark(self) -> str:
        """Short, and different for every platform on this machine."""
        return self.memory.name.rpartition("-")[2]

    @property
    def trash(self) -> Path:
        """What is being removed and is nobody's any more."""
        return self.root / "trash"

    def namespace(self, namespace: str) -> Path:
        return self.root / "namespaces" / _label(namespace)

    def release(self, ref: ReleaseRef) -> Path:
        return self.namespace(ref.namespace) / "releases" / _label(ref.name)

    def record(self, ref: ReleaseRef) -> Path:
        """What the platform asked for: written by the runtime."""
        return self.release(ref) / "release.json"

    def instance(self, ref: ReleaseRef) -> Path:
        """What runs: written by the agent."""
        return self.release(ref) / "instance.json"

    def status(self, ref: ReleaseRef, identifier: str) -> Path:
        """What bubblewrap itself says about one start."""
        return self.release(ref) / f"status-{identifier}.json"

    def log(self, ref: ReleaseRef) -> Path:
        return self.release(ref) / "output.log"

    def scratch(self, ref: ReleaseRef) -> Path:
        return self.release(ref) / "scratch"

    def volumes(self, ref: ReleaseRef) -> Path:
        return self.namespace(ref.namespace) / "volumes" / _label(ref.name)

    def delivered(self, ref: ReleaseRef) -> Path:
        """The release's folder on the tmpfs."""
        return self.memory / _label(ref.namespace) / _label(ref.name)

    def refs(self, namespace: str | None = None) -> Iterator[ReleaseRef]:
        """All releases that have a folder. OSError where the folders cannot be read."""
        names = [namespace] if namespace else names_in(self.root / "namespaces")
        for name in names:
            for release in names_in(self.namespace(name) / "releases"):
                yield ReleaseRef(namespace=name, name=release)

    def ensure(self) -> None:
        """Make both roots, for the platform's own user only."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.memory.mkdir(mode=0o700, exist_ok=True)
        found = self.memory.lstat()
        if found.st_uid != os.geteuid() or not os.path.isdir(self.memory):  # noqa: PTH112
            raise ProviderRefused(f"{self.memory} belongs to somebody else.", provider="cluster")


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Replace the file as a whole, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(document, file)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any] | None:
    """None where there is no such file. ValueError where it holds something else."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds no object")  # noqa: TRY004 - a file is wrong, no caller
    return found


def names_in(folder: Path) -> list[str]:
    """Of the folders in it; none where it does not exist."""
    try:
        return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    except FileNotFoundError:
        return []


def _label(name: str) -> str:
    """A name that is one path component and nothing else."""
    if not _LABEL.fullmatch(name):
        raise ProviderRefused(f"{name[:80]!r} is no name for a release.", provider="cluster")
    return name
