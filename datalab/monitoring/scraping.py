"""What a scraper is given: this process's counters and, from the portal, the state of the platform."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.conf import settings
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

from datalab.monitoring.state import PlatformState

_platform = CollectorRegistry()
_platform.register(PlatformState())


def exposition(*, of_platform: bool) -> bytes:
    """The state is read from the database: from a portal only, not once more from each worker."""
    counted = generate_latest(REGISTRY)
    return counted + generate_latest(_platform) if of_platform else counted


class _Scraped(BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self) -> None:
        if self.path == "/healthz":
            self._answer(b"ok", "text/plain")
            return
        token = settings.METRICS_TOKEN
        sent = self.headers.get("Authorization", "")
        known = bool(token) and constant_time_compare(sent, f"Bearer {token}")
        if self.path != "/metrics" or not known:
            self.send_error(404)
            return
        self._answer(exposition(of_platform=False), CONTENT_TYPE_LATEST)

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's word
        """A scraper asks every few seconds: that is no news."""


def serve(address: str, port: int) -> ThreadingHTTPServer:
    """For a worker, which has no address otherwise."""
    server = ThreadingHTTPServer((address, port), _Scraped)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
