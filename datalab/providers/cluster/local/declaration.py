"""`local/environment.yaml` of a chart: what stands in for its image on one machine."""

import hashlib
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from datalab.core.errors import ProviderRefused
from datalab.core.names import slug
from datalab.providers.cluster.local.interpreter import Interpreter, find_interpreter

FILE = "environment.yaml"
# Counted up when the builder makes something else out of the same declaration.
_BUILDER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePart:
    """A locked npm package. All paths are relative to its folder in the environment.

    `locked` are folders inside the package that have a lock of their own, `compiled` the native
    modules to compile in `compile_in`, `links` symbolic links (place: target), `removed` patterns
    of what one machine has no use for.
    """

    folder: Path
    locked: Sequence[str] = ()
    compile_in: str = ""
    compiled: Sequence[str] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    removed: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a chart's `local/` folder says about one image.

    `key` names what would be built: it changes with the declaration's files, the interpreter and
    the platform, so an environment never changes under a running tool.
    """

    key: str
    title: str
    folder: Path
    images: Sequence[str]
    interpreter: Interpreter
    requirements: Path
    home: Path
    node: NodePart | None = None
    commands: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    hidden: Sequence[str] = ()


def read_declaration(folder: Path) -> Declaration:
    """Raises ProviderRefused naming what is wrong with the folder."""
    try:
        content = yaml.safe_load((folder / FILE).read_text())
    except (OSError, yaml.YAMLError) as exc:
        raise _wrong(folder, f"{FILE} cannot be read") from exc
    interpreter = find_interpreter()
    reader = _Reader(folder, content)
    declaration = Declaration(
        key=f"{slug(reader.text('title').lower().replace(' ', '-'))}-{_digest(folder, interpreter)}",
        title=reader.text("title"),
        folder=folder,
        images=reader.texts("images"),
        interpreter=interpreter,
        requirements=reader.file("requirements"),
        home=Path(reader.text("home")),
        node=_node(folder, reader.take("node", None)),
        commands=reader.mapping("commands"),
        variables=reader.mapping("variables"),
        hidden=reader.texts("hidden"),
    )
    reader.close("title")
    return declaration


def _node(folder: Path, content: object) -> NodePart | None:
    if content is None:
        return None
    reader = _Reader(folder, content)
    part = NodePart(
        folder=reader.file("folder"),
        locked=[_inside(folder, path) for path in reader.texts("locked")],
        compile_in=_inside(folder, reader.take("compileIn", ".")),
        compiled=reader.texts("compiled"),
        links={_inside(folder, place): target for place, target in reader.mapping("links").items()},
        removed=[_inside(folder, path) for path in reader.texts("removed")],
    )
    reader.close()
    return part


class _Reader:
    """Fields of the YAML, each checked; what is left at the end is a mistake."""

    def __init__(self, folder: Path, content: object) -> None:
        if not isinstance(content, dict):
            raise _wrong(folder, f"{FILE} is not a mapping")
        self._folder = folder
        self._left: dict[str, Any] = dict(content)

    def take(self, key: str, default: Any) -> Any:
        return self._left.pop(key, default)

    def text(self, key: str) -> str:
        value = self._left.get(key)
        if not isinstance(value, str) or not value:
            raise _wrong(self._folder, f"{key} is missing")
        return value

    def texts(self, key: str) -> list[str]:
        values = self.take(key, [])
        if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
            raise _wrong(self._folder, f"{key} is not a list of texts")
        return values

    def mapping(self, key: str) -> dict[str, str]:
        values = self.take(key, {})
        if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
            raise _wrong(self._folder, f"{key} is not a mapping of texts")
        return {str(name): value for name, value in values.items()}

    def file(self, key: str) -> Path:
        """A file or folder of the declaration, by its name."""
        path = self._folder / _inside(self._folder, self.text(key))
        self._left.pop(key)
        if not path.exists():
            raise _wrong(self._folder, f"{path.name} is missing")
        return path

    def close(self, *used: str) -> None:
        unknown = sorted(set(self._left) - {*used, "home"})
        if unknown:
            raise _wrong(self._folder, f"nobody knows {', '.join(map(str, unknown))}")


def _inside(folder: Path, path: object) -> str:
    if not isinstance(path, str) or path.startswith("/") or ".." in PurePosixPath(path).parts:
        raise _wrong(folder, f"{path!r} leads out of the environment")
    return path


def _digest(folder: Path, interpreter: Interpreter) -> str:
    digest = hashlib.sha256()
    for word in (str(_BUILDER), interpreter.identity, sysconfig.get_platform()):
        digest.update(word.encode() + b"\0")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(folder)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _wrong(folder: Path, what: str) -> ProviderRefused:
    return ProviderRefused(
        f"The local environment of the chart {folder.parent.name} is wrong: {what}.",
        provider="cluster",
    )
