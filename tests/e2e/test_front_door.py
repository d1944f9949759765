"""Attacks on the door to a running tool, and out of it. The tool is a real JupyterLab of acme."""

import json
import socket
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.e2e.kernel import Tool, execute
from tests.e2e.platform import Platform, until

pytestmark = [pytest.mark.e2e, pytest.mark.embedded, pytest.mark.timeout(300)]

SERVICES = "tenants/acme/services"
BODY = {"chart": "jupyter", "resources": {"cpu": "500m", "memory": "1Gi", "storage": "1Gi"}}
NAVIGATES = {"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}


@pytest.fixture(scope="module")
def url(platform: Platform) -> Iterator[str]:
    """Where bob's notebook is."""
    with platform.api(platform.account("acme", "member")) as bob:
        made = bob.post(SERVICES, json={**BODY, "name": "door"})
        assert made.status_code == 202, made.text

        def running() -> dict[str, Any] | None:
            found: dict[str, Any] = bob.get(f"{SERVICES}/door").json()
            assert found["phase"] != "failed", found["reason"]
            return found if found["phase"] == "running" else None

        yield until(running, within=180, what=lambda: bob.get(f"{SERVICES}/door").text)["url"]
        bob.delete(f"{SERVICES}/door")
        until(
            lambda: bob.get(f"{SERVICES}/door").status_code == 404,
            within=60,
            what=lambda: bob.get(f"{SERVICES}/door").text,
        )


@pytest.fixture(scope="module")
def tool(platform: Platform, url: str) -> Tool:
    return Tool(platform, url, platform.account("acme", "member"))


def test_a_member_gets_in_with_a_token_and_a_foreign_page_does_not(tool: Tool) -> None:
    assert tool.get("/api/status", **tool.bearer).status_code == 200
    elsewhere = {**tool.bearer, "Origin": "http://evil.localhost"}
    assert tool.post("/api/kernels", {}, **elsewhere).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 302, id="a person is sent to the page"),
        pytest.param({"Sec-Fetch-Mode": "cors"}, 401, id="a script is told to sign in"),
        pytest.param({"Authorization": "Bearer dl_nonsense"}, 401, id="a wrong token"),
        pytest.param(
            {"Cookie": "__Host-datalab_tool=nonsense", "Sec-Fetch-Mode": "cors"},
            401,
            id="a wrong pass",
        ),
    ],
)
def test_nobody_gets_in_without_a_right(tool: Tool, headers: dict[str, str], status: int) -> None:
    assert tool.get("/api/status", **headers).status_code == status


@pytest.mark.parametrize(
    ("tenant", "role", "status"),
    [
        pytest.param("acme", "admin", 200, id="the tenant's admin"),
        pytest.param("acme", "viewer", 403, id="a viewer of the tenant"),
        pytest.param("globex", "admin", 404, id="another tenant's admin"),
        pytest.param("globex", "member", 404, id="another tenant's member"),
    ],
)
def test_who_may_open_a_members_tool(
    platform: Platform, url: str, tenant: str, role: str, status: int
) -> None:
    tool = Tool(platform, url, platform.account(tenant, role))
    assert tool.get("/api/status", **tool.bearer).status_code == status


def test_another_tenants_tool_looks_like_none(platform: Platform, url: str) -> None:
    mallory = platform.account("globex", "admin")
    theirs = Tool(platform, url, mallory)
    nobodys = Tool(platform, url.replace("door-", "nosuch-"), mallory)
    one = theirs.get("/api/status", **theirs.bearer)
    other = nobodys.get("/api/status", **nobodys.bearer)
    assert (one.status_code, one.text) == (other.status_code, other.text)


@pytest.mark.parametrize("suffix", [".evil.com", ":80.evil.com"])
def test_a_host_that_only_begins_like_a_tools_is_nobody(
    platform: Platform, tool: Tool, suffix: str
) -> None:
    host = {"Host": tool.host + suffix, **tool.bearer}
    answer = httpx.get(
        f"http://127.0.0.1:{platform.port}/api/status", headers=host, trust_env=False
    )
    assert answer.status_code in {400, 404, 421}


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param({"X-Datalab-User": "alice"}, id="a user"),
        pytest.param({"X-Datalab-Door": "e30.e30"}, id="a ticket"),
        pytest.param({"X-Forwarded-Host": "localhost"}, id="a host"),
        pytest.param({"X-Forwarded-Uri": "/_datalab/callback"}, id="an address"),
        pytest.param({"X-Forwarded-Method": "OPTIONS"}, id="a method"),
    ],
)
def test_forged_headers_open_nothing(tool: Tool, forged: dict[str, str]) -> None:
    answer = tool.get("/api/status", **{**forged, "Sec-Fetch-Mode": "cors"})
    assert answer.status_code == 401


