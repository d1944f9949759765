"""What people see in place of a tool, and programs as JSON. Pure; each page stands alone."""

import json
from dataclasses import dataclass
from html import escape
from string import Template

from datalab.core.errors import DatalabError, TenantSuspended
from datalab.gate.rights import NO_SUCH_TOOL, Standing
from datalab.launcher.lifecycle import Phase

RELOAD_AFTER = 2
"""Seconds until a page about something that passes asks again."""
HTML_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy",
     "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
     "frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)  # fmt: skip
JSON_HEADERS = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`code` is for programs, the rest for people. `passing`: worth asking again soon."""

    status: int
    code: str
    title: str
    text: str
    passing: bool = False
    origin: str = ""

    @property
    def html(self) -> str:
        link = f'<p><a href="{escape(self.origin)}">To Datalab</a></p>' if self.origin else ""
        reload = f'<meta http-equiv="refresh" content="{RELOAD_AFTER}">' if self.passing else ""
        return _HTML.substitute(
            title=escape(self.title),
            text=escape(self.text),
            reload=reload,
            link=link,
            mark="waiting" if self.passing else "resting",
        )

    @property
    def json(self) -> str:
        return json.dumps({"code": self.code, "detail": self.text})

    def answer(self, *, wants_html: bool) -> tuple[tuple[tuple[str, str], ...], bytes]:
        """Headers and body."""
        headers = HTML_HEADERS if wants_html else JSON_HEADERS
        if self.passing:
            headers = (*headers, ("Retry-After", str(RELOAD_AFTER)))
        return headers, (self.html if wants_html else self.json).encode()


def refused(error: DatalabError) -> Page:
    titles = {401: "Please sign in", 403: "Not for your role", 404: "Nothing here"}
    return Page(
        status=error.http_status,
        code=error.code,
        title=titles.get(error.http_status, "Refused"),
        text=error.detail,
    )


def nothing_here() -> Page:
    """The same for what never was, is gone, and belongs to another tenant."""
    return Page(status=404, code="not_found", title="Nothing here", text=NO_SUCH_TOOL)


def not_reachable(standing: Standing | None) -> Page:
    """For somebody who may use the tool. None where it is gone."""
    if standing is None:
        return nothing_here()
    if standing.suspended and standing.phase is not Phase.REMOVING:
        title = f"{standing.name} is closed"
        return Page(status=503, code=TenantSuspended.code, title=title, text=standing.message)
    return _at_rest(standing)


def _at_rest(standing: Standing) -> Page:
    name, why = standing.name, standing.message
    match standing.phase:
        case Phase.PAUSED | Phase.PAUSING:
            return _page(503, standing, f"{name} is paused", "Resume it in Datalab to go on.")
        case Phase.FAILED:
            return _page(502, standing, f"{name} has failed", why or "Its log says more.")
        case Phase.REMOVING:
            return nothing_here()
        case Phase.UNKNOWN:
            text = why or "Datalab cannot tell at the moment how it is. Nothing was stopped."
            return _page(503, standing, f"{name} does not answer", text, passing=True)
        case Phase.RUNNING:
            text = "It runs, but does not answer yet. This page asks again by itself."
            return _page(503, standing, f"{name} does not answer", text, passing=True)
        case Phase.QUEUED | Phase.PREPARING | Phase.STARTING:
            text = why or "This page opens it as soon as it answers."
            return _page(503, standing, f"{name} is starting", text, passing=True)


def _page(status: int, standing: Standing, title: str, text: str, *, passing: bool = False) -> Page:
    code = f"service_{standing.phase.value}"
    return Page(status=status, code=code, title=title, text=text, passing=passing)


_HTML = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">$reload
<title>$title</title>
<style>
:root { --back: #f6f7f9; --card: #fff; --text: #1b1f24; --soft: #57606a; --line: #d8dee4; --dot: #1f6feb }
@media (prefers-color-scheme: dark) {
  :root { --back: #0f1318; --card: #171c23; --text: #e6edf3; --soft: #9aa5b1;
          --line: #2c333c; --dot: #58a6ff }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--back);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 30rem; margin: 1rem; padding: 2rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 12px }
h1 { margin: 0 0 .5rem; font-size: 1.25rem; overflow-wrap: anywhere }
p { margin: 0; color: var(--soft); overflow-wrap: anywhere }
p + p { margin-top: 1rem }
a { color: var(--dot) }
.mark { width: .75rem; height: .75rem; margin-bottom: 1rem; border-radius: 50%; background: var(--soft) }
.waiting { background: var(--dot); animation: breathe 1.6s ease-in-out infinite }
@keyframes breathe { 50% { opacity: .25 } }
@media (prefers-reduced-motion: reduce) { .waiting { animation: none } }
</style></head>
<body><main><div class="mark $mark"></div><h1>$title</h1><p role="status">$text</p>$link</main></body></html>
""")
