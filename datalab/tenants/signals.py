"""What parts above tenants hear of them."""

from dataclasses import dataclass, field

from django.dispatch import Signal

rights_lost = Signal()
"""Sent with `tenant`, `user`, `fate: lifecycle.Fate` and `by: str`, inside the transaction.

The person may no longer run services there: removed, or a viewer from now on.
"""

suspended = Signal()
"""Sent with `tenant`, `reason` and `by`, inside the transaction: a receiver pauses what runs."""

reactivated = Signal()
"""Sent with `tenant` and `by`, inside the transaction: what suspending has paused may run again."""

device_limits = Signal()
"""Sent with `tenant`: a receiver returns the most that it may hold of each device, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a part has of a tenant. `things` are `{"kind", "name", "owner", "detail"}`."""

    things: list[dict[str, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


listing = Signal()
"""Sent with `tenant`: a receiver returns as `Told` what of its own goes with it."""

removing = Signal()
"""Sent with `tenant` and `by`, again and again: a receiver lets go what it has of the tenant.

It returns how many things are still there. The tenant's place outside stays until all say none.
"""
