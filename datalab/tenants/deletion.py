"""Deleting a tenant in two steps: what goes, and with the confirmation of that list, the order."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.core import signing
from django.db import transaction
from django.utils.timezone import now

from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.errors import Conflict, InvalidInput
from datalab.providers import registry
from datalab.tenants import signals
from datalab.tenants.access import access_counts
from datalab.tenants.lifecycle import RemovalStep, Wanted
from datalab.tenants.models import Tenant
from datalab.tenants.removal import in_words
from datalab.tenants.waking import wake

CONFIRM_WITHIN = timedelta(minutes=15)
COUNTED_AT_MOST = 100_000
"""Objects. More are not counted: the list says "more than"."""
_SALT = "datalab.tenants.deletion"
_CANCELLABLE = ("", RemovalStep.RETENTION.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What goes with a tenant. `things` have names; of the others there are just numbers."""

    things: list[dict[str, str]]
    counts: dict[str, int]
    size: int
    more_objects: bool

    @property
    def digest(self) -> str:
        """Of what it says: the same for the same list only."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def totals(self) -> dict[str, int]:
        """As numbers alone, for the audit and for what stays of the tenant."""
        kinds = sorted({one["kind"] for one in self.things})
        named = {kind: sum(one["kind"] == kind for one in self.things) for kind in kinds}
        return {**named, **self.counts, "bytes": self.size}


def what_goes(tenant: Tenant) -> Leaving:
    """Raises ProviderError where a part cannot say: nobody confirms a list with holes."""
    held = registry.object_store().count(tenant.bucket, at_most=COUNTED_AT_MOST)
    counts = {
        **access_counts(tenant),
        "objects": held.objects,
        "secrets": len(registry.secret_store().list(tenant.slug, "")),
    }
    things: list[dict[str, str]] = []
    for _, answer in signals.listing.send(Tenant, tenant=tenant):
        told = cast("signals.Told", answer)
        things += told.things
        counts |= told.counts
    return Leaving(things=things, counts=counts, size=held.size, more_objects=held.more)


def confirmation_of(tenant: Tenant, leaving: Leaving, by: str) -> str:
    """Good for this person, this list and a few minutes."""
    said = {"tenant": str(tenant.id), "list": leaving.digest, "by": by}
    return signing.dumps(said, salt=_SALT)


def check_confirmation(tenant: Tenant, confirmation: str, by: str) -> Leaving:
    """The list as it is now. InvalidInput for no good confirmation, Conflict where it has changed."""
    try:
        said = signing.loads(confirmation, salt=_SALT, max_age=CONFIRM_WITHIN)
    except signing.SignatureExpired:
        raise _no_good("It is older than 15 minutes.") from None
    except signing.BadSignature:
        raise _no_good("It is none of ours.") from None
    if (said["tenant"], said["by"]) != (str(tenant.id), by):
        raise _no_good("It was given for another tenant, or to somebody else.")
    leaving = what_goes(tenant)
    if said["list"] != leaving.digest:
        raise Conflict(
            "What goes has changed since you looked: look at the list again. While tools write "
            "files that happens again and again; suspend the tenant first."
        )
    return leaving


def _no_good(why: str) -> InvalidInput:
    return InvalidInput(
        f"This confirmation cannot be used. {why} Look at what goes again.",
        fields={"confirmation": why},
    )


@transaction.atomic
def order_deletion(
    *, tenant: Tenant, leaving: Leaving, keep_until: datetime | None, by: str
) -> None:
    """Everything pauses now. A worker destroys it, after `keep_until` where that is given."""
    was = tenant.wanted
    at = now()
    moved = (
        Tenant.objects.filter(pk=tenant.pk)
        .exclude(wanted=Wanted.REMOVED.value)
        .update(
            wanted=Wanted.REMOVED.value,
            remove_after=keep_until,
            removal_step=RemovalStep.RETENTION.value if keep_until else "",
            removal={
                "by": by,
                "at": at.isoformat(),
                "was": was,
                "totals": leaving.totals,
                "more_objects": leaving.more_objects,
            },
        )
    )
    if not moved:
        raise Conflict(f"{tenant.display_name} is being deleted already.")
    tenant.refresh_from_db()
    signals.suspended.send(Tenant, tenant=tenant, reason="It is being deleted.", by=by)
    record(
        EventType.TENANT_DELETION_ASKED,
        actor=by,
        tenant_id=tenant.id,
        before={"wanted": was},
        after={"wanted": Wanted.REMOVED.value},
        tenant=tenant.slug,
        keep_until=keep_until.isoformat() if keep_until else "",
        goes=in_words(leaving.totals),
    )
    wake(tenant)


@transaction.atomic
def cancel_deletion(*, tenant: Tenant, by: str) -> None:
    """As it was before. Conflict once something was destroyed, or where nothing was asked."""
    was = str(tenant.removal.get("was", Wanted.SUSPENDED.value))
    moved = Tenant.objects.filter(
        pk=tenant.pk, wanted=Wanted.REMOVED.value, removal_step__in=_CANCELLABLE
    ).update(wanted=was, remove_after=None, removal_step="", removal={})
    if not moved:
        raise Conflict(
            "There is no deletion that could be cancelled: none was asked for, or it has begun."
        )
    tenant.refresh_from_db()
    if was == Wanted.ACTIVE.value:
        signals.reactivated.send(Tenant, tenant=tenant, by=by)
    record(
        EventType.TENANT_DELETION_CANCELLED,
        actor=by,
        tenant_id=tenant.id,
        before={"wanted": Wanted.REMOVED.value},
        after={"wanted": was},
        tenant=tenant.slug,
    )
    wake(tenant)


def progress_of(tenant: Tenant) -> dict[str, Any] | None:
    """How far its deletion is; None where none was asked for."""
    if tenant.wanted != Wanted.REMOVED.value:
        return None
    return {
        "step": tenant.removal_step or RemovalStep.SERVICES.value,
        "by": tenant.removal.get("by", ""),
        "asked_at": tenant.removal.get("at"),
        "keep_until": tenant.remove_after,
        "totals": tenant.removal.get("totals", {}),
        "services_left": tenant.removal.get("services_left", 0),
        "objects_deleted": tenant.removal.get("objects_deleted", 0),
        "problem": tenant.error_detail,
        "cancellable": tenant.removal_step in _CANCELLABLE,
    }
