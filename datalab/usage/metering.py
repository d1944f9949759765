"""Keeps the open intervals equal to what a service holds. Call in the transaction that changes it.

It compares and mends, so it can be called after any change and any number of times: a launch, a
pause, another size, another owner, the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from uuid import UUID

from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Greatest

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


def meter(holders: Sequence[tuple[Who, Held]], *, at: datetime) -> int:
    """Close what is no longer so, open what is new. Returns how many intervals were changed.

    Of many services at once: three queries, however many there are.
    """
    rows = _open([who.service_id for who, _ in holders])
    over: list[int] = []
    new: list[UsageInterval] = []
    for (who, held), holding in product(holders, Holding):
        row, amounts = rows.get((who.service_id, holding)), held.get(holding)
        if row is not None and amounts is not None and _same(row, who, amounts):
            continue
        if row is not None:
            over.append(row.pk)
        if amounts is not None:
            new.append(_interval(who, holding, amounts, whole_second(at)))
    changed = _close(over, at) + len(new)
    UsageInterval.objects.bulk_create(new)
    return changed


def end(service_ids: Iterable[UUID], *, at: datetime) -> int:
    """They hold nothing any more. Returns how many intervals were open."""
    return _close([row.pk for row in _open(service_ids).values()], at)


def differs(who: Who, held: Held, rows: Mapping[Holding, UsageInterval]) -> bool:
    """Whether `meter` would change something."""
    if set(rows) != set(held):
        return True
    return any(not _same(rows[holding], who, amounts) for holding, amounts in held.items())


def _open(service_ids: Iterable[UUID]) -> dict[tuple[UUID, Holding], UsageInterval]:
    rows = UsageInterval.objects.open().filter(service_id__in=list(service_ids))
    return {(row.service_id, Holding(row.holding)): row for row in rows}


def _close(rows: Sequence[int], at: datetime) -> int:
    """Never before its start: clocks of two machines differ."""
    if not rows:
        return 0
    moment = Value(whole_second(at), output_field=DateTimeField())
    found = UsageInterval.objects.open().filter(pk__in=rows)
    return found.update(ended_at=Greatest(moment, F("started_at")))


def _interval(who: Who, holding: Holding, amounts: Amounts, at: datetime) -> UsageInterval:
    return UsageInterval(
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
