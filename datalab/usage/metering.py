"""Keeps the open intervals equal to what a service holds. Call in the transaction that changes it.

It compares and mends, so it can be called after any change and any number of times: a launch, a
pause, another size, another owner, the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from datalab.usage.amounts import Amounts, Holding, whole_second
from datalab.usage.models import UsageInterval

Held = Mapping[Holding, Amounts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Whose use it is from now on."""

    service_id: UUID
    service: str
    tenant_id: UUID
    tenant: str
    owner_id: int | None
    owner: str
    catalog: str
    chart: str


def meter(who: Who, held: Held, *, at: datetime) -> int:
    """Close what is no longer so, open what is new. Returns how many intervals were changed."""
    moment = whole_second(at)
    rows = {Holding(row.holding): row for row in _open(who.service_id)}
    changed = 0
    for holding in Holding:
        row, amounts = rows.get(holding), held.get(holding)
        if row is not None and amounts is not None and _same(row, who, amounts):
            continue
        if row is not None:
            changed += _close(row, moment)
        if amounts is not None:
            _start(who, holding, amounts, moment)
            changed += 1
    return changed


def end(service_id: UUID, *, at: datetime) -> int:
    """It holds nothing any more. Returns how many intervals were open."""
    return sum(_close(row, whole_second(at)) for row in _open(service_id))


def differs(who: Who, held: Held, rows: Mapping[Holding, UsageInterval]) -> bool:
    """Whether `meter` would change something."""
    if set(rows) != set(held):
        return True
    return any(not _same(rows[holding], who, amounts) for holding, amounts in held.items())


def _open(service_id: UUID) -> list[UsageInterval]:
    return list(UsageInterval.objects.open().filter(service_id=service_id))


def _close(row: UsageInterval, at: datetime) -> int:
    """Never before its start: clocks of two machines differ."""
    ended = max(at, row.started_at)
    return UsageInterval.objects.open().filter(pk=row.pk).update(ended_at=ended)


def _start(who: Who, holding: Holding, amounts: Amounts, at: datetime) -> None:
    UsageInterval.objects.create(
        service_id=who.service_id,
        service=who.service,
        tenant_id=who.tenant_id,
        tenant=who.tenant,
        owner_id=who.owner_id,
        owner=who.owner,
        catalog=who.catalog,
        chart=who.chart,
        holding=holding.value,
        cpu=amounts.cpu,
        memory=amounts.memory,
        storage=amounts.storage,
        gpu=dict(amounts.gpu),
        started_at=at,
    )


def _same(row: UsageInterval, who: Who, amounts: Amounts) -> bool:
    return row.amounts == amounts and (row.owner_id, row.chart, row.catalog) == (
        who.owner_id,
        who.chart,
        who.catalog,
    )
