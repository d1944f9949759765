"""What the machines have left now: as the watcher last wrote it down, or as the runtime tells at once.

Whoever looks asks no cluster: one query, or two and this machine's own runtime.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from datalab.core.errors import ProviderError
from datalab.providers import registry
from datalab.providers.cluster.placement import Placement
from datalab.providers.cluster.room import Room
from datalab.quotas.capacity import promised_and_used
from datalab.quotas.models import RoomTold

log = structlog.get_logger(__name__)

TRUE_FOR = timedelta(seconds=45)
"""After that nobody watches any more: then it is not known."""
_CLUSTER = "cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """By `Placement.place`; `everywhere`: of one machine, where a placement has no meaning."""

    by_place: Mapping[str, Room]
    everywhere: Room | None = None

    def of(self, placement: Placement) -> Room | None:
        """None where nobody can tell."""
        return self.everywhere or self.by_place.get(placement.place)


NOT_KNOWN = Rooms(by_place={})


def write_down(rooms: Mapping[str, Room], at: datetime) -> None:
    told = {place: room.to_json() for place, room in rooms.items()}
    RoomTold.objects.update_or_create(name=_CLUSTER, defaults={"told": told, "at": at})


def rooms_now(at: datetime) -> Rooms:
    row = RoomTold.objects.filter(name=_CLUSTER, at__gte=at - TRUE_FOR).first()
    if row is not None:
        return Rooms(by_place={place: Room(**said) for place, said in row.told.items()})
    try:
        _, used = promised_and_used()
        return Rooms(by_place={}, everywhere=registry.cluster_runtime().room(used))
    except ProviderError as error:
        log.warning("room_unknown", provider=error.provider, code=error.code)
        return NOT_KNOWN
