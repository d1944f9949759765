"""What machines have left, and which of them matter."""

from datalab.providers.cluster.base import Capacity
from datalab.providers.cluster.room import Amounts, Room, room_of

GPU = "nvidia.com/gpu"


def test_what_is_taken_is_not_free_and_never_less_than_none() -> None:
    found = room_of(
        [({"cpu": 4000, GPU: 2}, {"cpu": 1000, GPU: 1}), ({"cpu": 2000}, {"cpu": 9000})]
    )
    assert found.there == {"cpu": 6000, GPU: 2}
    assert found.free == {"cpu": 3000, GPU: 1}
    assert (found.largest("cpu"), found.largest(GPU), found.largest("memory")) == (3000, 1, 0)


def test_only_machines_that_no_other_exceeds_are_kept() -> None:
    """However many there are, what is told of them is short."""
    alike: list[tuple[Amounts, Amounts]] = [({"cpu": 2000, "memory": 4}, {}) for _ in range(1000)]
    found = room_of([*alike, ({"cpu": 1000, "memory": 8}, {}), ({"cpu": 500, "memory": 8}, {})])
    assert sorted(found.machines, key=str) == [
        {"cpu": 1000, "memory": 8},
        {"cpu": 2000, "memory": 4},
    ]
    assert found.there["cpu"] == 1000 * 2000 + 1500


def test_all_of_it_must_be_on_one_machine() -> None:
    found = room_of([({"cpu": 2000, GPU: 0}, {}), ({"cpu": 1000, GPU: 1}, {})])
    assert found.takes({"cpu": 2000})
    assert found.takes({"cpu": 1000, GPU: 1})
    assert not found.takes({"cpu": 2000, GPU: 1})


def test_one_machine_has_what_nobody_has_taken() -> None:
    capacity = Capacity(cpu=4000, memory=None, storage=1, devices={GPU: 2})
    found = capacity.without({"cpu": 1000, "memory": 5, GPU: 2, "gpu": 2, "storage": 9})
    assert found.free == {"cpu": 3000, GPU: 0}
    assert not found.knows("memory")


def test_it_is_written_down_and_read_again() -> None:
    found = room_of([({"cpu": 2000, GPU: 1}, {GPU: 1})], grows=True)
    assert Room(**found.to_json()) == found
