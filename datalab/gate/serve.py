"""Starts the gate's parts in one event loop, and ends them in order."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import structlog
import uvicorn
import uvloop
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.utils.module_loading import import_string
from django.utils.timezone import now

from datalab.core.paths import socket_path
from datalab.gate.app import gate_app
from datalab.gate.asgi import App
from datalab.gate.certificate import Certificate
from datalab.gate.credentials import CredentialsDesk
from datalab.gate.forward_auth import ForwardAuth
from datalab.gate.pool import Pool
from datalab.gate.relay import Relay
from datalab.gate.rights import Standing, standing_of, still_good
from datalab.gate.streams import Streams
from datalab.gate.sweeping import Sweep
from datalab.gate.tickets import Right, TicketOffice, key_from
from datalab.monitoring.beating import EVERY, beat
from datalab.providers import registry

LOOPBACK = "127.0.0.1"
FINISH_WITHIN = 3.0
"""Seconds that requests under way get when the gate ends."""
_BACKLOG = 1024

log = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    """One of several in a process that minds its signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def main() -> None:
    """Until SIGTERM or SIGINT."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())


async def _serve() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    async with gate(
        address=settings.GATE_ADDRESS,
        gate_port=settings.GATE_PORT,
        relay_port=settings.RELAY_PORT,
        credentials=socket_path("credentials.sock"),
    ) as jobs:
        log.info("gate_ready", port=settings.GATE_PORT, relay_port=settings.RELAY_PORT)
        stopped = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait({stopped, *jobs}, return_when=asyncio.FIRST_COMPLETED)
        if stopped not in done:
            stopped.cancel()
            # Without its sweeps the gate would let in and never cut: better to be started anew.
            raise SystemExit(f"A job of the gate has ended: {done.pop()!r}")
    log.info("gate_ended")


@contextlib.asynccontextmanager
async def gate(
    *, gate_port: int, relay_port: int, credentials: Path, address: str = LOOPBACK
) -> AsyncIterator[list[asyncio.Task[None]]]:
    """The gate runs inside this block, with its ports open. Gives its jobs, none of which may end."""
    pool = Pool()
    office = TicketOffice(key_from(settings.GATE_SECRET, Path(settings.STATE_DIR) / "gate.key"))
    relay = _relay(pool, office)
    outside = Pool()
    aside = Pool(threads=1)
    streams = Streams(pool, outside=outside, aside=aside)
    forward_auth = ForwardAuth(
        pool=pool,
        aside=aside,
        office=office,
        portal=settings.ORIGIN,
        domain=settings.SERVICE_DOMAIN,
    )
    desk = CredentialsDesk(pool, outside=outside, workloads=registry.workload_identity())
    sockets = [_tcp_socket(address, gate_port), _unix_socket(credentials)]
    servers = [
        _uvicorn(gate_app(forward_auth, streams.app)),
        _uvicorn(desk.app),
    ]
    certificate = _certificate()
    if certificate is not None:
        sockets.append(_tcp_socket(address, settings.CREDENTIALS_PORT))
        servers.append(_over_tls(_uvicorn(desk.app), certificate))
    relaying = await asyncio.get_running_loop().create_server(
        relay.visit, address, relay_port, backlog=_BACKLOG
    )
    serving = [
        asyncio.create_task(server.serve(sockets=[sock]))
        for server, sock in zip(servers, sockets, strict=True)
    ]
    jobs = [
        *serving,
        asyncio.create_task(_relay_sweep(pool, relay).forever()),
        asyncio.create_task(streams.forever()),
        asyncio.create_task(_beat(pool)),
        *([asyncio.create_task(certificate.forever())] if certificate else []),
    ]
    try:
        await _until_started(servers, jobs)
        yield jobs
    finally:
        relaying.close()
        streams.close()
        for server in servers:
            server.should_exit = True
        await asyncio.wait(serving, timeout=FINISH_WITHIN)
        relay.close()
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        credentials.unlink(missing_ok=True)  # noqa: ASYNC240 - at the very end
        pool.close()
        outside.close()
        aside.close()


async def _until_started(servers: list[_Server], jobs: list[asyncio.Task[None]]) -> None:
    while not all(server.started for server in servers):
        for job in jobs:
            if job.done():
                job.result()
        await asyncio.sleep(0.01)


def _relay(pool: Pool, office: TicketOffice) -> Relay:
    async def stand(service_id: str) -> Standing | None:
        return await pool.run(standing_of, service_id)

    return Relay(office=office, dial=import_string(settings.DIALER), stand=stand)


def _relay_sweep(pool: Pool, relay: Relay) -> Sweep[Right]:
    async def good(rights: set[Right]) -> set[Right]:
        relay.drop_half_open()
        return await pool.run(still_good, rights, now())

    return Sweep(relay, good)


async def _beat(pool: Pool) -> None:
    """Signs of life, for who looks after the platform's health."""
    started_at = now()
    while True:
        try:
            await pool.run(beat, "gate", started_at=started_at)
        except DatabaseTrouble as error:
            log.warning("heartbeat_not_written", error=type(error).__name__)
        await asyncio.sleep(EVERY.total_seconds())


def _certificate() -> Certificate | None:
    """Pods ask over the cluster's network: never without TLS."""
    if not settings.CREDENTIALS_PORT:
        return None
    return Certificate(Path(settings.CREDENTIALS_CERTIFICATE), Path(settings.CREDENTIALS_KEY))


def _over_tls(server: _Server, certificate: Certificate) -> _Server:
    server.config.load()
    server.config.ssl = certificate.context
    return server


def _uvicorn(app: App) -> _Server:
    config = uvicorn.Config(
        app,
        interface="asgi3",  # it cannot tell by itself for a method
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(FINISH_WITHIN),
    )
    return _Server(config)


def _tcp_socket(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(_BACKLOG)
    sock.setblocking(False)
    return sock


def _unix_socket(path: Path) -> socket.socket:
    """Only this user may connect, whatever the umask was: the folder is 0700, too."""
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(str(path))
    path.chmod(0o600)
    sock.listen(_BACKLOG)
    sock.setblocking(False)
    return sock
