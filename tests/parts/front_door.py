"""Traefik, the gate and a portal as they run, before tools that are dialled on loopback."""

import asyncio
import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop
from django.test import override_settings

from datalab.gate.serve import gate
from datalab.gate.traefik import dynamic_config, static_config
from tests.parts.pooled_server import pooled_portal
from tests.parts.ports import free_port, stop, wait_for

TRAEFIK = Path(sys.executable).parent / "traefik"


@contextmanager
def running_front_door(folder: Path) -> Iterator[int]:
    """Yields the port of the front door."""
    port, gate_port, relay_port = free_port(), free_port(), free_port()
    settings = override_settings(
        ORIGIN=f"http://localhost:{port}",
        SERVICE_DOMAIN=f"localhost:{port}",
        DIALER="tests.fakes.dialer.dial",
        ALLOWED_HOSTS=["localhost"],
    )
    with settings, pooled_portal(4) as portal_port, _gate(gate_port, relay_port, folder):
        routes = dynamic_config(portal_port=portal_port, gate_port=gate_port, relay_port=relay_port)
        with _traefik(folder, port, json.dumps(routes)):
            yield port


@contextmanager
def _gate(gate_port: int, relay_port: int, folder: Path) -> Iterator[None]:
    """In a thread, on uvloop as in production."""
    ready, over = threading.Event(), threading.Event()
    loop = uvloop.new_event_loop()
    ending = asyncio.Event()

    async def serve() -> None:
        unix = folder / "credentials.sock"
        async with gate(gate_port=gate_port, relay_port=relay_port, credentials=unix):
            ready.set()
            await ending.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        finally:
            loop.close()
            over.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10), "the gate did not start"
    try:
        yield
    finally:
        loop.call_soon_threadsafe(ending.set)
        assert over.wait(10), "the gate did not end"


@contextmanager
def _traefik(folder: Path, port: int, routes: str) -> Iterator[None]:
    routes_dir = folder / "routes"
    routes_dir.mkdir()
    (routes_dir / "all.yml").write_text(routes)
    static = folder / "traefik.json"
    static.write_text(json.dumps(static_config(port=port, routes_dir=routes_dir)))
    with (folder / "traefik.log").open("wb") as output:
        process = subprocess.Popen(
            [TRAEFIK, f"--configFile={static}"], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(lambda: _has_routes(port), process)
        yield
    finally:
        stop(process)


def _has_routes(port: int) -> bool:
    """Without them Traefik answers already, 404 to everything."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
