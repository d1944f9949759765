"""Charts by digest, from the platform's own store: no catalogue and no network is asked for them.

The archive is in the database, which all processes share, and unpacked where one of them needs it.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db.models import ProtectedError
from django.utils.timezone import now

from datalab.catalog.models import UNUSED_FOR, KeptChart
from datalab.catalog.sources import ChartVersion, read_chart
from datalab.core.errors import NotFound, ProviderRefused
from datalab.core.names import is_label
from datalab.providers.charts.archive import ChartArchive, pack, unpack
from datalab.providers.charts.cache import Digests

_digests = Digests()


def digest_of(chart: ChartVersion) -> str:
    """What it is now: the files of a catalogue may change under the same version."""
    return chart.digest or _digests.of(chart.folder)


def keep(chart: ChartVersion) -> ChartVersion:
    """The same chart as it will always be. Its `digest` finds it again."""
    digest = digest_of(chart)
    if not _is_kept(digest):
        archive = pack(chart.folder)
        digest = archive.digest
        KeptChart.objects.bulk_create(
            [
                KeptChart(
                    digest=digest,
                    name=chart.name,
                    version=chart.version,
                    content=archive.content,
                    kept_at=now(),
                )
            ],
            ignore_conflicts=True,
        )
    return kept_chart(chart.catalog, digest)


def kept_chart(catalog: str, digest: str) -> ChartVersion:
    """NotFound where it was never kept."""
    return _read(_folder(kept_in(catalog), digest), catalog, digest)


def kept_in(catalog: str) -> Path:
    """Where those of one catalogue are unpacked: a catalogue is trusted or not as a whole."""
    if not is_label(catalog):
        raise NotFound("There is no such catalogue.")
    return Path(settings.STATE_DIR) / "charts" / catalog


def forget_unused() -> int:
    """Those that nothing names any more. Returns how many."""
    gone = sum(_forget(one) for one in KeptChart.objects.unused(now()).defer("content"))
    known = set(KeptChart.objects.values_list("digest", flat=True))
    for folder in _unpacked():
        # One that was unpacked just now may be of a row that is written just now.
        old = folder.stat().st_mtime < (now() - UNUSED_FOR).timestamp()
        if old and folder.name not in known:
            shutil.rmtree(folder, ignore_errors=True)
    return gone


def _is_kept(digest: str) -> bool:
    row = KeptChart.objects.filter(digest=digest)
    if row.unused(now()).exists():
        row.update(kept_at=now())  # else it could go before what is made of it names it
    return row.exists()


@lru_cache(maxsize=256)
def _read(folder: Path, catalog: str, digest: str) -> ChartVersion:
    """What a digest names never changes."""
    chart = read_chart(catalog, next(folder.iterdir()))
    if chart is None:
        raise ProviderRefused("A kept chart is a library.", provider="charts")
    return replace(chart, digest=digest)


def _folder(below: Path, digest: str) -> Path:
    folder = below / digest
    if folder.is_dir():
        return folder
    row = KeptChart.objects.filter(digest=digest).first()
    if row is None:
        raise NotFound("The chart that this was made of is not kept any more.")
    below.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=below, prefix=".new-") as made:
        whole = Path(made) / "whole"
        archive = ChartArchive(digest=digest, content=bytes(row.content))
        unpack(archive, whole / row.name)
        _put(whole, folder)
    return folder


def _put(made: Path, folder: Path) -> None:
    """Whole under its name or not at all."""
    try:
        made.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was faster
            raise


def _unpacked() -> Iterator[Path]:
    yield from (Path(settings.STATE_DIR) / "charts").glob("*/[0-9a-f]*")


def _forget(row: KeptChart) -> int:
    try:
        return row.delete()[0]
    except ProtectedError:
        return 0
