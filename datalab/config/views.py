"""The page: one document for all of its addresses."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.http import require_safe

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Datalab</title>
<body style="font: 1rem/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>The page is not built yet</h1>
<p>The platform runs, and its <a href="/api/v1/schema">API</a> answers. To build the page:</p>
<pre>cd frontend &amp;&amp; npm ci &amp;&amp; npm run build</pre>
<p><code>make up</code> does this by itself. Then restart the portal.</p></body></html>"""


@require_safe
@ensure_csrf_cookie
def page(_request: HttpRequest) -> HttpResponse:
    """Asked for anew each time: it names the hashed files of the present build."""
    index = settings.FRONTEND_DIR / "index.html"
    try:
        response = HttpResponse(index.read_bytes())
    except FileNotFoundError:
        response = HttpResponse(_NOT_BUILT, status=503)
    patch_cache_control(response, no_cache=True, private=True)
    return response


@csrf_exempt
def no_such_endpoint(_request: HttpRequest) -> JsonResponse:
    body = {"code": "not_found", "detail": "There is no such address in the API."}
    return JsonResponse(body, status=404)
