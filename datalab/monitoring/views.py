"""For probes and scrapers: no session, no JSON API, and nothing that names a host or holds a secret."""

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from datalab.monitoring import checking
from datalab.monitoring.checking import Seen, State
from datalab.monitoring.scraping import exposition

_UNCACHED = {"Cache-Control": "no-store"}


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """200 while the process answers, whatever else is broken: for a supervisor that would restart it."""
    return HttpResponse("ok", content_type="text/plain", headers=_UNCACHED)


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """503 while a part fails, with its name. `?only=database` looks at that one alone; repeatable."""
    only = request.GET.getlist("only")
    seen = [one for one in checking.checks.look() if not only or one.part.name in only]
    failing = _failing(seen)
    body = {
        "status": "failing" if failing else "ready",
        "failing": failing,
        "parts": {one.part.name: one.state for one in seen},
    }
    return JsonResponse(body, status=503 if failing or not seen else 200, headers=_UNCACHED)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """As if it did not exist, but for who sends the scraper's token."""
    if not may_scrape(request.headers.get("Authorization", "")):
        return HttpResponseNotFound("There is nothing here.\n", content_type="text/plain")
    return HttpResponse(
        exposition(of_platform=True), content_type=CONTENT_TYPE_LATEST, headers=_UNCACHED
    )


def may_scrape(authorization: str) -> bool:
    token = settings.METRICS_TOKEN
    return bool(token) and constant_time_compare(authorization, f"Bearer {token}")


def _failing(seen: Sequence[Seen]) -> list[str]:
    return [one.part.name for one in seen if one.state is State.FAILING]
