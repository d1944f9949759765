"""What quotas ask of whoever keeps the things that hold them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.dispatch import Signal

from datalab.core.quantities import Resource
from datalab.quotas.claim import Holding
from datalab.tenants.models import Tenant

member_use = Signal()
"""Sent with `tenant`. A receiver answers a mapping of user id to the Amounts their things hold."""

holders = Signal()
"""Sent with `tenant` and `most`. A receiver answers a Holding for each, the largest first."""


devices_in_use = Signal()
"""Sent with `tenant` and `user_id`. A receiver answers how many of each device theirs have now."""


def devices_of(tenant: Tenant, user_id: int) -> dict[str, int]:
    total: dict[str, int] = {}
    answers: list[tuple[Any, Any]] = devices_in_use.send(Tenant, tenant=tenant, user_id=user_id)
    for _, found in answers:
        for name, number in found.items():
            total[name] = total.get(name, 0) + number
    return total


def use_of_members(tenant: Tenant) -> dict[int, Mapping[Resource, int]]:
    total: dict[int, Mapping[Resource, int]] = {}
    answers: list[tuple[Any, Any]] = member_use.send(Tenant, tenant=tenant)
    for _, held in answers:
        for user_id, amounts in held.items():
            before = total.get(user_id, {})
            total[user_id] = {r: before.get(r, 0) + amounts.get(r, 0) for r in Resource}
    return total


def holders_of(tenant: Tenant, *, most: int) -> Sequence[Holding]:
    answers: list[tuple[Any, Any]] = holders.send(Tenant, tenant=tenant, most=most)
    return [one for _, found in answers for one in found][:most]
