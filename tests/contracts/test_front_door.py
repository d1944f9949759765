"""Real Traefik, the gate with its relay, and a portal, before tools on loopback.

What Traefik does to a request is not ours to assume: names, paths and headers of an attacker, what
passes and what is stripped, streams both ways, and the end of connections whose right has ended.
"""

import hashlib
import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils.timezone import now
from pytest_django import DjangoDbBlocker
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from datalab.accounts.actions import create_token
from datalab.accounts.models import ApiToken, User
from datalab.gate import cookies
from datalab.launcher.models import Service, ServiceEvent
from datalab.tenants.members import remove_member
from datalab.tenants.models import Tenant
from tests.fakes import dialer
from tests.parts.front_door import running_front_door
from tests.parts.tool import Tool, running_tool
from tests.unit.gate.conftest import make_service

pytestmark = [pytest.mark.embedded, pytest.mark.django_db(transaction=True)]
BACKEND = "datalab.accounts.oidc.SignInBackend"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def port(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[int]:
    # The gate reads the database between the tests, too.
    with (
        django_db_blocker.unblock(),
        running_front_door(Path(tmp_path_factory.mktemp("door"))) as made,
    ):
        yield made


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tool]:
    with running_tool() as made:
        monkeypatch.setitem(dialer.PORTS, "nb", made.server_port)
        yield made


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.body)
        return answer

    @property
    def seen(self) -> dict[str, str]:
        """The headers that the tool saw, by lower-case name."""
        return {name.lower(): value for name, value in self.told["headers"]}


@dataclass(frozen=True)
class Door:
    """Asks the front door for the tool `nb`, in the name of whoever `headers` are of."""

    port: int
    label: str = "nb-acme-abcde"

    @property
    def host(self) -> str:
        return f"{self.label}.localhost:{self.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    def ask(
        self, path: str = "/", headers: dict[str, str] | None = None, method: str = "GET"
    ) -> Answer:
        with self.asking(path, headers, method) as response:
            return Answer(response.status, response.headers, response.read())

    @contextmanager
    def asking(
        self, path: str, headers: dict[str, str] | None, method: str = "GET"
    ) -> Iterator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": self.host, **(headers or {})}.items():
                connection.putheader(name, value)
            connection.endheaders()
            yield connection.getresponse()
        finally:
            connection.close()

    @contextmanager
    def websocket(self, **headers: str) -> Iterator[ClientConnection]:
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        origin = headers.pop("Origin", None)
        with (
            sock,
            connect(
                f"ws://{self.host}/ws",
                sock=sock,
                origin=origin,  # type: ignore[arg-type]  # a text of its own type
                additional_headers=headers,
                compression=None,
                proxy=None,
            ) as opened,
        ):
            yield opened


@pytest.fixture
def door(port: int, tool: Tool, acme: Tenant, bob: User) -> Door:
    make_service(acme, bob)
    return Door(port)


def token(user: User) -> dict[str, str]:
    made = create_token(user=user, name="t", valid_for=timedelta(hours=1), now=now())[1]
    return {"Authorization": f"Bearer {made}"}


@dataclass(frozen=True)
class Browser:
    """Signed in to the page, with a pass for the tool."""

    page: Client
    cookie: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie}


def browser_of(user: User, door: Door) -> Browser:
    """The whole way through the door, by the addresses that the parts give."""
    page = Client(headers={"host": f"localhost:{door.port}"})
    page.force_login(user, BACKEND)
    bounced = door.ask("/lab?x=1", {"Sec-Fetch-Mode": "navigate"})
    assert bounced.status == 302
    state = bounced.headers["Set-Cookie"].partition(";")[0]
    sent_on = page.get(_path(bounced.headers["Location"]))
    opened = door.ask(_path(sent_on["Location"]), {"Cookie": state, "Sec-Fetch-Mode": "navigate"})
    assert (opened.status, opened.headers["Location"]) == (302, f"{door.origin}/lab?x=1")
    return Browser(page, opened.headers["Set-Cookie"].partition(";")[0])


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


# -- who gets in ---------------------------------------------------------------------------------
def test_a_browser_gets_through_the_door_and_a_program_in_with_a_token(
    door: Door, bob: User
) -> None:
    for headers in (browser_of(bob, door).headers, token(bob)):
        answer = door.ask("/lab?x=1", headers)
        assert (answer.status, answer.told["path"]) == (200, "/lab?x=1")


