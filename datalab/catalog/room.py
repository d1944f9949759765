"""What a person can have right now: what the machines have left, and what the quota leaves them.

Numbers of the whole cluster, and nobody's name: who has the rest is other tenants' affair.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.timezone import now

from datalab.accounts.models import User
from datalab.catalog.plan import Plan
from datalab.catalog.preset_rules import Preset
from datalab.catalog.presets import offered_to
from datalab.catalog.verdict import Verdict, verdict
from datalab.core.devices import is_device, is_whole
from datalab.core.quantities import Resource, to_units
from datalab.providers.cluster.placement import Placement
from datalab.providers.cluster.room import Amounts, Room
from datalab.quotas.claim import Claim
from datalab.quotas.reserve import limits_now
from datalab.quotas.room import rooms_now
from datalab.quotas.shortage import Limits, shortages, written_as
from datalab.quotas.signals import devices_of
from datalab.tenants.models import Tenant

SIZES = (str(Resource.CPU), str(Resource.MEMORY))


def room_for(tenant: Tenant, member: User) -> dict[str, Any]:
    """The same few queries for however many presets and machines."""
    presets, rooms = offered_to(tenant), rooms_now(now())
    anywhere = rooms.of(Placement())
    amounts = anywhere.there if anywhere else {}
    # A machine without GPUs says so, which helps nobody who picks a size.
    there = sorted(name for name, number in amounts.items() if number and is_device(name))
    names = {*there, *(name for one in presets for name in one.placement.devices)}
    whole, own = limits_now(tenant, _claim(member, {}, dict.fromkeys(names, 0)))
    mine = devices_of(tenant, member.pk)
    seen = _Seen(member=member, whole=whole, own=own, mine=mine)
    return {
        "resources": [seen.one(name, anywhere) for name in (*SIZES, *there)],
        "presets": [
            {
                "id": one.id,
                **asdict(seen.judged(one, rooms.of(one.placement))),
                "resources": [seen.one(name, rooms.of(one.placement)) for name in _asked_by(one)],
            }
            for one in presets
        ],
    }


def would_wait(plan: Plan) -> dict[str, Any]:
    """Of the machines only: what the quota says stands beside it."""
    return asdict(verdict(plan.pods, rooms_now(now()).of(plan.placement)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """By whom, within which limits. `mine`: devices that they have now."""

    member: User
    whole: Limits
    own: Limits
    mine: Mapping[str, int]

    def judged(self, preset: Preset, room: Room | None) -> Verdict:
        asked = _asked_by(preset)
        claim = _claim(self.member, asked, preset.placement.devices)
        short = shortages(claim, self.whole, self.own)
        return verdict([asked], room, short=short, mine=self.mine)

    def one(self, name: str, room: Room | None) -> dict[str, Any]:
        amounts: dict[str, int | None] = {"there": None, "free": None, "largest": None}
        if room is not None and room.knows(name):
            amounts = {
                "there": room.there.get(name, 0),
                "free": room.free.get(name, 0),
                "largest": room.largest(name),
            }
        amounts["left"] = min(self._left(name), default=None)
        written = {key: _written(name, units) for key, units in amounts.items()}
        mine = self.mine.get(name, 0) if is_device(name) else None
        return {"resource": name, **written, "mine": mine}

    def _left(self, name: str) -> Iterator[int]:
        """By each limit. A whole GPU is bounded by all of them together as well."""
        keys: Iterable[str] = (name, Resource.GPU) if is_whole(name) else (name,)
        for limits in (self.whole, self.own):
            left: dict[str, int] = {r: n - limits.used.get(r, 0) for r, n in limits.limits.items()}
            for device, most in limits.devices.items():
                left[device] = most - limits.devices_used.get(device, 0)
            yield from (max(0, left[key]) for key in keys if key in left)


def _written(name: str, units: int | None) -> str | None:
    return None if units is None else str(written_as(name, units))


def _asked_by(preset: Preset) -> Amounts:
    sizes = {name: to_units(Resource(name), text) for name, text in preset.resources.items()}
    return {**sizes, **preset.placement.devices}


def _claim(member: User, asked: Amounts, devices: Mapping[str, int]) -> Claim:
    """What the preset itself takes: what its chart adds is in the preview."""
    sizes = {Resource(name): asked[name] for name in SIZES if name in asked}
    gpus = sum(number for name, number in devices.items() if is_whole(name))
    amounts = {**sizes, Resource.GPU: gpus, Resource.SERVICES: 1}
    return Claim(owner_id=member.pk, amounts=amounts, devices=devices)
