"""What the machines have left, from the mirror to the row that everybody reads."""

import time
from collections.abc import Callable

import pytest
from django.utils.timezone import now

from datalab.launcher.rooms import Rooms
from datalab.providers.cluster.placement import Placement
from datalab.providers.cluster.room import room_of
from datalab.quotas.models import RoomTold
from datalab.quotas.room import rooms_now
from tests.fakes.mirror import MemoryMirror

pytestmark = pytest.mark.django_db


@pytest.fixture
def mirror() -> MemoryMirror:
    mirror = MemoryMirror()
    mirror.room = room_of([({"cpu": 4000}, {})])
    return mirror


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let so many seconds go by."""
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def passes(seconds: float) -> None:
        clock[0] += seconds

    return passes


def free() -> int | None:
    room = rooms_now(now()).of(Placement())
    return room.free.get("cpu") if room else None


def test_a_change_is_written_within_a_second(
    mirror: MemoryMirror, passes: Callable[[float], None]
) -> None:
    rooms = Rooms(mirror)
    rooms.keep(heard=False)
    assert free() == 4000
    mirror.room = room_of([({"cpu": 4000}, {"cpu": 1000})])
    rooms.keep(heard=True)
    assert free() == 4000
    passes(1.1)
    rooms.keep(heard=False)
    assert free() == 3000


def test_at_rest_it_is_written_now_and_then(
    mirror: MemoryMirror, passes: Callable[[float], None]
) -> None:
    rooms = Rooms(mirror)
    rooms.keep(heard=False)
    first = RoomTold.objects.get().at
    passes(10)
    rooms.keep(heard=False)
    assert RoomTold.objects.get().at == first
    passes(10)
    rooms.keep(heard=False)
    assert RoomTold.objects.get().at > first


def test_what_cannot_be_told_is_not_written(
    mirror: MemoryMirror, passes: Callable[[float], None]
) -> None:
    mirror.silent = True
    Rooms(mirror).keep(heard=True)
    assert not RoomTold.objects.exists()
