"""supervisord that also counts starts and sweeps: `python -m datalab.embedded.supervise -c FILE`."""

import json
import os
import signal
import sys
from collections import Counter
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
        super().runforever()  # type: ignore[no-untyped-call]

    def _count(self, event: Any) -> None:
        self.starts[event.process.config.name] += 1
        write_private(Path(self.options.pidfile).with_name(NOTE), json.dumps(self.starts))


def _sweep(event: Any) -> None:
    """End what a part left in its process group: a server's child would keep the port."""
    if event.process.pid:
        with suppress(ProcessLookupError):
            os.killpg(event.process.pid, signal.SIGKILL)


def main() -> None:
    options = ServerOptions()
    options.realize(sys.argv[1:], doc=__doc__)
    options.first, options.test = True, False  # type: ignore[attr-defined]  # set so by its own main
    try:
        _Watching(options).main()  # type: ignore[no-untyped-call]
    except ExitNow:
        options.logger.info("all parts have ended")
    options.close_httpservers()
    options.close_logger()


if __name__ == "__main__":
    main()
