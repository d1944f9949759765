"""What runs beside what. Needs no cluster."""

import pytest

from tests.cluster.beside import IN_EACH_OTHERS_WAY, LONGEST_FIRST, group_of
from tests.cluster.layout import ROOT

CLUSTER = "tests/cluster"


def test_every_file_that_is_named_is_there() -> None:
    named = {file for files in IN_EACH_OTHERS_WAY.values() for file in files}
    named |= set(LONGEST_FIRST) - set(IN_EACH_OTHERS_WAY)
    assert [file for file in sorted(named) if not (ROOT / file).exists()] == []


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        pytest.param(f"{CLUSTER}/test_x.py::a", f"{CLUSTER}/test_x.py::b[1]", True, id="one file"),
        pytest.param(f"{CLUSTER}/test_x.py::a", f"{CLUSTER}/test_y.py::a", False, id="two files"),
        pytest.param(
            f"{CLUSTER}/test_story.py::a", f"{CLUSTER}/test_deploy.py::a", True, id="in their way"
        ),
        pytest.param(
            f"{CLUSTER}/test_story.py::a", "tests/e2e/test_story.py::a", False, id="elsewhere"
        ),
    ],
)
def test_tests_are_in_one_process_where_they_share_a_file_or_are_in_their_way(
    one: str, other: str, together: bool
) -> None:
    assert (group_of(one) == group_of(other)) is together
