"""A registry that has no image, keeps one to itself, and takes for ever over another.

The machine's container runtime asks one on loopback by plain http.
https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def running_registry() -> Iterator[str]:
    """Its host and port."""
    over = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(over))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def _handler(over: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "/slow/" in self.path:
                over.wait(300)
            status = 403 if "/forbidden/" in self.path else 404
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 - the name that its parent looks for

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Registry
