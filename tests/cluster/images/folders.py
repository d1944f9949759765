"""An image of folders that somebody has filled: how an image of the platform itself is made."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.cluster.images.archive import Image, pack, write_archive


def archive_of_folders(
    *,
    name: str,
    folders: Sequence[Path],
    target: Path,
    command: Sequence[str],
    variables: Mapping[str, str],
    user: str = "",
) -> Path:
    """A layer for each folder; a file among them is a layer already, as `base_layer()` gives it."""
    with tempfile.TemporaryDirectory(prefix="image-", dir=target.parent) as scratch:
        layers = [
            pack(folder, Path(scratch) / f"{number}.tar") if folder.is_dir() else folder
            for number, folder in enumerate(folders)
        ]
        image = Image(name=name, layers=layers, command=command, variables=variables, user=user)
        return write_archive(image, target)
