"""supervisord that also counts starts, sweeps, and moves aside the logs that parts write themselves.

It gives parts their environments as they are: its own configuration can pass no quote in one.

`python -m datalab.embedded.supervise -c FILE`
"""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from supervisor import events
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.supervisord import Supervisor

from datalab.embedded.installation import write_private

NOTE = "starts.json"
"""Beside supervisord's pid file: how often each part was started since supervisord began."""

ENVIRONMENTS = "environments.json"
"""There as well: of each part and errand, by its name."""

OWN_LOGS = {"openbao": "openbao-audit.log"}
"""Beside supervisord's own log, by the part that writes it and opens it anew at SIGHUP."""
LOG_BYTES = 5 * 1024 * 1024


class _Watching(Supervisor):
    starts: Counter[str]

    def runforever(self) -> None:
        # Not earlier: run() begins by forgetting all subscribers.
        self.starts = Counter()
        events.subscribe(events.ProcessStateStartingEvent, self._count)
        for ended in (
            events.ProcessStateExitedEvent,
            events.ProcessStateBackoffEvent,
            events.ProcessStateStoppedEvent,
        ):
            events.subscribe(ended, _sweep)
        events.subscribe(events.Tick60Event, self._move_logs)
        super().runforever()  # type: ignore[no-untyped-call]

    def _count(self, event: Any) -> None:
        self.starts[event.process.config.name] += 1
        write_private(Path(self.options.pidfile).with_name(NOTE), json.dumps(self.starts))

    def _move_logs(self, _: Any) -> None:
        logs = Path(self.options.logfile).parent
        for part, name in OWN_LOGS.items():
            group = self.process_groups.get(part)
            if group is not None and move_aside(logs / name, most=LOG_BYTES):
                pid = group.processes[part].pid
                if pid:
                    os.kill(pid, signal.SIGHUP)


def move_aside(log: Path, *, most: int) -> bool:
    """Keep one former log. False where it is absent or not larger than `most` bytes."""
    if not log.exists() or log.stat().st_size <= most:
        return False
    log.replace(log.with_name(f"{log.name}.1"))
    return True


def _sweep(event: Any) -> None:
    """End what a part left in its process group: a server's child would keep the port."""
    if event.process.pid:
        with suppress(ProcessLookupError):
            os.killpg(event.process.pid, signal.SIGKILL)


def give_environments(options: ServerOptions, environments: Mapping[str, dict[str, str]]) -> None:
    for group in options.process_group_configs:
        for process in group.process_configs:
            process.environment = environments[process.name]


def main() -> None:
    options = ServerOptions()
    options.realize(sys.argv[1:], doc=__doc__)
    environments = Path(str(options.pidfile)).with_name(ENVIRONMENTS)
    give_environments(options, json.loads(environments.read_text()))
    options.first, options.test = True, False  # type: ignore[attr-defined]  # set so by its own main
    try:
        _Watching(options).main()  # type: ignore[no-untyped-call]
    except ExitNow:
        options.logger.info("all parts have ended")
    options.close_httpservers()
    options.close_logger()


if __name__ == "__main__":
    main()
