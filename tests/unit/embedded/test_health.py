"""A part is healthy when it says so itself."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from datalab.core.paths import socket_path
from datalab.embedded.health import Announced, Http, Listening


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        good = self.path == "/health" and self.headers["Host"] == "localhost:8080"
        self.send_response(200 if good else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's word
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "host", "good"),
    [
        pytest.param("/health", "localhost:8080", True, id="answers 200"),
        pytest.param("/other", "localhost:8080", False, id="answers 503"),
        pytest.param("/health", "elsewhere", False, id="asked by another name"),
    ],
)
def test_a_server_is_healthy_by_its_answer(port: int, path: str, host: str, good: bool) -> None:
    assert Http(port=port, path=path, host=host).is_good(pid=1) is good


def test_a_server_that_does_not_listen_is_not_healthy() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    assert not Http(port=closed, path="/").is_good(pid=1)


def test_a_socket_file_alone_is_not_health(tmp_path: Path) -> None:
    path = socket_path("x.sock", state=tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert not Listening(path=path).is_good(pid=1)
        server.listen()
        assert Listening(path=path).is_good(pid=1)
    assert not Listening(path=path).is_good(pid=1)


@pytest.mark.parametrize(
    ("said", "good"),
    [
        pytest.param(json.dumps({"pid": 7}), True, id="by this process"),
        pytest.param(json.dumps({"pid": 8}), False, id="by the one before it"),
        pytest.param('{"pid":', False, id="cut off"),
        pytest.param(None, False, id="not yet"),
    ],
)
def test_an_announcement_counts_for_the_process_that_made_it(
    said: str | None, good: bool, tmp_path: Path
) -> None:
    file = tmp_path / "ready.json"
    if said is not None:
        file.write_text(said)
    assert Announced(file=file).is_good(pid=7) is good
