"""Folders and files of a tool, and the ways out of them that are closed."""

import base64
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from datalab.providers.cluster.local.agent import preparing
from datalab.providers.cluster.local.agent.preparing import NotBelow
from datalab.providers.cluster.local.folders import Folders, write_json
from datalab.providers.cluster.local.plan import Mount
from tests.unit.providers.local.test_sandbox import PLAN

TOKEN = "files-vault-secrets/TOKEN"


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    found = Folders(root=tmp_path / "root", memory=tmp_path / "memory")
    found.ensure()
    return found


def test_delivered_files_are_for_the_tool_only(folders: Folders) -> None:
    preparing.prepare(PLAN, folders, {TOKEN: encoded(b"first")}, os.geteuid())
    path = folders.delivered(PLAN.ref) / TOKEN
    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o400
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_new_content_is_a_new_file_so_that_no_reader_sees_half(folders: Folders) -> None:
    preparing.prepare(PLAN, folders, {TOKEN: encoded(b"first")}, os.geteuid())
    with (folders.delivered(PLAN.ref) / TOKEN).open("rb") as reader:
        preparing.deliver(PLAN.ref, folders, {TOKEN: encoded(b"second")})
        assert reader.read() == b"first"
    assert (folders.delivered(PLAN.ref) / TOKEN).read_bytes() == b"second"


def test_what_was_delivered_to_the_last_start_is_not_there_in_the_next(folders: Folders) -> None:
    preparing.prepare(PLAN, folders, {TOKEN: encoded(b"first")}, os.geteuid())
    preparing.prepare(PLAN, folders, {}, os.geteuid())
    assert not (folders.delivered(PLAN.ref) / TOKEN).exists()


@pytest.mark.parametrize("name", ["../x", "/etc/x", "files/../../x", ""])
def test_no_file_leaves_the_folder(folders: Folders, name: str) -> None:
    with pytest.raises(NotBelow):
        preparing.prepare(PLAN, folders, {name: encoded(b"x")}, os.geteuid())


def test_nothing_is_delivered_to_a_folder_that_the_tool_does_not_have(folders: Folders) -> None:
    preparing.prepare(PLAN, folders, {TOKEN: encoded(b"x")}, os.geteuid())
    with pytest.raises(FileNotFoundError):
        preparing.deliver(PLAN.ref, folders, {"elsewhere/TOKEN": encoded(b"x")})
    assert not (folders.delivered(PLAN.ref) / "elsewhere").exists()


def test_a_link_that_a_tool_left_in_its_volume_is_not_followed(
    folders: Folders, tmp_path: Path
) -> None:
    volume = folders.volumes(PLAN.ref) / "home"
    volume.mkdir(parents=True)
    (volume / "sub").symlink_to(tmp_path)
    mount = Mount(source=str(volume / "sub"), target="/data", owned=True, read_only=False)
    with pytest.raises(NotBelow):
        preparing.prepare(replace(PLAN, mounts=[mount]), folders, {}, os.geteuid())


@pytest.mark.parametrize("keep", [set(), {"home"}], ids=["all of it", "but its volume"])
def test_a_release_is_removed(folders: Folders, keep: set[str]) -> None:
    preparing.prepare(PLAN, folders, {TOKEN: encoded(b"x")}, os.geteuid())
    write_json(folders.record(PLAN.ref), {})
    folders.log(PLAN.ref).write_text("words")
    (folders.volumes(PLAN.ref) / "home").mkdir(parents=True)
    preparing.clear(PLAN.ref, folders, keep)
    assert not folders.release(PLAN.ref).exists()
    assert not folders.delivered(PLAN.ref).exists()
    assert (folders.volumes(PLAN.ref) / "home").exists() is bool(keep)
    assert list(folders.trash.iterdir()) == []
    preparing.clear(PLAN.ref, folders, keep)


def test_a_release_is_not_absent_while_something_of_it_is_left(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json(folders.record(PLAN.ref), {})
    (folders.release(PLAN.ref) / "scratch").mkdir()
    with monkeypatch.context() as broken:
        broken.setattr(shutil, "rmtree", refuse)
        with pytest.raises(OSError, match="busy"):
            preparing.clear(PLAN.ref, folders, set())
    assert folders.record(PLAN.ref).exists()
    preparing.clear(PLAN.ref, folders, set())
    assert not folders.release(PLAN.ref).exists()


def refuse(*_: object) -> None:
    raise OSError("busy")


def test_scratch_begins_empty_and_a_volume_keeps_what_it_has(folders: Folders) -> None:
    kept, scratch = folders.volumes(PLAN.ref) / "home", folders.scratch(PLAN.ref) / "cache"
    mounts = [
        Mount(source=str(path), target=f"/{path.name}", owned=True) for path in (kept, scratch)
    ]
    plan = replace(PLAN, mounts=mounts)
    preparing.prepare(plan, folders, {}, os.geteuid())
    for folder in (kept, scratch):
        (folder / "note").write_text("x")
    preparing.prepare(plan, folders, {}, os.geteuid())
    assert (kept / "note").exists()
    assert not (scratch / "note").exists()
