"""Image archives (https://github.com/opencontainers/image-spec) out of folders: no Docker, no registry."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster.shell import run

_TYPE = "application/vnd.oci.image"
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


@dataclass(frozen=True, kw_only=True)
class Image:
    """`layers` are tar files, the lowest first; `user` as in `1000:1000`, empty: root."""

    name: str
    layers: Sequence[Path]
    command: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    folder: str = "/"


def pack(tree: Path, layer: Path, *, at: str = "") -> Path:
    """A layer with the tree below `/at`, as root's. Returned for use in a row."""
    prefix = f"{at.strip('/')}/" if at else ""
    layer.parent.mkdir(parents=True, exist_ok=True)
    partial = layer.with_suffix(".new")
    run(
        *("tar", "--create", "--file", partial, "--directory", tree),
        *("--owner=0", "--group=0", "--numeric-owner", "--sort=name", "--hard-dereference"),
        # Names only: what links point to stays as it is.
        *(f"--transform=flags=rSH;s,^\\./,./{prefix},", "."),
    )
    partial.replace(layer)
    return layer


def write_archive(image: Image, target: Path) -> Path:
    """What `ctr images import` reads. Layers stay uncompressed: they only go to the next disk."""
    with tarfile.open(target, "w") as out:
        blobs = _Blobs(out)
        layers = [blobs.add_file(layer, f"{_TYPE}.layer.v1.tar") for layer in image.layers]
        config = blobs.add(_config(image, layers), f"{_TYPE}.config.v1+json")
        manifest = blobs.add(
            {
                "schemaVersion": 2,
                "mediaType": f"{_TYPE}.manifest.v1+json",
                "config": config,
                "layers": layers,
            },
            f"{_TYPE}.manifest.v1+json",
        )
        names = {"io.containerd.image.name": image.name}
        names["org.opencontainers.image.ref.name"] = image.name
        index = {"schemaVersion": 2, "manifests": [{**manifest, "annotations": names}]}
        _write(out, "index.json", json.dumps(index).encode())
        _write(out, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
    return target


class _Blobs:
    def __init__(self, out: tarfile.TarFile) -> None:
        self._out = out
        self._written: set[str] = set()

    def add(self, content: Mapping[str, Any], kind: str) -> dict[str, Any]:
        data = json.dumps(content).encode()
        digest = hashlib.sha256(data).hexdigest()
        _write(self._out, f"blobs/sha256/{digest}", data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}

    def add_file(self, path: Path, kind: str) -> dict[str, Any]:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest not in self._written:
            self._written.add(digest)
            self._out.add(path, f"blobs/sha256/{digest}")
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": path.stat().st_size}


def _config(image: Image, layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    variables = {"PATH": SYSTEM_PATH, **image.variables}
    config = {
        "Cmd": list(image.command),
        "WorkingDir": image.folder,
        "Env": [f"{name}={value}" for name, value in variables.items()],
        **({"User": image.user} if image.user else {}),
    }
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
    }


def _write(out: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    out.addfile(info, io.BytesIO(data))
