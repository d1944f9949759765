"""What an administrator does with prices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction

from datalab.accounts.models import User
from datalab.audit.models import EventType
from datalab.audit.record import Detail, record
from datalab.core.errors import Conflict, InvalidInput
from datalab.usage.models import PriceVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrices:
    valid_from: date
    currency: str
    cpu_hour: Decimal
    memory_gib_hour: Decimal
    gpu_hour: Decimal
    storage_gib_month: Decimal
    devices: Mapping[str, Decimal] = field(default_factory=dict)


@transaction.atomic
def set_prices(*, new: NewPrices, by: User, today: date) -> PriceVersion:
    """From a day on: today or later, so that no past use ever changes its cost.

    The very first prices may begin in the past: what was used before had none.
    """
    versions = PriceVersion.objects.select_for_update().order_by("valid_from")
    others = [row for row in versions if row.valid_from != new.valid_from]
    if len(versions) and new.valid_from < today:
        text = f"must be {today.isoformat()} or later: past use keeps its prices"
        raise InvalidInput(f"valid_from: {text}.", fields={"valid_from": text})
    if others and others[0].currency != new.currency:
        raise Conflict(f"Prices are in {others[0].currency}: sums of two currencies mean nothing.")
    replaced = PriceVersion.objects.filter(valid_from=new.valid_from).first()
    row, _ = PriceVersion.objects.update_or_create(
        valid_from=new.valid_from,
        defaults={
            "currency": new.currency,
            "cpu_hour": new.cpu_hour,
            "memory_gib_hour": new.memory_gib_hour,
            "gpu_hour": new.gpu_hour,
            "storage_gib_month": new.storage_gib_month,
            "devices": {name: str(price) for name, price in new.devices.items()},
            "set_by": by.username,
        },
    )
    row.refresh_from_db()
    record(
        EventType.PRICES_CHANGED,
        actor=by.username,
        before=_told(replaced) if replaced else None,
        after=_told(row),
        target=new.valid_from.isoformat(),
    )
    return row


def _told(row: PriceVersion) -> dict[str, Detail]:
    return {
        "valid_from": row.valid_from.isoformat(),
        "currency": row.currency,
        "cpu_hour": str(row.cpu_hour),
        "memory_gib_hour": str(row.memory_gib_hour),
        "gpu_hour": str(row.gpu_hour),
        "storage_gib_month": str(row.storage_gib_month),
        "devices": dict(row.devices),
    }
