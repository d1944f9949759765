"""Folders and files that a tool finds: made and given to its tenant before it starts."""

import base64
import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.local.folders import Folders
from datalab.providers.cluster.local.plan import LaunchPlan
from datalab.providers.cluster.local.sandbox import UID

_ETC = {
    "passwd": f"root:x:0:0:root:/root:/usr/sbin/nologin\njovyan:x:{UID}:{UID}::/home/jovyan:/bin/bash\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "group": f"root:x:0:\njovyan:x:{UID}:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
"""No name is resolved inside: what leaves goes through the proxy, which resolves."""


_RECORDS = {"release.json"}


class NotBelow(ValueError):
    """A path that would leave its folder."""


def write_etc(folders: Folders) -> None:
    shutil.rmtree(folders.trash, ignore_errors=True)
    folder = folders.root / "etc"
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, text in _ETC.items():
        beside = folder / f".{name}.new"
        beside.unlink(missing_ok=True)
        beside.write_text(text)
        beside.chmod(0o444)
        beside.replace(folder / name)  # running sandboxes go on seeing the file they were given


def prepare(plan: LaunchPlan, folders: Folders, files: Mapping[str, str], uid: int) -> None:
    """OSError or ValueError where something stands in the way; a second call mends the first."""
    shutil.rmtree(folders.scratch(plan.ref), ignore_errors=True)
    forget_delivered(plan.ref, folders)
    delivered = folders.delivered(plan.ref)
    _make_owned(delivered, uid)
    for mount in plan.mounts:
        if mount.owned:
            _refuse_links(Path(mount.source), folders)
            _make_owned(Path(mount.source), uid)
    for name, content in files.items():
        _write(delivered, name, base64.b64decode(content), uid)


def deliver(ref: ReleaseRef, folders: Folders, files: Mapping[str, str]) -> bool:
    """Replace files of a running tool; False where they were the same before.

    FileNotFoundError where their folder is not shown to it.
    """
    delivered = folders.delivered(ref)
    for name in files:
        if not _inside(delivered, name).parent.is_dir():
            raise FileNotFoundError(f"{name} is in no folder of this tool")
    contents = {name: base64.b64decode(content) for name, content in files.items()}
    changed = {one: new for one, new in contents.items() if not _holds(delivered, one, new)}
    for name, content in changed.items():
        _write(delivered, name, content, delivered.stat().st_uid)
    return bool(changed)


def _holds(folder: Path, name: str, content: bytes) -> bool:
    path = _inside(folder, name)
    return path.is_file() and path.read_bytes() == content


def forget_delivered(ref: ReleaseRef, folders: Folders) -> None:
    folder = folders.delivered(ref)
    if folder.exists():
        shutil.rmtree(folder)


def clear(ref: ReleaseRef, folders: Folders, keep: Collection[str]) -> None:
    """Remove all of a release but the volumes in `keep`; its record goes last, and at once.

    Until then it is not absent, so nobody starts another one in the folders that are being removed.
    """
    forget_delivered(ref, folders)
    for folder, kept in ((folders.volumes(ref), keep), (folders.release(ref), _RECORDS)):
        for entry in list(folder.iterdir()) if folder.is_dir() else []:
            if entry.name not in kept:
                _remove(entry)
    with contextlib.suppress(OSError):
        folders.volumes(ref).rmdir()  # not empty: something is kept
    if folders.release(ref).is_dir():
        gone = folders.trash / secrets.token_hex(8)
        gone.parent.mkdir(mode=0o700, exist_ok=True)
        folders.release(ref).rename(gone)
        shutil.rmtree(gone)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _write(folder: Path, name: str, content: bytes, uid: int) -> None:
    """As a whole or not at all: the tool may be reading it."""
    path = _inside(folder, name)
    _make_owned(path.parent, uid, within=folder)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        if uid != os.geteuid():
            os.fchown(file.fileno(), uid, uid)
    beside.replace(path)


def _inside(folder: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise NotBelow(f"{name!r} is no path below a folder")
    return folder / path


def _make_owned(folder: Path, uid: int, *, within: Path | None = None) -> None:
    """Make it, and what is missing above it, without letting the tenant into what is above."""
    if within is not None and folder != within and not folder.parent.is_dir():
        _make_owned(folder.parent, uid, within=within)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != uid:
        _give(folder, uid)


def _give(folder: Path, uid: int) -> None:
    """The whole tree, for a volume may come from a time when the platform ran as somebody else."""
    for place, _, names, descriptor in os.fwalk(folder, follow_symlinks=False):
        for name in names:
            os.chown(name, uid, uid, dir_fd=descriptor, follow_symlinks=False)
        os.chown(place, uid, uid, follow_symlinks=False)


def _refuse_links(path: Path, folders: Folders) -> None:
    """A tool may have left a link where its volume's sub-path should be: it would lead outside."""
    current = folders.root if path.is_relative_to(folders.root) else folders.memory
    for part in path.relative_to(current).parts:
        current = current / part
        try:
            kind = current.lstat().st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISDIR(kind):
            raise NotBelow(f"{part} in the volume is no folder, so it cannot be mounted")
