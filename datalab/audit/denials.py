"""Refusals as events, bounded: a script that hammers at a door cannot fill the database.

The first refusal of a kind to a caller in a minute is an event; the further ones of that minute
are counted, and told once in a second event when it is over.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.timezone import now
from structlog.contextvars import bound_contextvars, get_contextvars

from datalab.audit.models import DenialCount, EventType
from datalab.audit.plain import Plain
from datalab.audit.record import record

MOST_KINDS = 60
"""Different refusals of one caller within a minute that have events of their own."""
_CONTEXT = ("address", "request_id", "acting")
PASSES_AFTER = timedelta(minutes=1)


def note_denial(
    *,
    actor: str,
    tenant_id: UUID | None,
    method: str,
    route: str,
    status: int,
    code: str,
    at: datetime | None = None,
    **_: Any,
) -> None:
    """Receives `core.denials.denied`."""
    minute = (at or now()).replace(second=0, microsecond=0)
    context = get_contextvars()
    caller = _digest(actor, _net_of(str(context.get("address", ""))))
    told = {
        "actor": actor,
        "tenant_id": str(tenant_id) if tenant_id else None,
        "context": {name: str(context.get(name, "")) for name in _CONTEXT},
        "details": {"method": method, "route": route, "status": status, "code": code},
    }
    key = _digest(caller, tenant_id, method, route, code)
    if _counted(minute, key):
        return
    if DenialCount.objects.filter(minute=minute, caller=caller).count() >= MOST_KINDS:
        key = _digest(caller, "more")
        told |= {"tenant_id": None, "details": {"code": "and_more"}}
        if _counted(minute, key):
            return
    _write_first(minute=minute, key=key, caller=caller, told=told)


def tell_repetitions(at: datetime) -> int:
    """Turn the counts of minutes that are over into events; how many there were."""
    over = DenialCount.objects.filter(minute__lte=at - PASSES_AFTER).order_by("pk")
    done = 0
    for row in over[:1000]:
        with transaction.atomic():
            # Whoever takes the row away writes the event: of two workers, one.
            taken, _ = DenialCount.objects.filter(pk=row.pk, count=row.count).delete()
            if taken and row.count > 1:
                since = row.minute.astimezone(UTC).isoformat()
                _event(row.told, repeated=row.count - 1, since=since)
            done += taken
    return done


def _counted(minute: datetime, key: str) -> bool:
    row = DenialCount.objects.filter(minute=minute, key=key)
    return row.update(count=F("count") + 1) == 1


def _write_first(*, minute: datetime, key: str, caller: str, told: dict[str, Any]) -> None:
    try:
        with transaction.atomic():
            DenialCount.objects.create(minute=minute, key=key, caller=caller, told=told)
            _event(told)
    except IntegrityError:
        _counted(minute, key)  # another thread was first


def _event(told: dict[str, Any], **more: Plain) -> None:
    with bound_contextvars(**told["context"]):
        record(
            EventType.ACCESS_DENIED,
            actor=told["actor"],
            tenant_id=UUID(told["tenant_id"]) if told["tenant_id"] else None,
            **{**told["details"], **more},
        )


def _net_of(address: str) -> str:
    """Who has one IPv6 address has 2 to the 64 of them."""
    if not address:
        return ""
    if isinstance(ip_address(address), IPv6Address):
        return str(ip_network(f"{address}/64", strict=False))
    return address


def _digest(*parts: object) -> str:
    return sha256("\n".join(str(part) for part in parts).encode()).hexdigest()
