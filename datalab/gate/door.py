"""The page's side of the door: somebody who is signed in is sent on to a tool, with a code."""

import re
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from datalab.accounts.models import User
from datalab.core.denials import tell
from datalab.core.errors import DatalabError, NotFound
from datalab.gate import pages
from datalab.gate.hosts import is_label
from datalab.gate.passes import issue_code, safe_path
from datalab.gate.rights import NO_SUCH_TOOL, find_tool, tenant_at
from datalab.launcher.models import Service

CALLBACK = "/_datalab/callback"
_STATE = re.compile(r"[0-9a-f]{64}")


@require_GET
def open_tool(request: HttpRequest) -> HttpResponse:
    """`?service=` is a host's first label or an id, `back` a path there, `state` comes from the gate."""
    if not isinstance(request.user, User):
        return _to_sign_in(request)
    label = ""
    try:
        label = _label_of(request.GET.get("service", ""))
        service = find_tool(request.user, label)
    except DatalabError as refused:
        _tell(request, label, refused)
        return _page(pages.refused(refused))
    state, back = request.GET.get("state", ""), safe_path(request.GET.get("back", "/"))
    if not _STATE.fullmatch(state):
        return _sent_to(service.url.rstrip("/") + back)
    code = issue_code(
        service=service,
        user=request.user,
        state=state,
        back=back,
        session=request.session.session_key or "",
        at=now(),
    )
    return _sent_to(service.url.rstrip("/") + CALLBACK + "?" + urlencode({"code": code}))


def _tell(request: HttpRequest, label: str, refused: DatalabError) -> None:
    """To the audit, where there is such a tool."""
    tenant_id = tenant_at(label)
    if tenant_id is not None:
        status, code = refused.http_status, refused.code
        tell(request, user=request.user, tenant_id=tenant_id, status=status, code=code)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Not LOGIN_URL: that is the built-in provider's own form, which signs in to itself only."""
    query = urlencode({"next": request.get_full_path()})
    return _sent_to(f"{reverse('oidc_authentication_init')}?{query}")


def _label_of(asked: str) -> str:
    """An id is tried first: one that begins with a letter also looks like a label."""
    try:
        found = Service.objects.filter(pk=UUID(asked)).values_list("host", flat=True).first()
    except ValueError:
        found = None
    if found is None and not is_label(asked):
        raise NotFound(NO_SUCH_TOOL)
    return found or asked


def _sent_to(url: str) -> HttpResponse:
    answer = HttpResponseRedirect(url)
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer


def _page(page: pages.Page) -> HttpResponse:
    return HttpResponse(page.html, status=page.status, headers=dict(pages.HTML_HEADERS))
