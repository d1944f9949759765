"""How the API knows its callers: a bearer token, or the session of the page."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.timezone import now
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from structlog.contextvars import bind_contextvars, get_contextvars

from datalab.accounts.acting import acting_in
from datalab.accounts.actions import may_enter, sign_in
from datalab.accounts.group_rules import profile_of
from datalab.accounts.models import TOKEN_PREFIX, ApiToken, User, digest_of
from datalab.accounts.reach import Verbs
from datalab.accounts.slots import back_channel_slot
from datalab.core.errors import NotAllowed, NotSignedIn
from datalab.core.metrics import TOKENS_USED
from datalab.providers import registry

USE_NOTED_EVERY = timedelta(minutes=1)
REFUSED = "This token is not valid, has expired, or was revoked."


def user_of_bearer(token: str, *, address: str = "") -> User:
    """Whose token it is: Datalab's own, or an access token of the issuer. Else NotSignedIn.

    The person reaches as far as the token. `address` is kept with the time of the last use.
    """
    is_ours = token.startswith(TOKEN_PREFIX)
    outcome = "refused"
    try:
        user = _user_of_datalab_token(token, address) if is_ours else _user_of_issuer_token(token)
        outcome = "accepted"
    finally:
        TOKENS_USED.labels(kind="datalab" if is_ours else "issuer", outcome=outcome).inc()
    return user


def _user_of_datalab_token(token: str, address: str) -> User:
    at = now()
    row = ApiToken.objects.usable(at).select_related("user").filter(digest=digest_of(token)).first()
    if row is None:
        raise NotSignedIn(REFUSED)
    noted = row.last_used_at
    if noted is None or noted <= at - USE_NOTED_EVERY:
        # Conditional: of many calls at once one writes.
        stale = Q(last_used_at=None) | Q(last_used_at__lte=at - USE_NOTED_EVERY)
        used = ApiToken.objects.filter(stale, pk=row.pk)
        used.update(last_used_at=at, last_used_from=address[:45])
    return row.user.within(row.reach)


def _user_of_issuer_token(token: str) -> User:
    with back_channel_slot():
        identity = registry.identity_provider().identify(token)
    profile = profile_of(identity)
    known = User.objects.filter(issuer=identity.issuer, subject=identity.subject).first()
    if known is None and profile.grants:
        known = sign_in(profile=profile)
    if known is None or not may_enter(known, profile):
        raise NotSignedIn(REFUSED)
    return known


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`. Comes first, so that no credentials at all are a 401."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        address = str(get_contextvars().get("address", ""))
        try:
            user = user_of_bearer(token.decode("ascii").strip(), address=address)
        except (NotSignedIn, UnicodeDecodeError):
            raise AuthenticationFailed(REFUSED) from None
        bind_contextvars(user_id=user.pk)
        # Known before the token's verbs are looked at: a refusal is written down with its name.
        request.user = user
        _check_verb(user, request)
        return user, "bearer"

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="datalab"'


def _check_verb(user: User, request: Request) -> None:
    """Here and not in a permission class: no view can leave it out."""
    view = (request.parser_context or {}).get("view")
    declared: Verbs | None = getattr(view, "verbs", None)
    needed = declared.for_method(request.method) if declared else None
    if declared is None or needed is None:
        raise NotAllowed("No token opens this. Sign in at the page.")
    if declared.whole and not user.reach.is_everything:
        raise NotAllowed("Only a token for everything keeps tokens. Or sign in at the page.")
    if needed not in user.reach.verbs:
        have = ", ".join(sorted(user.reach.verbs)) or "nothing"
        raise NotAllowed(f"This needs a token with the verb {needed}; this one has {have}.")


class PageAuthentication(SessionAuthentication):
    """The page's session, and its CSRF token with every unsafe method.

    Where somebody acts as a member, it is the member who calls.
    """

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        acting = acting_in(request)
        user = found[0] if acting is None else acting.member
        bind_contextvars(user_id=user.pk)
        return user, None
