"""The gate's desk for buckets' keys behind a plain web server on loopback, in the test's own process."""

import asyncio
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from datalab.gate.credentials import PATH, CredentialsDesk


@dataclass(kw_only=True)
class Loopback:
    """What the sandbox's agent joins to the desk: here a server of our own."""

    desk: CredentialsDesk
    asked: int = 0
    answered: list[int] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                token = self.headers.get("Authorization", "")
                coming = asyncio.run_coroutine_threadsafe(outer.desk.answer(token), outer.loop)
                answer = coming.result(20)
                outer.answered.append(answer.status)
                self.send_response(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.threads = [
            threading.Thread(target=self.server.serve_forever, args=(0.05,)),
            threading.Thread(target=self.loop.run_forever),
        ]
        for thread in self.threads:
            thread.start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    def close(self) -> None:
        if self.server.fileno() == -1:
            return
        self.server.shutdown()
        self.server.server_close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        for thread in self.threads:
            thread.join(10)
        self.loop.close()
