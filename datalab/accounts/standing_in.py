"""Each request of a session that acts as a member: who it is, and what it may not do."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.timezone import now
from structlog.contextvars import bind_contextvars

from datalab.accounts.acting import ActingSession
from datalab.accounts.support import SESSION_KEY
from datalab.core.denials import tell
from datalab.core.middleware import Answer

_SAFE = {"GET", "HEAD", "OPTIONS"}
_ENDED = "You do not act as somebody else any more. Reload the page, then try again as yourself."
_CLOSED = "Not while you act as somebody else: stop acting first."


class StandingIn:
    """Sets `request.acting`; answers itself what is closed.

    Every view that changes something is closed, unless its class says `open_to_acting`: so a new
    one is closed until somebody has thought about it.
    """

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request)

    def process_view(
        self, request: HttpRequest, view: Any, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        if not request.path.startswith("/api/") or "Authorization" in request.headers:
            return None
        key = request.session.get(SESSION_KEY)
        if key is None:
            return None
        changes = request.method not in _SAFE
        acting = _going(key, request)
        if acting is None:
            del request.session[SESSION_KEY]
            # What was meant for the member must not be done as oneself.
            return _no("acting_ended", _ENDED, 409) if changes else None
        request.acting = acting  # type: ignore[attr-defined]
        bind_contextvars(acting=acting.actor.username)
        if changes and not getattr(getattr(view, "cls", None), "open_to_acting", False):
            tell(request, user=acting.member, tenant_id=None, status=403, code="not_while_acting")
            return _no("not_while_acting", _CLOSED, 403)
        return None


def _going(key: str, request: HttpRequest) -> ActingSession | None:
    if not request.user.is_authenticated:
        return None
    rows = ActingSession.objects.going(now()).select_related("actor", "member")
    return rows.filter(pk=key, actor=request.user.pk).first()


def _no(code: str, detail: str, status: int) -> JsonResponse:
    return JsonResponse({"code": code, "detail": detail}, status=status)
