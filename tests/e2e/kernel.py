"""Running code in a notebook's kernel as a program does: over HTTP and a WebSocket, with a token."""

import json
import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.e2e.platform import Account, Platform


class Tool:
    """One service's own origin, as one account reaches it."""

    def __init__(self, platform: Platform, url: str, account: Account) -> None:
        self.host = httpx.URL(url).netloc.decode()
        self.origin = f"http://{self.host}"
        self.bearer = {"Authorization": f"Bearer {account.token}"}
        self._port = platform.port

    def get(self, path: str, **headers: str) -> httpx.Response:
        """With exactly these headers beside the host; nothing is followed."""
        url = f"http://127.0.0.1:{self._port}{path}"
        return httpx.get(url, headers={"Host": self.host, **headers}, timeout=30, trust_env=False)

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        url = f"http://127.0.0.1:{self._port}{path}"
        with_host = {"Host": self.host, **headers}
        return httpx.post(url, json=body, headers=with_host, timeout=30, trust_env=False)

    @contextmanager
    def websocket(self, path: str, **headers: str) -> Iterator[ClientConnection]:
        """InvalidStatus where it is refused."""
        plain = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        with connect(
            f"ws://{self.host}{path}", sock=plain, additional_headers=headers, compression=None
        ) as opened:
            yield opened

    def new_kernel(self) -> str:
        page = self.get("/lab", **self.bearer)
        xsrf = re.search(r"_xsrf=([^;]+);", str(page.headers.get_list("set-cookie")))
        assert xsrf is not None, page.text[:500]
        headers = {**self.bearer, "X-XSRFToken": xsrf[1], "Cookie": f"_xsrf={xsrf[1]}"}
        made = self.post("/api/kernels", {"name": "python3"}, Origin=self.origin, **headers)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def run(self, code: str) -> str:
        """What the code printed; AssertionError where it raised."""
        path = f"/api/kernels/{self.new_kernel()}/channels"
        with self.websocket(path, Origin=self.origin, **self.bearer) as channel:
            return execute(channel, code)


def execute(channel: ClientConnection, code: str) -> str:
    """https://jupyter-client.readthedocs.io/en/stable/messaging.html#execute"""
    identifier = uuid.uuid4().hex
    header = {
        "msg_id": identifier,
        "msg_type": "execute_request",
        "session": "e2e",
        "version": "5.3",
    }
    content = {"code": code, "silent": False, "allow_stdin": False}
    asked = {"header": {**header, "username": ""}, "parent_header": {}, "metadata": {}}
    channel.send(json.dumps({**asked, "content": content, "channel": "shell", "buffers": []}))
    printed: list[str] = []
    while True:
        message = json.loads(channel.recv(timeout=60))
        if message["parent_header"].get("msg_id") != identifier:
            continue
        match message["msg_type"]:
            case "stream":
                printed.append(message["content"]["text"])
            case "error":
                raise AssertionError("\n".join(message["content"]["traceback"])[-2000:])
            case "status" if message["content"]["execution_state"] == "idle":
                return "".join(printed)
