"""Over real HTTP to a real receiver, which verifies as the specification says."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest

from datalab.audit.signature import PREFIX, secret_of, signed_headers
from datalab.core.errors import ProviderError, ProviderRefused, ProviderUnavailable
from datalab.providers.webhooks.base import WebhookSender
from datalab.providers.webhooks.destination import destination_of
from datalab.providers.webhooks.http import MOST_ANSWER, HttpWebhooks
from datalab.providers.webhooks.memory import MemoryWebhooks

HERE = [ip_network("127.0.0.0/8")]
KEY = b"k" * 32
BODY = '{"type":"tenant.created","data":{"name":"Ünïcode"}}'.encode()


class Receiver(BaseHTTPRequestHandler):
    """Verifies with nothing but the secret that its owner was shown."""

    secret = secret_of(KEY).reveal()
    seen: list[dict[str, str]] = []
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        key = base64.b64decode(self.secret.removeprefix(PREFIX))
        signed = (
            f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        )
        expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        good = hmac.compare_digest(expected, self.headers["webhook-signature"])
        self.seen.append({**dict(self.headers), "path": self.path, "body": body.decode()})
        status = int(self.path.strip("/") or 204) if good else 401
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
        long = b"x" * (64 * MOST_ANSWER) if status == 200 else b""
        self.send_header("Content-Length", str(len(long)))
        self.end_headers()
        try:
            self.wfile.write(long)
        except ConnectionError:
            self.close_connection = True  # they have read enough

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    Receiver.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["http", "memory"])
def sender(request: pytest.FixtureRequest) -> WebhookSender:
    return HttpWebhooks(allowed=HERE) if request.param == "http" else MemoryWebhooks()


def signed(body: bytes = BODY, *, key: bytes = KEY) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        **signed_headers(key, id="msg_1", at=1614265330, body=body),
    }


def test_every_sender_sends_the_same_twice(sender: WebhookSender, receiver: str) -> None:
    sender.check(f"{receiver}/200")
    for _ in range(2):
        assert sender.send(f"{receiver}/200", headers=signed(), body=BODY) == 200


def test_a_receiver_can_verify_what_it_got(receiver: str) -> None:
    http = HttpWebhooks(allowed=HERE)
    assert http.send(f"{receiver}/204", headers=signed(), body=BODY) == 204
    (seen,) = Receiver.seen
    assert seen["body"] == BODY.decode()
    assert seen["Content-Type"] == "application/json"
    with pytest.raises(ProviderRefused, match="401"):
        http.send(f"{receiver}/204", headers=signed(key=b"another"), body=BODY)


@pytest.mark.parametrize("status", [302, 400, 410, 429, 500, 503])
def test_what_is_no_success_is_refused_and_no_redirect_is_followed(
    receiver: str, status: int
) -> None:
    with pytest.raises(ProviderRefused, match=str(status)):
        HttpWebhooks(allowed=HERE).send(f"{receiver}/{status}", headers=signed(), body=BODY)
    assert len(Receiver.seen) == 1


def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(ProviderUnavailable, match="did not answer"):
        HttpWebhooks(allowed=HERE).send("http://127.0.0.1:9", headers=signed(), body=BODY)


def test_the_name_is_kept_and_the_address_is_the_one_that_was_checked(receiver: str) -> None:
    port = receiver.rpartition(":")[2]
    asked: list[str] = []

    def resolve(hostname: str, _port: int) -> list[str]:
        """Another answer each time: here first, then the cloud's metadata."""
        asked.append(hostname)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    http = HttpWebhooks(allowed=HERE, resolve=resolve)
    http.send(f"http://siem.test:{port}/204", headers=signed(), body=BODY)
    assert Receiver.seen[0]["Host"] == f"siem.test:{port}"
    assert asked == ["siem.test"]


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("10.1.2.3", id="private"),
        pytest.param("192.168.0.1", id="private too"),
        pytest.param("100.64.0.1", id="a provider's own"),
        pytest.param("169.254.169.254", id="the cloud's metadata"),
        pytest.param("0.0.0.0", id="any"),
        pytest.param("224.0.0.1", id="many"),
        pytest.param("::1", id="loopback in IPv6"),
        pytest.param("fe80::1", id="link-local"),
        pytest.param("fd00:ec2::254", id="the cloud's metadata in IPv6"),
        pytest.param("::ffff:10.0.0.1", id="mapped"),
        pytest.param("64:ff9b::a9fe:a9fe", id="by NAT64"),
        pytest.param("2002:0a00:0001::", id="by 6to4"),
    ],
)
def test_nothing_inside_is_reached_under_whatever_name(address: str) -> None:
    with pytest.raises(ProviderRefused, match="inside"):
        destination_of("https://siem.test/", allowed=(), resolve=lambda *_: ["8.8.8.8", address])


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://siem.test/", id="plain http"),
        pytest.param("ftp://siem.test/", id="no http"),
        pytest.param("https:///path", id="no host"),
        pytest.param("https://user:pass@siem.test/", id="a password"),
        pytest.param("https://siem.test/#x", id="a fragment"),
        pytest.param("https://siem.test:99999/", id="no port"),
        pytest.param("https://siem.test/a b", id="a blank"),
        pytest.param("https://siem.test/\r\nHost: x", id="a second header"),
        pytest.param(f"https://siem.test/{'x' * 600}", id="too long"),
        pytest.param("nonsense", id="nonsense"),
    ],
)
def test_what_is_no_address_for_a_webhook_is_refused(url: str) -> None:
    with pytest.raises(ProviderError):
        destination_of(url, allowed=(), resolve=lambda *_: ["8.8.8.8"])


def test_plain_http_goes_only_where_the_operator_said() -> None:
    with pytest.raises(ProviderRefused, match="https"):
        destination_of("http://siem.test/", allowed=HERE, resolve=lambda *_: ["8.8.8.8"])
    there = destination_of("https://siem.test/x?y=1", allowed=(), resolve=lambda *_: ["8.8.8.8"])
    assert (there.url, there.host) == ("https://8.8.8.8:443/x?y=1", "siem.test")
