"""What charts rendered to, kept on disk: a platform's processes share it, and it may be lost."""

import contextlib
import hashlib
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from datalab.providers.charts.base import Manifest

log = structlog.get_logger(__name__)

# Functions of Helm and Sprig whose answer is not a function of their arguments.
# https://helm.sh/docs/chart_template_guide/function_list/
_UNSTABLE = re.compile(
    rb"\b(rand(Alpha|AlphaNum|Ascii|Bytes|Int|Numeric)|shuffle|uuidv4|now|ago|lookup|getHostByName|"
    rb"gen(CA|SelfSignedCert|SignedCert|PrivateKey)\w*|htpasswd|bcrypt|encryptAES)\b"
)


class RenderCache:
    """At most `most` answers; the least recently used go first. Safe for many writers."""

    def __init__(self, folder: Path, *, most: int = 500) -> None:
        self._folder = folder
        self._most = most

    def get(self, key: str) -> list[Manifest] | None:
        path = self._path(key)
        try:
            found = json.loads(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError):  # absent, forgotten by another process, or cut short
            return None
        return found if isinstance(found, list) else None

    def put(self, key: str, manifests: Sequence[Manifest]) -> None:
        """A full disk costs time, not the launch."""
        try:
            self._write(self._path(key), json.dumps(manifests).encode())
            self._forget_oldest()
        except OSError as exc:
            log.warning("render_not_kept", problem=exc.strerror)

    def is_stable(self, digest: str) -> bool | None:
        """Whether the chart renders the same twice; None where nobody has looked yet."""
        try:
            return (self._folder / f"{digest}.chart").read_bytes() == b"stable"
        except OSError:
            return None

    def mark(self, digest: str, *, stable: bool) -> None:
        try:
            self._write(self._folder / f"{digest}.chart", b"stable" if stable else b"unstable")
        except OSError as exc:
            log.warning("render_not_kept", problem=exc.strerror)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    def _write(self, path: Path, content: bytes) -> None:
        """Readers see the old file or the new one, never half of it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def _forget_oldest(self) -> None:
        kept = list(self._folder.glob("*.json"))
        if len(kept) <= self._most:
            return
        # A tenth more than needed, so that not every write pays for it.
        for path in sorted(kept, key=_age)[: len(kept) - self._most + self._most // 10]:
            path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    with contextlib.suppress(FileNotFoundError):  # another process was faster
        return path.stat().st_mtime
    return 0.0


def key_of(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def chart_digest(chart: Path) -> str:
    """A hash of all files of a chart: names and contents, links followed."""
    return digest_of_files(chart_files(chart))


def digest_of_files(files: Iterable[tuple[str, bytes]]) -> str:
    total = hashlib.sha256()
    for name, content in files:
        for part in (name.encode(), content):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return total.hexdigest()


class Digests:
    """Of folders that may change: read again where one has."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[object, str]] = {}

    def of(self, chart: Path) -> str:
        now = signature(chart)
        known = self._known.get(chart)
        if known is None or known[0] != now:
            known = (now, chart_digest(chart))
            self._known[chart] = known
        return known[1]


def signature(chart: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes when a file of the chart does; much cheaper than its digest."""
    stats = ((path, path.stat()) for path in _paths(chart))
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats)


def chart_files(chart: Path) -> Iterator[tuple[str, bytes]]:
    for path in _paths(chart):
        yield str(path.relative_to(chart)), path.read_bytes()


def _paths(chart: Path) -> list[Path]:
    """All files below a chart. The library is a linked folder, which Helm follows, so do we."""
    found = []
    for folder, _, names in os.walk(chart, followlinks=True):
        found += [Path(folder) / name for name in names]
    return sorted(found)


def draws_or_looks_up(chart: Path, values: Mapping[str, Any]) -> bool:
    """Might two renderings differ? True too often rather than too seldom.

    Rendering twice alone would miss a password that is drawn only where a value is empty.
    A value with braces in it could be a template that the chart evaluates (`tpl`).
    """
    if "{{" in json.dumps(values):
        return True
    return any(_UNSTABLE.search(content) for content in _templates(chart))


def _templates(chart: Path) -> Iterator[bytes]:
    for name, content in chart_files(chart):
        if name.endswith((".tgz", ".tar.gz")):
            yield from _packed(chart / name)
        elif "templates/" in name:
            yield content


def _packed(archive: Path) -> Iterator[bytes]:
    with tarfile.open(archive) as package:
        for member in package.getmembers():
            content = package.extractfile(member) if "/templates/" in member.name else None
            if content is not None:
                yield content.read()
