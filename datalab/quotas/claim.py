"""What is reserved together. Pure."""

import uuid
from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One thing that holds a part of the quota now."""

    id: uuid.UUID
    name: str
    owner: str
    claim: Claim