def test_the_relay_believes_nobody_but_the_gate(platform: Platform, tool: Tool) -> None:
    ports = json.loads((platform.state / "ports.json").read_text())
    request = f"GET /api/status HTTP/1.1\r\nHost: {tool.host}\r\nX-Datalab-Door: x.y\r\n\r\n"
    with socket.create_connection(("127.0.0.1", ports["relay"]), timeout=10) as relay:
        relay.sendall(request.encode())
        assert not relay.recv(4096).startswith(b"HTTP/1.1 200")


def test_a_websocket_needs_a_right_and_its_own_origin(tool: Tool) -> None:
    path = f"/api/kernels/{tool.new_kernel()}/channels"
    for headers in ({"Origin": tool.origin}, {"Origin": "http://evil.localhost", **tool.bearer}):
        with pytest.raises(InvalidStatus) as refused, tool.websocket(path, **headers):
            pass
        assert refused.value.response.status_code in {401, 403}


def test_open_connections_end_with_the_membership_and_nobody_elses(
    platform: Platform, url: str, tool: Tool
) -> None:
    alice = platform.account("acme", "admin")
    hers = Tool(platform, url, alice)
    with platform.api(alice) as api:
        # Else it would be paused with its owner's membership, and so end for her, too.
        hand_over(api, "alice")
    path, her_path = (f"/api/kernels/{one.new_kernel()}/channels" for one in (tool, hers))
    with (
        platform.api(alice) as api,
        tool.websocket(path, Origin=tool.origin, **tool.bearer) as his_socket,
        hers.websocket(her_path, Origin=hers.origin, **hers.bearer) as her_socket,
    ):
        assert execute(his_socket, "print(1)") == "1\n"
        began = time.monotonic()
        assert api.delete("tenants/acme/members/bob").status_code == 204
        try:
            with pytest.raises(ConnectionClosed):
                drain(his_socket)
            # What the door remembers of a reader, it forgets within seconds.
            until(
                lambda: tool.get("/api/status", **tool.bearer).status_code == 404,
                within=max(0.0, began + 10 - time.monotonic()),
                what=lambda: "he still reads",
            )
            assert time.monotonic() - began < 10
            assert execute(her_socket, "print(2)") == "2\n"
        finally:
            api.post("tenants/acme/members", json={"username": "bob", "role": "member"})
            hand_over(api, "bob")


def hand_over(api: httpx.Client, to: str) -> None:
    """It restarts as that member's."""
    assert api.post(f"{SERVICES}/door/hand-over", json={"to": to}).status_code == 202
    until(
        lambda: has_phase(api, "running"),
        within=120,
        what=lambda: api.get(f"{SERVICES}/door").text,
    )


def drain(channel: ClientConnection) -> None:
    """Until it is closed; TimeoutError where nothing happens for ten seconds."""
    while True:
        channel.recv(timeout=10)


def has_phase(api: httpx.Client, phase: str) -> bool:
    return bool(api.get(f"{SERVICES}/door").json()["phase"] == phase)


ESCAPES = """
import json, os, pathlib, socket

def reach(host, port):
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError as error:
        return type(error).__name__
    return "open"

status = pathlib.Path("/proc/self/status").read_text()
print(json.dumps({
    "uid": os.getuid(),
    "capabilities": [line.split()[1] for line in status.splitlines() if line.startswith("Cap")],
    "no_new_privileges": "NoNewPrivs:\\t1" in status,
    "writable": [p for p in ("/usr", "/etc", "/proc/sys/kernel/core_pattern",
                             "/proc/sys/vm/drop_caches", "/var/run/datalab") if os.access(p, os.W_OK)],
    "there": [p for p in PATHS if os.path.exists(p)],
    "open": [port for port in PORTS if reach("127.0.0.1", port) == "open"],
    "metadata": reach("169.254.169.254", 80),
    "machine": reach(MACHINE, PORTS[0]),
    "processes": sum(1 for name in os.listdir("/proc") if name.isdigit()),
    "s3": reach("127.0.0.1", 9000),
    "credentials": reach("127.0.0.1", 9911),
}))
"""


