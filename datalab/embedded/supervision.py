"""supervisord: its configuration, and asking it. http://supervisord.org/configuration.html"""

import http.client
import json
import os
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport

from datalab.core.paths import socket_path
from datalab.embedded.installation import ROOT, Installation, read_json, write_private
from datalab.embedded.parts import Errand, Part
from datalab.embedded.processes import ProcessId, end, identify, left_behind_by
from datalab.embedded.supervise import ENVIRONMENTS, NOTE
from datalab.embedded.wiring import clean_environment

_START_SECONDS = 15.0
_STOP_SECONDS = 30.0
_LOG_BYTES = "5MB"
_LOGS_KEPT = 2
_SUPERVISOR = "supervisor.json"


class PartState(StrEnum):
    """supervisord's words: http://supervisord.org/subprocess.html#process-states"""

    STOPPED = "STOPPED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    BACKOFF = "BACKOFF"
    STOPPING = "STOPPING"
    EXITED = "EXITED"
    FATAL = "FATAL"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What supervisord says of one process. `started` and `stopped` are Unix times, 0 for never."""

    name: str
    state: PartState
    pid: int
    exit_status: int
    started: int
    stopped: int
    starts: int


class NotRunning(Exception):
    """There is no supervisord to ask."""


class Supervisor:
    """The one that keeps this installation's parts running, whether or not it runs now."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._note = installation.run / _SUPERVISOR
        self._child: subprocess.Popen[bytes] | None = None
        """supervisord, where this process has started it: whoever starts a process waits for it."""

    @property
    def process(self) -> ProcessId | None:
        """supervisord itself, None where it does not run."""
        noted = self._noted()
        return noted if noted is not None and noted.is_alive else None

    def left_behind(self) -> Sequence[ProcessId]:
        """Parts of a supervisord that was killed."""
        noted = self._noted()
        return left_behind_by(noted) if noted is not None else []

    def end_left_behind(self) -> int:
        left = self.left_behind()
        end(left, seconds=10)
        if self._child is not None and self.process is None:
            self._child.wait()
        return len(left)

    def begin(self, parts: Sequence[Part], errands: Sequence[Errand]) -> None:
        """Start supervisord with nothing running below it yet."""
        config = self._installation.run / "supervisord.conf"
        write_private(config, render_config(self._installation, parts, errands))
        programs: list[Part | Errand] = [*parts, *errands]
        environments = {one.name: dict(one.environment) for one in programs}
        write_private(self._installation.run / ENVIRONMENTS, json.dumps(environments))
        log = self._installation.logs / "supervisord.out"
        with log.open("ab") as output:
            started = subprocess.Popen(
                [sys.executable, "-m", "datalab.embedded.supervise", "-c", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=ROOT,
                env=clean_environment(),
                # Ctrl-C in the terminal is for `up`, which stops the parts in order.
                start_new_session=True,
            )
        self._child = started
        process = identify(started.pid)
        if process is not None:
            write_private(self._note, json.dumps(asdict(process)))
        self._await_answer(started, log)

    def start(self, name: str) -> None:
        self._call("startProcess", name, False)

    def stop(self, name: str) -> None:
        """Returns when it has ended; already stopped is a success."""
        try:
            self._call("stopProcess", name, True)
        except xmlrpc.client.Fault as fault:
            if "NOT_RUNNING" not in str(fault.faultString):
                raise

    def all(self) -> Mapping[str, Running]:
        starts = read_json(self._installation.run / NOTE)
        answer: Any = self._call("getAllProcessInfo")
        return {
            info["name"]: Running(
                name=info["name"],
                state=PartState(info["statename"]),
                pid=info["pid"],
                exit_status=info["exitstatus"],
                started=info["start"],
                stopped=info["stop"],
                starts=int(starts.get(info["name"], 0)),
            )
            for info in answer
        }

    def finish(self) -> None:
        """End supervisord, and whatever of it still runs."""
        process = self.process
        if process is None:
            return
        self._call("shutdown")
        deadline = time.monotonic() + _STOP_SECONDS
        while process.is_alive and time.monotonic() < deadline:
            time.sleep(0.05)
        end([process], seconds=1)
        self.end_left_behind()

    def _noted(self) -> ProcessId | None:
        noted = read_json(self._note)
        return ProcessId(**noted) if noted else None

    def _await_answer(self, started: "subprocess.Popen[bytes]", log: Path) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if started.poll() is not None:
                break
            try:
                self._call("getState")
            except NotRunning:
                time.sleep(0.05)
            else:
                return
        raise SystemExit(f"supervisord does not start; see {log}")

    def _call(self, method: str, *arguments: object) -> object:
        """supervisord answers one call per connection quickly; NotRunning where nobody listens."""
        path = socket_path("supervisor.sock", state=self._installation.state)
        transport = SupervisorTransport(None, None, f"unix://{path}")
        server = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        try:
            return getattr(server.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == Faults.SHUTDOWN_STATE:
                raise NotRunning("supervisord is ending") from fault
            raise
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError) as error:
            raise NotRunning(str(error)) from error
        finally:
            transport.close()


def render_config(
    installation: Installation, parts: Sequence[Part], errands: Sequence[Errand]
) -> str:
    """Without the environments of the parts, which stand beside it."""
    logs, run = installation.logs, installation.run
    head = _section(
        "supervisord",
        {
            "nodaemon": "true",
            "silent": "true",
            "umask": "077",
            "directory": str(ROOT),
            "logfile": str(logs / "supervisord.log"),
            "logfile_maxbytes": _LOG_BYTES,
            "logfile_backups": str(_LOGS_KEPT),
            "pidfile": str(run / "supervisord.pid"),
            "identifier": "datalab",
            # Without it supervisord warns that it might drop root; it must not: see local runtime.
            **({"user": "root"} if os.geteuid() == 0 else {}),
        },
    )
    socket = _section(
        "unix_http_server",
        {
            "file": str(socket_path("supervisor.sock", state=installation.state)),
            "chmod": "0600",
        },
    )
    interface = _section(
        "rpcinterface:supervisor",
        {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
    )
    programs = [_part_section(installation, part) for part in parts]
    programs += [_errand_section(installation, errand) for errand in errands]
    return "\n".join([head, socket, interface, *programs])


def _part_section(installation: Installation, part: Part) -> str:
    return _section(
        f"program:{part.name}",
        {
            **_program(installation, part),
            "autorestart": "true",
            # A part that keeps failing is tried again for ever, each time a second later.
            "startsecs": "1",
            "startretries": "1000",
            "stopwaitsecs": str(part.stop_seconds),
            "killasgroup": "true",
        },
    )


def _errand_section(installation: Installation, errand: Errand) -> str:
    once = {"autorestart": "false", "startsecs": "0", "stopasgroup": "true", "killasgroup": "true"}
    return _section(f"program:{errand.name}", {**_program(installation, errand), **once})


def _program(installation: Installation, program: Part | Errand) -> dict[str, str]:
    return {
        "command": shlex.join(program.command),
        "autostart": "false",
        "redirect_stderr": "true",
        "stdout_logfile": str(installation.logs / f"{program.name}.log"),
        "stdout_logfile_maxbytes": _LOG_BYTES,
        "stdout_logfile_backups": str(_LOGS_KEPT),
    }


def _section(name: str, values: Mapping[str, str]) -> str:
    lines = [f"{key} = {value.replace('%', '%%')}" for key, value in values.items() if value]
    return "\n".join([f"[{name}]", *lines, ""])
