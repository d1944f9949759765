"""What releases have left behind on this machine's disk."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from datalab.providers.cluster.base import ReleaseRef, Volume
from datalab.providers.cluster.local.folders import Folders, names_in

COUNTED_AT_MOST = 100_000
"""Files of a volume. Somebody waits for the answer, and a volume may hold millions."""


def volumes(folders: Folders, namespace: str, beside: Collection[str]) -> Iterator[Volume]:
    """Of releases other than `beside`. OSError where the folders cannot be read."""
    for release in names_in(folders.namespace(namespace) / "volumes"):
        if release in beside:
            continue
        folder = folders.volumes(ReleaseRef(namespace=namespace, name=release))
        for name in names_in(folder):
            yield Volume(name=name, release=release, size=size_of(folder / name))


def size_of(folder: Path, *, at_most: int = COUNTED_AT_MOST) -> int | None:
    """Bytes on the disk. None for more than so many files, and where a part cannot be read."""
    total, seen, waiting = 0, 0, [os.fspath(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    seen += 1
                    if seen > at_most:
                        return None
                    total += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except FileNotFoundError:
            continue  # removed meanwhile
        except OSError:
            return None
    return total


_BLOCK = 512
"""What `st_blocks` counts in, whatever the file system's own blocks are."""
