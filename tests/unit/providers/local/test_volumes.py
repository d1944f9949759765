"""What releases have left behind, and how much of the disk it takes."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.local.folders import Folders
from datalab.providers.cluster.local.volumes import size_of, volumes

GONE = ReleaseRef(namespace="dl-acme", name="gone")
THERE = ReleaseRef(namespace="dl-acme", name="there")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(root=tmp_path / "root", memory=tmp_path / "memory")


def test_only_what_no_release_has_is_left(folders: Folders) -> None:
    for ref in (GONE, THERE):
        (folders.volumes(ref) / "home").mkdir(parents=True)
    found = [(one.release, one.name) for one in volumes(folders, "dl-acme", {"there"})]
    assert found == [("gone", "home")]
    assert list(volumes(folders, "dl-other", set())) == []


def test_the_size_is_what_the_disk_gives_and_leads_nowhere_else(tmp_path: Path) -> None:
    volume, outside = tmp_path / "volume", tmp_path / "outside"
    (volume / "deep").mkdir(parents=True)
    outside.mkdir()
    (outside / "big").write_bytes(os.urandom(1024**2))
    (volume / "deep" / "file").write_bytes(os.urandom(64 * 1024))
    (volume / "link").symlink_to(outside)
    size = size_of(volume)
    assert size is not None
    assert 64 * 1024 <= size < 512 * 1024


def test_a_volume_of_very_many_files_is_not_counted(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / str(number)).touch()
    assert size_of(tmp_path, at_most=4) is None
    assert size_of(tmp_path, at_most=5) is not None


@pytest.fixture
def pit(tmp_path: Path) -> Iterator[Path]:
    """A folder of which all is removed: by a program, since Python's own way stumbles over depth."""
    pit = tmp_path / "pit"
    pit.mkdir()
    yield pit
    subprocess.run(["/bin/rm", "-rf", "--", str(pit)], check=True)


def test_a_tree_that_is_deeper_than_any_stack_is_no_trouble(pit: Path) -> None:
    here = os.open(pit, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        deeper = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    assert size_of(pit) is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_cannot_be_read_has_no_size(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    assert size_of(tmp_path) is None
