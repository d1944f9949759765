"""The portal on loopback with a fixed pool of threads, as granian runs it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.core.handlers.wsgi import WSGIHandler
from django.db import connections


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Tests are quiet."""


class _Pooled(WSGIServer):
    request_queue_size = 128

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        super().__init__(("127.0.0.1", 0), _Quiet)
        self._pool = pool

    def process_request(self, request: Any, client_address: Any) -> None:
        self._pool.submit(self._serve, request, client_address)

    def _serve(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except ConnectionError:
            pass  # the other side hung up
        finally:
            self.shutdown_request(request)


@contextmanager
def pooled_portal(threads: int) -> Iterator[int]:
    """Yields the port."""
    django = WSGIHandler()

    def app(environ: dict[str, Any], start: Any) -> Any:
        try:
            return django(environ, start)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool, _Pooled(pool) as server:
        server.set_app(app)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
