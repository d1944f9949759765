"""The cluster's processes: started once, found again by pid and start time, ended together."""

import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from datalab.providers.cluster.local.processes import Process, identify, is_alive, send
from tests.cluster.layout import Layout
from tests.cluster.shell import KitError

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PATIENCE_S = 3.0
"""Traefik would wait 10 s for its clients, the API server for its watchers."""
_LAST_LINES = 15
_APPENDED = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class Parts:
    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def start(
        self, name: str, *command: str | Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """Nothing where it runs already; anew where it is to run with other arguments."""
        words = [str(word) for word in command]
        if self.find(name):
            if self._read(name).get("command") == words:
                return
            self.stop(name)
        # Not by subprocess: nobody waits for it, and it outlives us.
        pid = os.posix_spawnp(
            words[0],
            words,
            {"PATH": SYSTEM_PATH, "HOME": str(self._layout.state), **(environment or {})},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.log(name)), _APPENDED, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
        if identity := identify(pid):
            known = {"identity": asdict(identity), "command": words}
            self._file(name).write_text(json.dumps(known))

    def kit(self, role: str, *arguments: str | Path) -> None:
        """One of those that are compiled into one binary."""
        self.start(role, self._layout.bin / "nodekit", role, *arguments)

    def find(self, name: str) -> Process | None:
        if not (known := self._read(name)):
            return None
        process = Process(**known["identity"])
        return process if is_alive(process) else None

    def check(self, name: str) -> None:
        """KitError with its last words where it has ended."""
        if self.find(name) is None:
            lines = self.log(name).read_text(errors="replace").splitlines()[-_LAST_LINES:]
            raise KitError("\n".join([f"{name} has ended. {self.log(name)} says:", *lines]))

    def stop(self, *names: str) -> None:
        """Ask all, and end after some patience who has not gone."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for name in names:
                if found := self.find(name):
                    send(found, number)
            self._wait_for_end(names)
        for name in names:
            self._file(name).unlink(missing_ok=True)

    def log(self, name: str) -> Path:
        return self._layout.logs / f"{name}.log"

    def _wait_for_end(self, names: Sequence[str]) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while any(self.find(name) for name in names) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _read(self, name: str) -> dict[str, Any]:
        """Empty where it was never started, or was stopped."""
        try:
            found: dict[str, Any] = json.loads(self._file(name).read_text())
        except (OSError, ValueError):
            return {}
        return found

    def _file(self, name: str) -> Path:
        return self._layout.run / f"{name}.json"


def end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
