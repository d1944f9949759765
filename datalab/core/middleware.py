"""What every request and every answer has in common."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars

from datalab.core import metrics
from datalab.core.caller import address_of

log = structlog.get_logger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
_PERSONAL = re.compile(r"/(api|o|oidc|open)(/|$)")


class RequestLog:
    """One id per request, in every line that it logs and in its answer; taken over if sent."""

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("X-Request-ID", "")
        request_id = sent if _REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
        clear_contextvars()
        bind_contextvars(request_id=request_id, address=_address(request))
        began = time.perf_counter()
        response = self._answer(request)
        response["X-Request-ID"] = request_id
        # The path only: a query may carry a code.
        took = time.perf_counter() - began
        log.info(
            "request_answered",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round(took * 1000, 1),
        )
        _measure(request, response, took)
        clear_contextvars()
        return response


def _address(request: HttpRequest) -> str:
    return address_of(
        request.META.get("REMOTE_ADDR", ""),
        request.headers.get("X-Forwarded-For", ""),
        proxies=settings.TRUSTED_PROXIES,
        networks=settings.PROXY_NETWORKS,
    )


def _measure(request: HttpRequest, response: HttpResponse, took: float) -> None:
    """By the address's template: there are as many as the platform has, whatever is asked for."""
    matched = request.resolver_match
    metrics.HTTP_SECONDS.labels(
        method=request.method if request.method in _METHODS else "OTHER",
        route=matched.route if matched else "",
        status=response.status_code,
    ).observe(took)


class AnswerHeaders:
    """What a browser must not do with our answers."""

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._answer(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        if _PERSONAL.match(request.path) and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response
