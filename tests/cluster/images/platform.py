"""The platform's own image without Docker: what deploy/image/Dockerfile puts into it, on our base.

python -m tests.cluster.images.platform NAME TAR
"""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.images.archive import Image, pack, write_archive
from tests.cluster.images.base import base_layer, system_python
from tests.cluster.layout import CACHE, ROOT
from tests.cluster.shell import locked, run, say

APP = ("charts_catalog", "manage.py", "frontend/dist", "datalab")
"""All of the repository that is in the image, below /app."""
USER = 10001
VARIABLES = {
    "PATH": "/opt/datalab/bin:/usr/local/bin:/usr/bin:/bin",
    "HOME": "/state",
    "LANG": "C.UTF-8",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "DJANGO_SETTINGS_MODULE": "datalab.config.settings",
}
COMMAND = (
    *("granian", "--interface", "wsgi", "--host", "0.0.0.0", "--http", "1", "--no-ws"),
    "datalab.config.wsgi:application",
)
_MADE_WITH = 1
"""Counted up when the same packages are made into something else."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """`digest` changes with everything that the image is made from."""

    digest: str
    layers: Sequence[Path]


def platform() -> Platform:
    """Its packages are there after this, and the page is built."""
    run("scripts/prepare", "page", cwd=ROOT)
    layers = [base_layer(), _packages_layer()]
    found = hashlib.sha256("".join(layer.name for layer in layers).encode())
    for file in sorted(_files()):
        found.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return Platform(digest=found.hexdigest()[:16], layers=layers)


@contextmanager
def platform_archive(platform: Platform, name: str) -> Iterator[Path]:
    """The archive, for as long as it is used."""
    with tempfile.TemporaryDirectory(prefix="image-", dir=CACHE / "cluster") as scratch:
        folder = Path(scratch)
        image = Image(
            name=name,
            layers=[*platform.layers, pack(_app(folder / "root"), folder / "app.tar")],
            command=COMMAND,
            variables=VARIABLES,
            user=f"{USER}:{USER}",
            folder="/app",
        )
        yield write_archive(image, folder / "image.tar")


def _files() -> Iterator[Path]:
    for name in APP:
        source = ROOT / name
        found = source.rglob("*") if source.is_dir() else [source]
        yield from (one for one in found if one.is_file() and one.parent.name != "__pycache__")


def _packages_layer() -> Path:
    """The locked packages and helm. Kept by the locks."""
    locks = [ROOT / "requirements" / name for name in ("base.txt", "helm.txt")]
    python = system_python()
    words = [str(_MADE_WITH), python.version, *(lock.read_text() for lock in locks)]
    digest = hashlib.sha256("\n".join(words).encode()).hexdigest()
    layer = CACHE / "cluster" / "layers" / f"platform-{digest[:16]}.tar"
    with locked(layer.with_suffix(".lock")):
        if not layer.exists():
            say("Platform: installing its packages")
            with tempfile.TemporaryDirectory(prefix="datalab-venv-") as scratch:
                root = Path(scratch)
                _install(root, python.program)
                pack(root, layer)
    return layer


def _install(root: Path, python: Path) -> None:
    uv = run("scripts/prepare", "uv", cwd=ROOT).strip()
    venv = root / "opt" / "datalab"
    run(uv, "venv", "--quiet", "--relocatable", "--python", python, venv)
    install = (uv, "pip", "install", "--quiet", "--compile-bytecode", "--link-mode=copy")
    run(*install, "--require-hashes", "--python", venv, "-r", ROOT / "requirements" / "base.txt")
    helm = root / "usr" / "local" / "bin" / "helm"
    run(sys.executable, ROOT / "scripts" / "put_helm.py", helm)


def _app(root: Path) -> Path:
    app = root / "app"
    for name in APP:
        source, target = ROOT / name, app / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            leaving = shutil.ignore_patterns("__pycache__", ".built-*")
            shutil.copytree(source, target, symlinks=True, ignore=leaving)
        else:
            shutil.copy2(source, target)
    compiling = ("-m", "compileall", "-q", "-s", root, "-p", "/")
    run(system_python().program, *compiling, app / "datalab")
    (root / "etc").mkdir()
    accounts = f"root:x:0:0:root:/root:/bin/bash\ndatalab:x:{USER}:{USER}::/state:/bin/false\n"
    (root / "etc" / "passwd").write_text(accounts)
    (root / "etc" / "group").write_text(f"root:x:0:\ndatalab:x:{USER}:\n")
    (root / "state").mkdir()
    return root


if __name__ == "__main__":
    with platform_archive(platform(), sys.argv[1]) as made:
        shutil.copy2(made, sys.argv[2])
