"""A chart as one file, named by the digest of what is in it: it never changes under that name."""

import io
import os
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from datalab.core.errors import ProviderRefused
from datalab.providers.charts.cache import chart_digest, chart_files, digest_of_files

LARGEST = 16 * 1024 * 1024
_PLAIN, _PROGRAM = 0o644, 0o755


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartArchive:
    """A gzipped tar of a chart's files, links followed. Whose they were and when is left out."""

    digest: str
    content: bytes = field(repr=False)


def pack(chart: Path) -> ChartArchive:
    """ProviderRefused where it is larger than any chart should be."""
    # Read once: the digest is that of what is packed, also where somebody writes to the folder.
    files = list(chart_files(chart))
    if sum(len(content) for _, content in files) > LARGEST:
        raise ProviderRefused(f"The chart {chart.name} is too large.", provider="charts")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=6) as archive:
        _add(archive, chart, files)
    return ChartArchive(digest=digest_of_files(files), content=packed.getvalue())


def unpack(archive: ChartArchive, folder: Path) -> None:
    """Into a folder of its own. ProviderRefused where that is not what the digest names."""
    folder.mkdir(mode=0o700, parents=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(archive.content), mode="r:gz") as packed:
            for entry in packed:
                _extract(packed, entry, folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ProviderRefused("A kept chart cannot be read.", provider="charts") from error
    if chart_digest(folder) != archive.digest:
        raise ProviderRefused("A kept chart is not what it was.", provider="charts")


def _extract(archive: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> None:
    """Plain files below the folder only, whoever wrote the archive."""
    content = archive.extractfile(entry) if entry.isreg() else None
    place = PurePosixPath(entry.name)
    if content is None or place.is_absolute() or ".." in place.parts:
        raise ProviderRefused("A kept chart is no chart.", provider="charts")
    path = folder / place
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(content.read())
    path.chmod(entry.mode & _PROGRAM)


def _add(archive: tarfile.TarFile, chart: Path, files: Sequence[tuple[str, bytes]]) -> None:
    for name, content in files:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        entry.mode = _PROGRAM if os.access(chart / name, os.X_OK) else _PLAIN
        archive.addfile(entry, io.BytesIO(content))
