"""The one place where errors become HTTP responses."""

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from datalab.core.denials import tell_denial
from datalab.core.errors import DatabaseBusy, DatalabError, ProviderError
from datalab.core.parsing import TooLarge

log = structlog.get_logger(__name__)


def error_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Render every expected error as `{code, detail}`, plus `fields` where input is wrong."""
    if isinstance(exc, ProviderError):
        # The cause may name hosts and paths: log it, never return it.
        log.warning("provider_failed", provider=exc.provider, code=exc.code, exc_info=exc)
    if isinstance(exc, OperationalError):
        # It is not reached, or somebody waited too long for a lock: rolled back either way.
        log.error("database_failed", exc_info=exc)
        exc = DatabaseBusy("The platform is busy. Try again in a moment.")
    if isinstance(exc, DatalabError):
        response: Response | None = Response(exc.body(), status=exc.http_status)
    else:
        response = _framework_error(exc, context)
    if response is not None:
        _as_json(context)
        tell_denial(exc, context, status=response.status_code, code=response.data["code"])
    return response


def _as_json(context: dict[str, Any]) -> None:
    """An error is JSON also where a table or lines were asked for."""
    request = context.get("request")
    if request is not None:
        request.accepted_renderer = JSONRenderer()
        request.accepted_media_type = JSONRenderer.media_type


def _framework_error(exc: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(exc, RequestDataTooBig):
        exc = TooLarge()
    response = exception_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, exceptions.ValidationError):
        fields = _flat(exc.detail)
        response.data = {"code": "invalid_input", "detail": _summary(fields), "fields": fields}
    else:
        response.data = {"code": _code_of(exc), "detail": str(response.data.get("detail", ""))}
    return response


def _code_of(exc: Exception) -> str:
    if isinstance(exc, Http404):
        return "not_found"
    if isinstance(exc, PermissionDenied):
        return "not_allowed"
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return "not_signed_in"
    return str(getattr(exc, "default_code", "error"))


def _flat(detail: Any, path: str = "") -> dict[str, list[str]]:
    """DRF's nested errors as dotted paths to lists of sentences."""
    if isinstance(detail, dict):
        merged: dict[str, list[str]] = {}
        for key, value in detail.items():
            merged.update(_flat(value, f"{path}.{key}" if path else str(key)))
        return merged
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        merged = {}
        for index, item in enumerate(detail):
            merged.update(_flat(item, f"{path}[{index}]"))
        return merged
    texts = detail if isinstance(detail, list) else [detail]
    return {path or "non_field_errors": [str(text) for text in texts]} if texts else {}


def _summary(fields: dict[str, list[str]]) -> str:
    return " ".join(f"{path}: {' '.join(texts)}" for path, texts in list(fields.items())[:3])