def test_what_is_ours_is_taken_out_and_what_is_the_tools_is_kept(door: Door, bob: User) -> None:
    pass_ = browser_of(bob, door).cookie
    answer = door.ask(
        "/",
        {"Cookie": f'_xsrf=2|a; {pass_}; q="x y"', "Authorization": "token of-the-tool"},
    )
    assert answer.headers["Set-Cookie"] == "_xsrf=own; Path=/"
    assert answer.seen["cookie"] == '_xsrf=2|a; q="x y"'
    assert answer.seen["authorization"] == "token of-the-tool"
    assert answer.seen["x-datalab-user"] == "bob"
    assert "x-datalab-door" not in answer.seen
    assert answer.seen["host"] == door.host
    by_token = door.ask("/", {**token(bob), "Cookie": "_xsrf=1"})
    assert "authorization" not in by_token.seen
    assert by_token.seen["cookie"] == "_xsrf=1"


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param({"X-Datalab-User": "alice"}, id="a user"),
        pytest.param({"X_Datalab_User": "alice"}, id="a user, spelled otherwise"),
        pytest.param({"x-datalab-door": "e30.e30"}, id="a ticket"),
        pytest.param({"X-Forwarded-Host": "other.localhost"}, id="a host"),
        pytest.param({"X-Forwarded-Uri": "/_datalab/callback"}, id="an address"),
        pytest.param({"X-Forwarded-Method": "DELETE"}, id="a method"),
        pytest.param({"Connection": "X-Datalab-Door, X-Datalab-User"}, id="a hop-by-hop ticket"),
    ],
)
def test_forged_headers_change_nothing(door: Door, bob: User, forged: dict[str, str]) -> None:
    assert door.ask("/", {**forged, "Sec-Fetch-Mode": "cors"}).status == 401
    answer = door.ask("/", {**forged, **token(bob)})
    assert answer.status == 200
    ours = {name: value for name, value in answer.seen.items() if "datalab" in name}
    assert ours == {"x-datalab-user": "bob"}


@pytest.mark.parametrize(
    ("host", "statuses"),
    [
        pytest.param("nb-acme-abcde.localhost", {421}, id="without the port"),
        pytest.param("NB-ACME-ABCDE.LOCALHOST:{port}", {421}, id="capitals"),
        pytest.param("nb-acme-abcde.localhost.:{port}", {404, 421}, id="a dot at the end"),
        pytest.param("nb-acme-abcde.localhost:1", {421}, id="another port"),
        pytest.param("nb-acme-abcde.localhost:{port}.evil.com", {400, 404, 421}, id="goes on"),
        pytest.param("nb-acme-abcde.localhost.evil.com", {404}, id="a suffix"),
        pytest.param("x.nb-acme-abcde.localhost:{port}", {404}, id="a nested name"),
        pytest.param("nosuch.localhost:{port}", {404}, id="an unknown name"),
        pytest.param("evil.com", {404}, id="another name"),
        pytest.param("127.0.0.1:{port}", {404}, id="an address"),
    ],
)
def test_no_other_spelling_of_a_name_leads_to_a_tool(
    door: Door, tool: Tool, bob: User, host: str, statuses: set[int]
) -> None:
    asked = {"Host": host.format(port=door.port), **token(bob)}
    assert door.ask("/", asked).status in statuses
    assert tool.connections == 0


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        pytest.param("/a/../_datalab/callback?code=x", None, id="to the callback by dots"),
        pytest.param("/a/%2e%2e/_datalab/callback?code=x", None, id="by encoded dots"),
        pytest.param("//_datalab/callback?code=x", None, id="by two slashes"),
        pytest.param("/%5fdatalab/callback?code=x", None, id="by an encoded letter"),
        pytest.param(
            "/a%2f..%2f_datalab/callback", "/a%2F..%2F_datalab/callback", id="an encoded slash"
        ),
        pytest.param(
            "/api/contents/a%2Fb?x=%2F", "/api/contents/a%2Fb?x=%2F", id="Jupyter's paths"
        ),
    ],
)
def test_gate_and_tool_see_the_same_path(
    door: Door, bob: User, path: str, seen: str | None
) -> None:
    """None: it is the gate's own address, and never reaches a tool."""
    answer = door.ask(path, token(bob))
    if seen is None:
        assert answer.status == 403
    else:
        assert (answer.status, answer.told["path"]) == (200, seen)


