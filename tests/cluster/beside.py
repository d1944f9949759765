"""Which tests of the cluster run beside each other: those of different files, with few exceptions.

A file's tests stay in one process, which sets up once what they need.
"""

from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling

_IN_EACH_OTHERS_WAY = {
    "machines": ("test_reasons", "test_other_machines", "test_lost_machine", "test_cluster"),
    "platforms": ("test_story", "test_deploy", "test_manifests"),
}
"""Files that change how many machines there are, or that define kinds and own a host's name."""
_LONGEST_FIRST = ("platforms", "machines", "test_faults", "test_delivery", "test_releases")
"""So that none of them is what all wait for at the end."""
_GROUPS = {file: group for group, files in _IN_EACH_OTHERS_WAY.items() for file in files}


def group_of(nodeid: str) -> str:
    """Tests of one group run one after the other."""
    file = PurePosixPath(nodeid.partition("::")[0]).stem
    return _GROUPS.get(file, file)


def longest_first(items: list[pytest.Item]) -> None:
    rank = {group: number for number, group in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(group_of(item.nodeid), len(rank)))


class ByGroup(LoadScopeScheduling):
    """xdist's own groups (3.8) do not hold with pytest 9.2: it looks for them in what that no longer
    reads."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
