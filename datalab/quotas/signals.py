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