@pytest.mark.parametrize("path", ["/a%00b", "/a%5cb"])
def test_paths_that_readers_take_differently_are_refused(
    door: Door, tool: Tool, bob: User, path: str
) -> None:
    assert door.ask(path, token(bob)).status == 400
    assert tool.connections == 0


def test_the_address_in_the_request_line_decides_not_the_host_header(
    door: Door, tool: Tool, bob: User
) -> None:
    absolute = f"http://nosuch.localhost:{door.port}/"
    assert door.ask(absolute, token(bob)).status == 404
    assert tool.connections == 0


@pytest.mark.parametrize("path", ["/internal", "/internal/x", "/a/../internal/x"])
def test_what_is_internal_is_not_routed(door: Door, path: str) -> None:
    answer = door.ask(path, {"Host": f"localhost:{door.port}"})
    assert (answer.status, answer.body) == (404, b"404 page not found\n")


def test_the_gates_own_addresses_are_not_reached_through_the_page(door: Door) -> None:
    for path in ("/_gate/auth", "/_gate/health"):
        answer = door.ask(path, {"Host": f"localhost:{door.port}"})
        assert b'"status": "ok"' not in answer.body
        assert "X-Datalab-Door" not in answer.headers


def test_a_tool_that_does_not_answer_yet_is_a_page(
    door: Door, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(dialer.PORTS, "nb")
    Service.objects.update(observed="starting", step="starting")
    page = door.ask("/", {**token(bob), "Accept": "text/html"})
    assert page.status == 503
    assert b"nb is starting" in page.body
    assert b'http-equiv="refresh"' in page.body
    assert door.ask("/", token(bob)).told["code"] == "service_starting"


# -- what passes ---------------------------------------------------------------------------------
def test_each_request_has_a_connection_of_its_own(door: Door, tool: Tool, bob: User) -> None:
    """So the relay, which reads one head, has read each. On one connection of the client."""
    headers = {"Host": door.host, **token(bob)}
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)
    for _ in range(5):
        connection.request("GET", "/", headers=headers)
        assert connection.getresponse().read()
    connection.close()
    assert tool.connections == 5


def test_two_requests_at_once_on_a_connection_are_asked_about_each(
    door: Door, tool: Tool, bob: User
) -> None:
    """Pipelined: one with a token, one without."""
    good = token(bob)["Authorization"]
    one = f"GET /a HTTP/1.1\r\nHost: {door.host}\r\nAuthorization: {good}\r\n\r\n"
    other = (
        f"GET /b HTTP/1.1\r\nHost: {door.host}\r\nSec-Fetch-Mode: cors\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as sock:
        sock.sendall((one + other).encode())
        answers = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answers.count(b"HTTP/1.1 200 ") == 1
    assert answers.count(b"HTTP/1.1 401 ") == 1
    assert tool.connections == 1


def test_an_answer_arrives_as_it_is_written(door: Door, tool: Tool, bob: User) -> None:
    with door.asking("/two-halves", token(bob)) as response:
        assert response.read1(100) == b"first,"
        tool.go_on.set()
        assert response.read() == b"second"


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "with a length"])
def test_an_upload_arrives_while_it_is_sent(
    door: Door, tool: Tool, bob: User, chunked: bool
) -> None:
    piece, pieces = b"u" * MIB, 32
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=20)
    connection.putrequest("POST", "/upload", skip_host=True)
    length = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(32 * MIB)}
    for name, value in {"Host": door.host, **token(bob), **length}.items():
        connection.putheader(name, value)
    connection.endheaders()
    for number in range(pieces):
        connection.send(b"%x\r\n%s\r\n" % (MIB, piece) if chunked else piece)
        if chunked and number == pieces // 2:
            eventually(lambda: tool.received >= 8 * MIB)
    if chunked:
        connection.send(b"0\r\n\r\n")
    told = json.loads(connection.getresponse().read())
    connection.close()
    assert told == {"bytes": 32 * MIB, "sha256": hashlib.sha256(piece * pieces).hexdigest()}


def test_a_websocket_echoes_for_a_browser_and_for_a_program(door: Door, bob: User) -> None:
    for headers in ({"Origin": door.origin, **browser_of(bob, door).headers}, token(bob)):
        with door.websocket(**headers) as socket_:
            socket_.send("hello")
            assert socket_.recv(timeout=5) == "hello"


