"""Who was refused at a tool's door, or a stream of events, told to the audit.

Plain functions of the database. They run in a thread of their own and the refused wait for it:
so a script that hammers slows itself down, and nobody who may enter.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from structlog.contextvars import bound_contextvars

from datalab.accounts.models import ApiToken, User, digest_of
from datalab.core.denials import denied
from datalab.core.errors import DatalabError, OutOfReach
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
    _tell(
        actor,
        tenant_id,
        route=ROUTE,
        method=refusal.method,
        status=refusal.status,
        code=refusal.code,
        address=refusal.address,
    )


def note_watcher(
    error: DatalabError, *, route: str, user: int | None, bearer: str, address: str, at: datetime
) -> None:
    """By the API's rule: a credential that is no good, a right that is missing, another's tenant.

    `user` None: nobody is known yet but by the token.
    """
    status = error.http_status
    if not (isinstance(error, OutOfReach) or status == 403 or (status == 401 and bearer)):
        return
    actor = _holder_of_token(bearer, at)
    if user is not None:
        actor = User.objects.values_list("username", flat=True).get(pk=user)
    _tell(
        actor,
        error.tenant_id if isinstance(error, OutOfReach) else None,
        route=route,
        method="GET",
        status=status,
        code=error.code,
        address=address,
    )


def _tell(
    actor: str,
    tenant_id: UUID | None,
    *,
    route: str,
    method: str,
    status: int,
    code: str,
    address: str,
) -> None:
    with bound_contextvars(address=address):
        denied.send(
            None,
            actor=actor,
            tenant_id=tenant_id,
            method=method if method in _METHODS else "OTHER",
            route=route,
            status=status,
            code=code,
        )


def _holder_of(refusal: Refusal, at: datetime) -> str:
    """Empty for a token that is not good, as in the API. A pass names who got it, good or not."""
    if refusal.token:
        return _holder_of_token(refusal.token, at)
    passes = DoorPass.objects.filter(digest=digest_of(refusal.secret))
    return passes.values_list("user__username", flat=True).first() or ""


def _holder_of_token(token: str, at: datetime) -> str:
    tokens = ApiToken.objects.usable(at).filter(digest=digest_of(token))
    return tokens.values_list("user__username", flat=True).first() or ""
