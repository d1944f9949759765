"""The provider's session apart from the portal's: its own cookie, below /o/, and its own table.

With one session for both, typing a password at the provider would already sign in to the portal:
no PKCE, no nonce, no look at the groups.
"""

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

from datalab.embedded.provider.models import ProviderSession

COOKIE = "datalab_op"
PATH = "/o/"


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[ProviderSession]:
        return ProviderSession


class _ProvidersOwn(SessionMiddleware):
    """Django's middleware, which knows one cookie: the other one is shown to it under that name."""

    def __init__(self, get_response: object) -> None:
        super().__init__(get_response)  # type: ignore[arg-type]
        self.SessionStore = SessionStore

    def process_request(self, request: HttpRequest) -> None:
        request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        if COOKIE in request.COOKIES:
            request.COOKIES[settings.SESSION_COOKIE_NAME] = request.COOKIES[COOKIE]
        super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        cookie = response.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        if cookie is not None:
            response.set_cookie(
                COOKIE,
                cookie.value,
                max_age=cookie["max-age"] if cookie["max-age"] != "" else None,
                path=PATH,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response


class ProviderSessions:
    """In the place of Django's SessionMiddleware."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: object) -> None:
        self._portal = SessionMiddleware(get_response)  # type: ignore[arg-type]
        self._provider = _ProvidersOwn(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        middleware = self._provider if request.path.startswith(PATH) else self._portal
        return middleware(request)  # type: ignore[return-value]
