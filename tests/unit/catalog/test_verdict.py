"""Whether something starts at once, waits, or is refused: what a person reads."""

from typing import Any

import pytest

from datalab.catalog.verdict import State, absent, verdict
from datalab.core.errors import Shortage
from datalab.providers.cluster.room import Room, room_of

GPU = "nvidia.com/gpu"
GI = 1024**3


def room(
    *machines: tuple[int, int, int],
    used: int = 0,
    promised: int = 0,
    waiting: int = 0,
    grows: bool = False,
) -> Room:
    """Each with cpu, GiB, and GPUs; `used` of the first one's GPUs are taken, or promised."""
    has = [{"cpu": cpu, "memory": size * GI, GPU: gpus} for cpu, size, gpus in machines]
    taken = [{GPU: used}, *({} for _ in machines)]
    return room_of(
        list(zip(has, taken, strict=False)),
        grows=grows,
        promised={GPU: promised},
        waiting={GPU: waiting},
    )


@pytest.mark.parametrize(
    ("asked", "there", "state", "because"),
    [
        pytest.param({"cpu": 1000}, room((4000, 8, 0)), "fits", "", id="room"),
        pytest.param(
            {"cpu": 3000},
            room((2000, 8, 0), (2500, 8, 0)),
            "waits",
            "Will wait: no machine has 3 cores free; the most is 2.5.",
            id="enough in all and not on one machine",
        ),
        pytest.param(
            {"memory": 9 * GI},
            room((2000, 8, 0)),
            "waits",
            "Will wait: no machine has 9 GiB of memory free; the most is 8 GiB.",
            id="memory",
        ),
        pytest.param(
            {"cpu": 3000, "memory": 6 * GI},
            room((4000, 4, 0), (2000, 8, 0)),
            "waits",
            "Will wait: no machine has all of it free at once.",
            id="cpu here and memory there",
        ),
        pytest.param(
            {GPU: 1},
            room((4000, 8, 2), used=2),
            "waits",
            f"Will wait: no free {GPU}; 2 of 2 in use, 1 by you.",
            id="all devices in use",
        ),
        pytest.param(
            {GPU: 1},
            room((4000, 8, 2), used=2, promised=1, waiting=1),
            "waits",
            f"Will wait: no free {GPU}; 1 of 2 in use and 1 waited for already, 1 by you.",
            id="the last device is about to be somebody else's",
        ),
        pytest.param(
            {GPU: 1},
            room((4000, 8, 2), used=2, waiting=3),
            "waits",
            f"Will wait: no free {GPU}; 2 of 2 in use and 3 waited for already, 1 by you.",
            id="others wait, too",
        ),
        pytest.param(
            {GPU: 2},
            room((4000, 8, 2), used=1, promised=1, waiting=2),
            "waits",
            f"Will wait: 1 of 2 {GPU} free, 1 on one machine, 2 waited for already, and it asks for 2.",
            id="too few devices free, and others wait",
        ),
        pytest.param(
            {GPU: 2},
            room((4000, 8, 2), used=1),
            "waits",
            f"Will wait: 1 of 2 {GPU} free, 1 on one machine, and it asks for 2.",
            id="too few devices free",
        ),
        pytest.param(
            {GPU: 1},
            room((4000, 8, 0)),
            "refused",
            f"There is no {GPU} here. Ask for none, or ask the platform's administrator for a "
            "machine with one.",
            id="no such device",
        ),
        pytest.param(
            {GPU: 4},
            room((4000, 8, 2)),
            "refused",
            f"There are 2 of {GPU} here: ask for 2 at most.",
            id="more than there are",
        ),
        pytest.param(
            {GPU: 1},
            room((4000, 8, 0), grows=True),
            "waits",
            "It waits for room: a machine may have to come first.",
            id="no such device yet",
        ),
        pytest.param({GPU: 1}, None, "unknown", "", id="nobody can tell"),
        pytest.param(
            {},
            room(),
            "waits",
            "Will wait: there is no machine of the kind that it asks for.",
            id="no machine of its kind",
        ),
    ],
)
def test_it_is_said_in_a_sentence(
    asked: dict[str, int], there: Room | None, state: str, because: str
) -> None:
    found = verdict([asked], there, mine={GPU: 1})
    assert (found.state, found.because) == (state, because)


def test_pods_may_be_on_several_machines() -> None:
    both: list[dict[str, Any]] = [{"cpu": 2000}, {"cpu": 2000}]
    assert verdict(both, room((2000, 8, 0), (2000, 8, 0))).state is State.FITS


def test_where_the_quota_forbids_it_the_machines_do_not_matter() -> None:
    short = [Shortage(resource=GPU, whose="tenant", limit=1, used=1, asked=1, available=0)]
    found = verdict([{GPU: 1}], room((4000, 8, 2)), short=short)
    assert found.state is State.REFUSED
    assert found.because == f"Over the quota: {GPU}: 1 asked, 0 of 1 free."


def test_what_is_not_known_refuses_nothing() -> None:
    """A machine of which only the devices are known."""
    assert verdict([{"cpu": 1000}], room_of([({GPU: 1}, {})])).state is State.FITS
    assert absent({"cpu": 1000}, room_of([])) == ""
