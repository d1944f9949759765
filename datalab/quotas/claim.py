"""What is reserved together. Pure."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datalab.core.devices import Devices
from datalab.core.quantities import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Taken or given back as a whole: of the tenant, and of the member whose it is.

    Negative amounts are given back by the same step that takes the others.
    """

    owner_id: int
    amounts: Mapping[Resource, int]
    devices: Devices = field(default_factory=dict)


def sum_of(claims: Sequence[Claim]) -> Claim:
    """Of one owner."""
    amounts = Counter[Resource]()
    devices = Counter[str]()
    for one in claims:
        amounts.update(one.amounts)
        devices.update(one.devices)
    return Claim(owner_id=claims[0].owner_id, amounts=amounts, devices=devices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One thing that holds a part of the quota now."""

    id: uuid.UUID
    name: str
    owner: str
    claim: Claim
