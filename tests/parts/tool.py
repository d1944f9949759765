"""A tool that tells what reached it, streams both ways, and echoes on a WebSocket."""

import base64
import hashlib
import json
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # https://www.rfc-editor.org/rfc/rfc6455#section-1.3


class Tool(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.connections = 0
        self.received = 0
        """Bytes of the upload that is on its way."""
        self.go_on = threading.Event()

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()

    def handle_error(self, *_: Any) -> None:
        """Connections are cut here: that is what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Tool

    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/ws":
                self._echo_frames()
            case "/two-halves":
                self._chunks(self._two_halves())
            case "/forever":
                self._chunks(self._forever())
            case _:
                self._tell()

    def do_POST(self) -> None:
        digest = hashlib.sha256()
        self.server.received = 0
        for piece in self._body():
            digest.update(piece)
            self.server.received += len(piece)
        self._answer({"bytes": self.server.received, "sha256": digest.hexdigest()})

    def log_message(self, *_: Any) -> None:
        """Tests are quiet."""

    def _tell(self) -> None:
        seen = [[name, value] for name, value in self.headers.items()]
        self._answer({"path": self.path, "headers": seen})

    def _answer(self, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "_xsrf=own; Path=/")
        self.end_headers()
        self.wfile.write(body)

    def _chunks(self, pieces: Iterator[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _two_halves(self) -> Iterator[bytes]:
        yield b"first,"
        self.server.go_on.wait(10)
        yield b"second"

    @staticmethod
    def _forever() -> Iterator[bytes]:
        while True:
            yield b"tick\n"
            time.sleep(0.02)

    def _body(self) -> Iterator[bytes]:
        if self.headers["Transfer-Encoding"] != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length", 0)))
            return
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _echo_frames(self) -> None:
        """Short text frames only, back as they came; a close frame ends it."""
        key = self.headers["Sec-WebSocket-Key"] + _GUID
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest())  # noqa: S324 - the protocol's
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept.decode())
        self.end_headers()
        self.close_connection = True
        while head := self.rfile.read(2):
            first, length = struct.unpack("BB", head)
            mask = self.rfile.read(4)
            data = bytes(b ^ mask[i % 4] for i, b in enumerate(self.rfile.read(length & 0x7F)))
            self.wfile.write(bytes([first, len(data)]) + data)
            if first & 0x0F == 8:
                return


@contextmanager
def running_tool() -> Iterator[Tool]:
    with Tool() as tool:
        thread = threading.Thread(target=tool.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield tool
        finally:
            tool.go_on.set()
            tool.shutdown()
            thread.join()
