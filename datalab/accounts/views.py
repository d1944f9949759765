"""The three addresses of signing in and out. Everything else about accounts is the API's."""

from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.timezone import now
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
    OIDCLogoutView,
)

from datalab.accounts.acting import EndedBecause
from datalab.accounts.actions import note_sign_out
from datalab.accounts.discovery import endpoints
from datalab.accounts.models import User
from datalab.accounts.outcome import SignInError, failure_page, noted_failure
from datalab.accounts.slots import NoSlot, back_channel_slot
from datalab.accounts.support import end_in
from datalab.core.errors import ProviderError

LONGEST_SESSION = timedelta(seconds=settings.SESSION_COOKIE_AGE)
_WAIT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>One moment…</title>
<meta http-equiv="refresh" content="1"><p>Many people are signing in. One moment…</p></html>"""


class SignInView(OIDCAuthenticationRequestView):
    """Off to the issuer. `?prompt=login` asks for the password again: "use another account"."""

    def __init__(self, **kwargs: object) -> None:
        super(OIDCAuthenticationRequestView, self).__init__(**kwargs)
        self.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_ID

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            self.OIDC_OP_AUTH_ENDPOINT = endpoints().authorization
        except ProviderError:
            return failure_page(SignInError.TRY_AGAIN)
        answer: HttpResponse = super().get(request)
        return answer

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        return {"prompt": "login"} if request.GET.get("prompt") == "login" else {}


class CallbackView(OIDCAuthenticationCallbackView):
    """Back from the issuer. Any failure ends on the sign-in page, never in an error."""

    request: HttpRequest

    def get(self, request: HttpRequest) -> HttpResponse:
        states = request.session.get("oidc_states") or {}
        state = request.GET.get("state", "")
        if state not in states:
            # Too old, used already, or begun in another browser: nothing here is touched.
            return failure_page(SignInError.TRY_AGAIN)
        try:
            if not _names_our_issuer(request) or "error" in request.GET:
                del states[state]
                request.session.modified = True
                return failure_page(SignInError.FAILED)
            with back_channel_slot():
                answer: HttpResponse = super().get(request)
        except NoSlot:
            return _one_moment()
        except ProviderError:
            return failure_page(SignInError.TRY_AGAIN)
        return answer

    def login_success(self) -> HttpResponse:
        # When somebody else was signed in here, signing in empties the session.
        kept = {key: self.request.session.get(key) for key in ("oidc_id_token", "oidc_login_next")}
        super().login_success()
        self.request.session.update(kept)
        self.request.session.set_expiry(now() + LONGEST_SESSION)
        target = self.success_url
        del self.request.session["oidc_login_next"]
        return HttpResponseRedirect(target)

    def login_failure(self) -> HttpResponse:
        error = noted_failure(self.request)
        if error is SignInError.NO_ACCESS:
            auth.logout(self.request)
        return failure_page(error)


class SignOutView(OIDCLogoutView):
    """Out of here, then out of the issuer's own session."""

    def post(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            end_in(request.session, because=EndedBecause.SIGNED_OUT, now=now())
            note_sign_out(user=request.user)
        answer: HttpResponse = super().post(request)
        return answer


def _names_our_issuer(request: HttpRequest) -> bool:
    """Against mix-up of issuers: https://datatracker.ietf.org/doc/html/rfc9207"""
    named = request.GET.get("iss")
    if named is None:
        return not endpoints().names_itself
    return bool(named == settings.OIDC_ISSUER)


def _one_moment() -> HttpResponse:
    """The browser comes again by itself: the code in its address is still unused."""
    return HttpResponse(_WAIT, status=503, headers={"Retry-After": "1"})


def sign_out_url(request: HttpRequest) -> str:
    """Where the issuer ends its own session; the page where it cannot, or does not answer."""
    page = f"{settings.ORIGIN}/"
    try:
        end_session = endpoints().end_session
    except ProviderError:
        return page
    if not end_session:
        return page
    query = {
        "client_id": settings.OIDC_RP_CLIENT_ID,
        "id_token_hint": request.session.get("oidc_id_token", ""),
        "post_logout_redirect_uri": page,
    }
    return f"{end_session}?{urlencode({name: text for name, text in query.items() if text})}"
