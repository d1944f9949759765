"""Images of the catalogue's tools: the chart's local environment upon a Debian layer.

They have the names that the charts use, so charts run as they are.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from datalab.core.errors import ProviderError
from datalab.providers.cluster.local.build import prepare
from datalab.providers.cluster.local.declaration import Declaration, read_declaration
from datalab.providers.cluster.local.environments import Environments
from tests.cluster.images.archive import SYSTEM_PATH, Image, pack, write_archive
from tests.cluster.images.base import base_layer
from tests.cluster.layout import CACHE, ROOT
from tests.cluster.shell import KitError, say

CATALOGUE = ROOT / "charts_catalog"
_HOME = CACHE / "cluster"
_AT = "/opt/tool"
_USER = 1000
"""The charts' own."""
_MADE_WITH = 1
"""Counted up when the same environment is made into something else."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """`digest` changes with everything that the image is made from."""

    image: str
    digest: str
    declaration: Declaration
    base: Path


def tool_of(chart: str) -> Tool:
    """Its base layer is there after this; the environment is not built yet."""
    folder = CATALOGUE / chart
    try:
        declaration = read_declaration(folder / "local")
    except ProviderError as error:
        raise KitError(error.detail) from error
    values = yaml.safe_load((folder / "values.yaml").read_text())["image"]
    base = base_layer()
    words = [str(_MADE_WITH), base.name, declaration.key]
    return Tool(
        image=f"{values['repository']}:{values['tag']}",
        digest=hashlib.sha256("\n".join(words).encode()).hexdigest()[:16],
        declaration=declaration,
        base=base,
    )


@contextmanager
def tool_archive(tool: Tool) -> Iterator[Path]:
    """The archive, for as long as it is used: hundreds of megabytes that a node has then."""
    chart = tool.declaration.folder.parent
    if prepare(chart, _HOME):
        raise KitError(f"The environment of {chart.name} could not be built; see above.")
    say(f"{tool.image}: packing")
    with tempfile.TemporaryDirectory(prefix="image-", dir=_HOME) as scratch:
        folder = Path(scratch)
        environment = Environments(_HOME / "environments", CATALOGUE).folder(tool.declaration)
        layers = [
            tool.base,
            pack(environment, folder / "tool.tar", at=_AT),
            pack(_account(folder / "account", tool.declaration.home), folder / "account.tar"),
        ]
        yield write_archive(_image(tool, layers), folder / "image.tar")


def _image(tool: Tool, layers: list[Path]) -> Image:
    home = str(tool.declaration.home)
    return Image(
        name=tool.image,
        layers=layers,
        command=["/bin/bash"],
        variables={
            **tool.declaration.variables,
            "PATH": f"{_AT}/bin:{home}/.local/bin:{SYSTEM_PATH}",
            "HOME": home,
            "LANG": "C.UTF-8",
        },
        user=f"{_USER}:{_USER}",
        folder=home,
    )


def _account(root: Path, home: Path) -> Path:
    name = home.name
    inside = root / home.relative_to("/")
    inside.mkdir(parents=True)
    inside.chmod(0o777)
    (root / "etc").mkdir()
    passwd = f"root:x:0:0:root:/root:/bin/bash\n{name}:x:{_USER}:{_USER}::{home}:/bin/bash\n"
    (root / "etc" / "passwd").write_text(passwd)
    (root / "etc" / "group").write_text(f"root:x:0:\n{name}:x:{_USER}:\n")
    return root
