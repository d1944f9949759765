"""Who asks for more devices than there will ever be is told so."""

from collections.abc import Mapping

import pytest

from datalab.providers.cluster.base import Capacity
from datalab.providers.cluster.lacking import lacking

GPU, SLICE = "nvidia.com/gpu", "nvidia.com/mig-1g.5gb"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({GPU: 0, SLICE: 0}, None, id="none"),
        pytest.param({GPU: 2}, None, id="all"),
        pytest.param({GPU: 3}, "There are 2 of nvidia.com/gpu here: ask for 2 at most.", id="more"),
        pytest.param({SLICE: 1}, "There is no nvidia.com/mig-1g.5gb here.", id="another kind"),
    ],
)
def test_what_is_said(asked: Mapping[str, int], said: str | None) -> None:
    found = lacking(Capacity(cpu=1, memory=1, storage=1, devices={GPU: 2}), asked)
    assert found == said or (found is not None and said is not None and found.startswith(said))


def test_where_machines_come_as_they_are_needed_anything_can_be_asked_for() -> None:
    assert lacking(Capacity(cpu=1, memory=1, storage=1, devices={}, grows=True), {GPU: 9}) is None
