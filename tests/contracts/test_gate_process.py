"""`python -m datalab.gate` as it is started: what it listens on, and how it ends."""

import http.client
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from datalab.core.paths import socket_path
from datalab.gate.addresses import HEALTH
from tests.parts.certificates import Authority
from tests.parts.ports import free_port, status_of, wait_for

pytestmark = pytest.mark.embedded
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def started(
    state: Path, port: int, relay_port: int, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "datalab.config.settings",
        "DATALAB_PROFILE": "embedded",
        "DATALAB_STATE_DIR": str(state),
        "DATALAB_SECRET_KEY": "only-for-tests",
        "DATALAB_GATE_PORT": str(port),
        "DATALAB_RELAY_PORT": str(relay_port),
        **more,
    }
    with (state / "gate.log").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "datalab.gate"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait(10)


def test_the_gate_listens_for_this_machine_and_user_only_and_ends_when_told(
    tmp_path: Path,
) -> None:
    """Also before there is a database: it must be up first, and read on once there is one."""
    port, relay_port = free_port(), free_port()
    desk = socket_path("credentials.sock", state=tmp_path)
    with started(tmp_path, port, relay_port) as process:
        wait_for(lambda: status_of(port, HEALTH) == 200, process)
        assert stat.S_IMODE(desk.stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "gate.key").stat().st_mode) == 0o600
        assert _listening(process.pid) == {("127.0.0.1", port), ("127.0.0.1", relay_port)}
        kept = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        kept.request("GET", HEALTH)
        kept.getresponse().read()  # and the connection stays, as Traefik's do
        with socket.create_connection(("127.0.0.1", relay_port)):
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
            assert time.monotonic() - began < 5
        kept.close()
    assert not desk.exists()


def test_a_port_in_use_ends_the_gate_loudly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(tmp_path, free_port(), port) as process:
            assert process.wait(20) != 0
        assert "in use" in (tmp_path / "gate.log").read_text()


def test_pods_are_answered_over_tls_and_in_no_other_way(tmp_path: Path) -> None:
    authority = Authority()
    for name, text in zip(("crt", "key"), authority.issue("localhost"), strict=True):
        (tmp_path / f"tls.{name}").write_text(text)
    port, pods = free_port(), free_port()
    with started(
        tmp_path,
        port,
        free_port(),
        DATALAB_CREDENTIALS_PORT=str(pods),
        DATALAB_CREDENTIALS_CERTIFICATE=str(tmp_path / "tls.crt"),
        DATALAB_CREDENTIALS_KEY=str(tmp_path / "tls.key"),
    ) as process:
        wait_for(lambda: status_of(port, HEALTH) == 200, process)
        trusting = ssl.create_default_context(cadata=authority.certificate)
        desk = http.client.HTTPSConnection("localhost", pods, timeout=5, context=trusting)
        for path, status in ((HEALTH, 404), ("/api/v1/me", 404)):
            desk.request("GET", path)
            answer = desk.getresponse()
            answer.read()
            assert answer.status == status
        desk.close()
        assert _answer_in_the_clear(pods) == b""


def _answer_in_the_clear(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        plain.sendall(b"GET /v1/credentials HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            return plain.recv(1)
        except ConnectionResetError:
            return b""


def _listening(pid: int) -> set[tuple[str, int]]:
    """What this process, and nobody else, listens on."""
    inodes = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            inodes.add(str(fd.readlink()).removeprefix("socket:[").removesuffix("]"))
    found = set()
    for kind in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, port = fields[1].split(":")
                host = ".".join(str(byte) for byte in reversed(bytes.fromhex(address)))
                found.add((host, int(port, 16)))
    return found