def test_a_websocket_needs_a_right_and_its_own_origin(door: Door, tool: Tool, bob: User) -> None:
    mine = browser_of(bob, door).headers
    before = tool.connections
    for headers, status in (
        ({"Origin": door.origin}, 401),
        ({"Origin": f"http://other.localhost:{door.port}", **mine}, 403),
        ({"Origin": f"http://localhost:{door.port}", **mine}, 403),
        ({"Origin": "null", **mine}, 403),
    ):
        with pytest.raises(InvalidStatus) as refused, door.websocket(**headers):
            pass
        assert refused.value.response.status_code == status
    assert tool.connections == before


# -- how it ends ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "end",
    [
        pytest.param(
            lambda bob: remove_member(
                tenant=Tenant.objects.get(slug="acme"), user=bob.user, by="alice"
            ),
            id="the member was removed",
        ),
        pytest.param(lambda bob: bob.browser.page.logout(), id="signed out"),
        pytest.param(
            lambda bob: User.objects.filter(pk=bob.user.pk).update(is_active=False),
            id="the user was shut off",
        ),
    ],
)
def test_what_is_open_ends_within_seconds_and_others_go_on(
    door: Door, alice: User, bob: User, end: Callable[[Any], object]
) -> None:
    Service.objects.update(owner=alice)  # with its owner's right a service is paused for all
    his, hers = browser_of(bob, door), browser_of(alice, door)
    with (
        door.websocket(Origin=door.origin, **his.headers) as his_socket,
        door.websocket(Origin=door.origin, **hers.headers) as her_socket,
        door.asking("/forever", his.headers) as his_download,
        door.asking("/forever", hers.headers) as her_download,
    ):
        assert his_download.read1(5) == her_download.read1(5) == b"tick\n"
        began = time.monotonic()
        end(_Ended(bob, his))
        with pytest.raises(ConnectionClosed):
            his_socket.recv(timeout=10)
        with suppress(http.client.HTTPException, ConnectionError):
            while his_download.read1(65536):
                assert time.monotonic() - began < 10
        assert time.monotonic() - began < 3
        her_socket.send("still here")
        assert her_socket.recv(timeout=5) == "still here"
        assert her_download.read1(5)
        eventually(lambda: door.ask("/", {**his.headers, "Sec-Fetch-Mode": "cors"}).status == 401)


@dataclass(frozen=True)
class _Ended:
    user: User
    browser: Browser


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda: Service.objects.update(wanted="removed"), id="the service is removed"),
        pytest.param(lambda: Service.objects.update(wanted="paused"), id="the service is paused"),
        pytest.param(lambda: ApiToken.objects.all().delete(), id="the token is revoked"),
        pytest.param(lambda: ApiToken.objects.update(expires_at=now()), id="the token has expired"),
    ],
)
def test_a_programs_connection_ends_with_token_and_service(
    door: Door, bob: User, end: Callable[[], object]
) -> None:
    with door.websocket(**token(bob)) as opened:
        opened.send("x")
        assert opened.recv(timeout=5) == "x"
        began = time.monotonic()
        end()
        with pytest.raises(ConnectionClosed):
            opened.recv(timeout=10)
        assert time.monotonic() - began < 3


# -- event streams -------------------------------------------------------------------------------
def test_the_pages_event_stream_comes_from_the_gate_at_once(door: Door, bob: User) -> None:
    service = Service.objects.get()
    asked = {"Host": f"localhost:{door.port}", **token(bob)}
    with door.asking("/api/v1/tenants/acme/events", asked) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert stream.readline() == b"retry: 2000\n"
        began = time.monotonic()
        ServiceEvent.objects.create(
            tenant_id=service.tenant_id, service_id=service.id, phase="paused"
        )
        line = next(line for line in iter(stream.readline, b"") if line.startswith(b"data: "))
        assert json.loads(line[6:])["phase"] == "paused"
        assert time.monotonic() - began < 2


def test_a_tools_cookie_opens_nothing_of_the_pages(door: Door, bob: User) -> None:
    secret = browser_of(bob, door).cookie.partition("=")[2]
    for name in (cookies.TOOL, "__Host-datalab"):
        asked = {"Host": f"localhost:{door.port}", "Cookie": f"{name}={secret}"}
        assert door.ask("/api/v1/tenants/acme/events", asked).status == 401
        assert door.ask("/api/v1/me", asked).status == 401


def eventually(true: Callable[[], bool]) -> None:
    """Looks again and again, for five seconds."""
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
