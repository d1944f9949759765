"""Which code a platform was started from: after an update the parts still run what they have read.

The page's files are exchanged below the portal's feet, so it has to be started anew with them.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from datalab.embedded.installation import ROOT, Installation, write_private

NOTE = "code"


def note_code(installation: Installation, root: Path = ROOT) -> None:
    """Remember what is started now."""
    write_private(installation.run / NOTE, fingerprint(root))


def is_older(installation: Installation, root: Path = ROOT) -> bool:
    """Whether the running platform was started from something else than what is here now."""
    note = installation.run / NOTE
    return note.is_file() and note.read_text() != fingerprint(root)


def fingerprint(root: Path) -> str:
    """Of names, sizes and times, not of contents: `up` asks this each time."""
    digest = hashlib.sha256()
    for file in sorted(_files(root)):
        seen = file.stat()
        digest.update(f"{file.relative_to(root)} {seen.st_size} {seen.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    yield from (root / "datalab").rglob("*.py")
    yield from (root / "frontend" / "dist").rglob("*.*")
    yield from (root / "requirements").glob("*.txt")
