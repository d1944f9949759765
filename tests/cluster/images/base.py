"""The lowest layer of every larger image: Debian packages, unpacked, none of their scripts run."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from datalab.core.errors import ProviderError
from datalab.providers.cluster.local.interpreter import Interpreter, find_interpreter
from tests.cluster.images.archive import pack
from tests.cluster.layout import CACHE
from tests.cluster.shell import KitError, locked, run, say

_PACKAGES = (
    *("bash", "dash", "coreutils", "findutils", "grep", "sed", "tar", "gzip", "less", "procps"),
    *("ca-certificates", "curl", "git", "netbase", "tzdata", "libstdc++6", "libatomic1"),
)
_BUNDLE = Path("etc/ssl/certs/ca-certificates.crt")
_DROPPED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/perl", "var")
_MADE_WITH = 1
"""Counted up when the same packages are made into something else."""


def base_layer() -> Path:
    """Kept by the packages' versions. The interpreter is that of this machine's environments."""
    python = system_python()
    with tempfile.TemporaryDirectory(prefix="datalab-apt-") as scratch:
        apt = _Apt(Path(scratch), [*_PACKAGES, f"python{python.version}"])
        packages = apt.resolve()
        digest = hashlib.sha256("\n".join([str(_MADE_WITH), *packages]).encode()).hexdigest()
        layer = CACHE / "cluster" / "layers" / f"base-{digest[:16]}.tar"
        with locked(layer.with_suffix(".lock")):
            if not layer.exists():
                say(f"Base layer: fetching {len(packages)} Debian packages")
                root = Path(scratch) / "root"
                apt.unpack(root)
                _finish(root, python)
                pack(root, layer)
                say("Base layer made")
        return layer


def system_python() -> Interpreter:
    try:
        python = find_interpreter()
    except ProviderError as error:
        raise KitError(error.detail) from error
    if python.binds:
        raise KitError("Images are made with the system's Python: apt-get install python3")
    return python


class _Apt:
    """apt for a machine on which nothing is installed yet, so that nothing is left out."""

    def __init__(self, scratch: Path, packages: list[str]) -> None:
        self._archives = scratch / "archives"
        (self._archives / "partial").mkdir(parents=True)
        status = scratch / "status"
        status.touch()
        self._command = [
            *("apt-get", "-q", "-y", "-o", f"Dir::State::status={status}"),
            *("-o", f"Dir::Cache::archives={self._archives}", "-o", "APT::Sandbox::User=root"),
            *("--no-install-recommends", "install", *packages),
        ]
        self._environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}

    def resolve(self) -> list[str]:
        """File names with versions, sorted."""
        try:
            lines = self._apt("--print-uris")
        except KitError:
            run("apt-get", "update", "-q", environment=self._environment)
            lines = self._apt("--print-uris")
        return sorted(line.split()[1] for line in lines.splitlines() if line.startswith("'"))

    def unpack(self, root: Path) -> None:
        self._apt("--download-only")
        root.mkdir()
        for package in sorted(self._archives.glob("*.deb")):
            run("dpkg-deb", "--extract", package, root)

    def _apt(self, *options: str) -> str:
        command, *words = self._command
        return run(command, *options, *words, environment=self._environment)


def _finish(root: Path, python: Interpreter) -> None:
    """What maintainers' scripts would have done, as far as tools ask for it."""
    for name in _DROPPED:
        shutil.rmtree(root / name, ignore_errors=True)
    for name in ("tmp", "var/tmp", "opt", "home", "root", "run"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for name in ("tmp", "var/tmp"):
        (root / name).chmod(0o1777)
    if not (root / "bin" / "sh").exists():
        (root / "bin" / "sh").symlink_to("dash")
    (root / "usr/bin/python3").unlink(missing_ok=True)
    (root / "usr/bin/python3").symlink_to(python.program.name)
    (root / _BUNDLE).parent.mkdir(parents=True, exist_ok=True)
    (root / _BUNDLE).write_bytes((Path("/") / _BUNDLE).read_bytes())
    (root / "etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")
    compiling = ("-m", "compileall", "-q", "-s", root, "-p", "/")
    run(python.program, *compiling, root / f"usr/lib/python{python.version}", check=False)
