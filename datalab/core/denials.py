"""Telling that somebody was refused. Who writes it down stands above, and listens."""

import re
import uuid
from collections.abc import Mapping
from typing import Any

from django.dispatch import Signal
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed

from datalab.core.errors import OutOfReach

denied = Signal()
"""Sent with `actor`, `tenant_id`, `method`, `route`, `status` and `code`, outside transactions.

`route` is the address's pattern: neither names in it, nor the query, nor the body.
"""

_REFUSALS = {401, 403}


def tell_denial(exc: Exception, context: Mapping[str, Any], *, status: int, code: str) -> None:
    """Send `denied` where this answer refuses somebody; a mere "sign in first" does not."""
    if status not in _REFUSALS and not isinstance(exc, OutOfReach):
        return
    if status == 401 and not isinstance(exc, AuthenticationFailed):
        return
    tell(
        context["request"]._request,  # noqa: SLF001 - Django's own, which has the route
        user=None if status == 401 else context["request"].user,
        tenant_id=_tenant_of(exc, context.get("view")),
        status=status,
        code=code,
    )


def tell(
    request: HttpRequest, *, user: Any, tenant_id: uuid.UUID | None, status: int, code: str
) -> None:
    match = request.resolver_match
    denied.send(
        None,
        actor=user.get_username() if user is not None and user.is_authenticated else "",
        tenant_id=tenant_id,
        method=str(request.method),
        route=_plain(match.route) if match else "",
        status=status,
        code=code,
    )


def _plain(route: str) -> str:
    """As the OpenAPI schema writes it: `/api/v1/tenants/{tenant}`."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)


def _tenant_of(exc: Exception, view: Any) -> uuid.UUID | None:
    if isinstance(exc, OutOfReach):
        return exc.tenant_id
    return getattr(getattr(view, "tenant", None), "id", None)