def test_a_tool_sees_its_own_things_and_nothing_else(platform: Platform, tool: Tool) -> None:
    """access(W_OK) only: a sandbox that leaks must not be harmed by the test."""
    ports = [platform.port, *json.loads((platform.state / "ports.json").read_text()).values()]
    paths = [
        str(platform.state / "secrets"),
        str(platform.state / "demo.json"),
        "/root",
        "/dev/sda",
    ]
    machine = socket.gethostbyname(socket.gethostname())
    known = f"PORTS = {ports!r}\nPATHS = {paths!r}\nMACHINE = {machine!r}\n"
    seen = json.loads(tool.run(known + ESCAPES))
    assert seen["uid"] == 1000
    assert set(seen["capabilities"]) == {"0000000000000000"}
    assert seen["no_new_privileges"]
    assert (seen["writable"], seen["there"], seen["open"]) == ([], [], [])
    assert seen["metadata"] != "open"
    assert seen["machine"] != "open"
    assert seen["processes"] < 20
    assert (seen["s3"], seen["credentials"]) == ("open", "open")


def test_the_credentials_desk_answers_nothing_else(tool: Tool) -> None:
    answered = tool.run(
        "import http.client\n"
        "for path, token in (('/v1/credentials', 'x'), ('/api/v1/me', 'x'), ('/', '')):\n"
        "    c = http.client.HTTPConnection('127.0.0.1', 9911, timeout=5)\n"
        "    c.request('GET', path, headers={'Authorization': token})\n"
        "    print(c.getresponse().status)\n"
    )
    assert answered.split() == ["401", "404", "404"]


def test_ten_calls_of_the_bucket_fetch_keys_once(tool: Tool) -> None:
    answered = tool.run(
        "import boto3, os\n"
        "from botocore.utils import ContainerMetadataFetcher as Fetcher\n"
        "fetch, fetched = Fetcher.retrieve_full_uri, []\n"
        "def counted(*args, **more):\n"
        "    fetched.append(1)\n"
        "    return fetch(*args, **more)\n"
        "Fetcher.retrieve_full_uri = counted\n"
        "s3 = boto3.client('s3')\n"
        "for _ in range(10):\n"
        "    s3.list_objects_v2(Bucket=os.environ['DATALAB_BUCKET'])\n"
        "print(len(fetched))\n"
    )
    assert answered == "1\n"


def test_another_tenants_bucket_is_shut(tool: Tool) -> None:
    answered = tool.run(
        "import boto3\n"
        "from botocore.exceptions import ClientError\n"
        "s3 = boto3.client('s3')\n"
        "print([one['Name'] for one in s3.list_buckets()['Buckets']])\n"
        "for call in (s3.list_objects_v2, s3.list_object_versions, s3.get_bucket_policy):\n"
        "    try:\n"
        "        print('open', call(Bucket='dl-globex'))\n"
        "    except ClientError as error:\n"
        "        print(error.response['Error']['Code'])\n"
    )
    assert answered.splitlines() == ["['dl-acme']", *["AccessDenied"] * 3]


def test_the_way_out_leads_to_package_indexes_only(tool: Tool) -> None:
    answered = tool.run(
        "import socket\n"
        "for host in ('127.0.0.1:22', 'localhost:80', '10.0.0.1:80', '169.254.169.254:80',\n"
        "             'evil.test:443'):\n"
        "    s = socket.create_connection(('127.0.0.1', 3128), timeout=10)\n"
        "    s.sendall(f'CONNECT {host} HTTP/1.1\\r\\nHost: {host}\\r\\n\\r\\n'.encode())\n"
        "    print(s.recv(200).split()[1].decode())\n"
    )
    assert set(answered.split()) == {"403"}


def test_what_pip_installs_is_still_there_after_a_pause(
    platform: Platform, url: str, tool: Tool
) -> None:
    tool.run(
        "import os\n"
        "open('kept.txt', 'w').write('kept')\n"
        "os.makedirs('.local/lib/python', exist_ok=True)\n"
        "open('.local/lib/python/mine.py', 'w').write('x = 1')\n"
    )
    with platform.api(platform.account("acme", "member")) as bob:
        for verb, phase in (("pause", "paused"), ("resume", "running")):
            assert bob.post(f"{SERVICES}/door/{verb}").status_code == 202
            until(
                partial(has_phase, bob, phase),
                within=60,
                what=lambda: bob.get(f"{SERVICES}/door").text,
            )
    assert tool.run("import mine\nprint(mine.x, open('kept.txt').read())") == "1 kept\n"
