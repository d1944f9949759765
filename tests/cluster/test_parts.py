"""The cluster's processes. Needs no cluster."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.layout import Layout
from tests.cluster.parts import Parts
from tests.cluster.shell import KitError


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    layout = Layout(tmp_path)
    layout.run.mkdir()
    layout.logs.mkdir()
    parts = Parts(layout)
    yield parts
    parts.stop("nap")


def test_a_part_is_started_once_and_anew_where_it_is_told_otherwise(parts: Parts) -> None:
    parts.start("nap", "sleep", "60")
    first = parts.find("nap")
    parts.start("nap", "sleep", "60")
    assert parts.find("nap") == first
    parts.start("nap", "sleep", "61")
    assert parts.find("nap") not in {None, first}


def test_a_stopped_part_is_gone(parts: Parts) -> None:
    parts.start("nap", "sleep", "60")
    parts.stop("nap", "never started")
    assert parts.find("nap") is None


def test_a_part_that_has_ended_is_quoted(parts: Parts) -> None:
    parts.start("nap", "sh", "-c", "echo famous last words >&2; exit 1")
    with pytest.raises(KitError, match="famous last words"):  # noqa: PT012 - it may take a moment
        while True:
            parts.check("nap")
