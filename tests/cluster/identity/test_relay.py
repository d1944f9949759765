"""The relay's own tests, and that the same sources make the same program wherever they lie."""

import shutil
from pathlib import Path

import pytest

from tests.cluster.identity.programs import BUILD, RELAY, compile_relay, go

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(600)]


def test_its_own_tests_pass() -> None:
    go("vet", "./...", folder=RELAY)
    assert "ok" in go("test", "./...", folder=RELAY)


def test_it_is_one_static_file_and_the_same_from_any_folder(tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(RELAY, moved)
    here, there = compile_relay(tmp_path / "here"), tmp_path / "there"
    go(*BUILD, "-o", there, ".", folder=moved)
    assert here.read_bytes() == there.read_bytes()
    assert b"/lib64/ld-linux" not in here.read_bytes()
    assert here.stat().st_size < 8 * 1024**2


def test_its_image_is_built_with_the_same_words() -> None:
    words = (RELAY / "Dockerfile").read_text().replace('"', "")
    assert " ".join(BUILD) in words
    assert "CGO_ENABLED=0" in words
    assert "FROM scratch" in words
