"""How much this machine says that it has."""

import os
from pathlib import Path

import pytest

from datalab.providers.cluster.local import capacity


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("1073741824", 1024**3, id="less than the machine's"),
        pytest.param("max", None, id="no limit, version 2"),
        pytest.param(str(2**62), None, id="no limit, version 1"),
    ],
)
def test_a_containers_limit_of_memory_counts(
    tmp_path: Path, said: str, expected: int | None
) -> None:
    (tmp_path / "limit").write_text(f"{said}\n")
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert capacity.memory((tmp_path / "limit", tmp_path / "absent")) == (expected or whole)
