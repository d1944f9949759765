"""Which tests of the cluster run beside each other: those of different files, with few exceptions.

A file's tests stay in one process, which sets up once what they need.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

_CLUSTER = "tests/cluster"
IN_EACH_OTHERS_WAY = {
    "machines": [
        f"{_CLUSTER}/test_{name}.py"
        for name in ("reasons", "other_machines", "lost_machine", "cluster")
    ],
    "platforms": [f"{_CLUSTER}/test_{name}.py" for name in ("story", "deploy", "manifests")],
}
"""Files that change how many machines there are, or that define kinds and own a host's name."""
LONGEST_FIRST = (
    *("platforms", "machines", f"{_CLUSTER}/test_faults.py"),
    *(f"{_CLUSTER}/identity/test_delivery.py", f"{_CLUSTER}/test_releases.py"),
)
"""So that none of them is what all wait for at the end."""
_GROUPS = {file: group for group, files in IN_EACH_OTHERS_WAY.items() for file in files}


def group_of(nodeid: str) -> str:
    """Tests of one group run one after the other."""
    file = nodeid.partition("::")[0]
    return _GROUPS.get(file, file)


def longest_first(items: list[pytest.Item]) -> None:
    rank = {group: number for number, group in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(group_of(item.nodeid), len(rank)))


class ByGroup(LoadScopeScheduling):
    """xdist's own groups (3.8) do not hold with pytest 9.2: it looks for them in what that no longer
    reads."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
