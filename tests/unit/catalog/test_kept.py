"""Charts by digest: the same files for good, wherever and however often they are unpacked."""

import io
import shutil
import tarfile
from pathlib import Path

import pytest
from pytest_django import Settings

from datalab.catalog import kept
from datalab.catalog.models import KeptChart
from datalab.catalog.sources import find_chart
from datalab.core.errors import NotFound, ProviderRefused
from datalab.providers.charts.archive import LARGEST, ChartArchive, pack, unpack
from datalab.providers.charts.cache import chart_digest
from tests.parts.catalogue import Catalogue


@pytest.fixture
def catalogue(tmp_path: Path, settings: Settings) -> Catalogue:
    made = Catalogue(tmp_path / "charts")
    settings.CATALOGS = [made.source]
    settings.STATE_DIR = tmp_path / "state"
    made.add("1.0.0")
    return made


def test_what_is_unpacked_is_what_was_packed_links_followed_and_programs_kept(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    chart = catalogue.folder / "lab-1.0.0"
    library = tmp_path / "common"
    library.mkdir()
    (library / "Chart.yaml").write_text("name: common\n")
    (chart / "charts").mkdir()
    (chart / "charts" / "common").symlink_to(library)
    (chart / "run.sh").write_text("#!/bin/sh\n")
    (chart / "run.sh").chmod(0o755)
    archive = pack(chart)
    unpack(archive, tmp_path / "again")
    assert chart_digest(tmp_path / "again") == chart_digest(chart) == archive.digest
    assert (tmp_path / "again" / "charts" / "common" / "Chart.yaml").is_file()
    assert (tmp_path / "again" / "run.sh").stat().st_mode & 0o111
    assert not (tmp_path / "again" / "values.yaml").stat().st_mode & 0o111


def test_packing_twice_is_the_same_digest_whenever_the_files_were_written(
    catalogue: Catalogue,
) -> None:
    first = pack(catalogue.folder / "lab-1.0.0").digest
    shutil.rmtree(catalogue.folder)
    assert pack(catalogue.add("1.0.0")).digest == first


def test_an_archive_that_is_not_what_its_digest_says_is_refused(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    archive = pack(catalogue.folder / "lab-1.0.0")
    with pytest.raises(ProviderRefused, match="not what it was"):
        unpack(ChartArchive(digest="0" * 64, content=archive.content), tmp_path / "one")
    with pytest.raises(ProviderRefused, match="cannot be read"):
        unpack(ChartArchive(digest=archive.digest, content=b"what is this?"), tmp_path / "two")


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "templates/../../outside"])  # noqa: S108
def test_an_archive_writes_nothing_outside_of_its_folder(tmp_path: Path, name: str) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(ProviderRefused, match="no chart"):
        unpack(ChartArchive(digest="0" * 64, content=packed.getvalue()), tmp_path / "made")
    assert not list(tmp_path.rglob("outside"))


def test_a_chart_that_is_far_too_large_is_not_kept(catalogue: Catalogue) -> None:
    (catalogue.folder / "lab-1.0.0" / "video.mp4").write_bytes(bytes(LARGEST + 1))
    with pytest.raises(ProviderRefused, match="too large"):
        pack(catalogue.folder / "lab-1.0.0")


@pytest.mark.django_db
def test_a_chart_is_kept_once_and_found_by_its_digest_alone(catalogue: Catalogue) -> None:
    first = kept.keep(find_chart("datalab", "lab", None))
    assert kept.keep(find_chart("datalab", "lab", None)) == kept.keep(first) == first
    assert KeptChart.objects.count() == 1
    shutil.rmtree(catalogue.folder)
    found = kept.kept_chart("datalab", first.digest)
    assert (found.name, found.version, found.defaults) == ("lab", "1.0.0", first.defaults)


@pytest.mark.django_db
def test_what_was_unpacked_by_another_process_or_not_at_all_is_the_same(
    catalogue: Catalogue, settings: Settings
) -> None:
    first = kept.keep(find_chart("datalab", "lab", None))
    kept._read.cache_clear()  # noqa: SLF001 - another process, the same disk
    assert kept.kept_chart("datalab", first.digest) == first
    shutil.rmtree(settings.STATE_DIR)
    assert kept.kept_chart("datalab", first.digest).folder.is_dir()


@pytest.mark.django_db
def test_what_was_never_kept_is_not_found_and_no_path_is_made_of_it(catalogue: Catalogue) -> None:
    with pytest.raises(NotFound):
        kept.kept_chart("datalab", "0" * 64)
    with pytest.raises(NotFound):
        kept.kept_chart("../datalab", "0" * 64)
