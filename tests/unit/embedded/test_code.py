"""Noticing that a platform runs older code than what is here."""

from pathlib import Path

import pytest

from datalab.embedded.code import is_older, note_code
from datalab.embedded.installation import Installation


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        "datalab/core/names.py",
        "frontend/dist/assets/page-1.js",
        "requirements/base.txt",
    ):
        file = tmp_path / "checkout" / name
        file.parent.mkdir(parents=True)
        file.write_text("one")
    return tmp_path / "checkout"


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    found = Installation(state=tmp_path / "state", port=8080)
    found.prepare()
    return found


def test_the_same_code_is_not_older(root: Path, installation: Installation) -> None:
    note_code(installation, root)
    assert not is_older(installation, root)


@pytest.mark.parametrize(
    "name",
    ["datalab/core/names.py", "datalab/core/new.py", "frontend/dist/assets/page-2.js"],
    ids=["a changed module", "a new module", "a page that was built anew"],
)
def test_what_has_changed_since_the_start_makes_it_older(
    root: Path, installation: Installation, name: str
) -> None:
    note_code(installation, root)
    (root / name).write_text("another one")
    assert is_older(installation, root)


def test_a_removed_file_makes_it_older(root: Path, installation: Installation) -> None:
    note_code(installation, root)
    (root / "frontend/dist/assets/page-1.js").unlink()
    assert is_older(installation, root)


def test_a_platform_that_never_noted_it_is_left_alone(
    root: Path, installation: Installation
) -> None:
    assert not is_older(installation, root)
