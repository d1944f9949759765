"""Who was refused at a tool's door, told to the audit.

Plain functions of the database. They run in a thread of their own and the refused wait for it:
so a script that hammers slows itself down, and nobody who may enter.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from structlog.contextvars import bound_contextvars

from datalab.accounts.models import ApiToken, digest_of
from datalab.core.denials import denied
from datalab.gate.models import DoorPass
from datalab.gate.rights import tenant_at

ROUTE = "/tools/{service}"
_METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What was answered to whom. `token` or `secret` is what they showed; neither is kept."""

    label: str
    method: str
    status: int
    code: str
    address: str
    token: str = ""
    secret: str = ""


def note_refusal(refusal: Refusal, at: datetime) -> None:
    """A tool that is simply not there is no denial; what nobody can know the caller by is."""
    actor = _holder_of(refusal, at)
    tenant_id: UUID | None = None
    if actor:
        tenant_id = tenant_at(refusal.label)
        if tenant_id is None:
            return
    with bound_contextvars(address=refusal.address):
        denied.send(
            None,
            actor=actor,
            tenant_id=tenant_id,
            method=refusal.method if refusal.method in _METHODS else "OTHER",
            route=ROUTE,
            status=refusal.status,
            code=refusal.code,
        )


def _holder_of(refusal: Refusal, at: datetime) -> str:
    """Empty for a token that is not good, as in the API. A pass names who got it, good or not."""
    if refusal.token:
        tokens = ApiToken.objects.usable(at).filter(digest=digest_of(refusal.token))
        name = tokens.values_list("user__username", flat=True).first()
    else:
        passes = DoorPass.objects.filter(digest=digest_of(refusal.secret))
        name = passes.values_list("user__username", flat=True).first()
    return name or ""
