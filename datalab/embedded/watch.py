"""While `up` stays: the table of the parts, and a line for each one that had to be started again."""

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime

from rich.console import Console
from rich.live import Live

from datalab.embedded.down import STOPPING
from datalab.embedded.errands import Errands
from datalab.embedded.installation import Installation
from datalab.embedded.screen import parts_table
from datalab.embedded.status import statuses
from datalab.embedded.supervision import NotRunning, Supervisor

_LOOK_SECONDS = 1.0
_MEASURE_SECONDS = 10.0
"""Memory and health cost more than looking which processes there are."""


class Watch:
    def __init__(
        self,
        installation: Installation,
        supervisor: Supervisor,
        console: Console,
        *,
        start_again: Callable[[], bool],
    ) -> None:
        self._installation = installation
        self._supervisor = supervisor
        self._console = console
        self._start_again = start_again
        self._errands = Errands(installation)

    def run(self) -> None:
        """Returns when somebody else has stopped the platform."""
        while True:
            try:
                self._until_the_supervisor_ends()
            except NotRunning:
                if (self._installation.run / STOPPING).exists():
                    self._console.print("Stopped from elsewhere.")
                    return
                self._say("supervisord was killed: starting again")
                self._supervisor.end_left_behind()
                if not self._start_again():
                    return

    def _until_the_supervisor_ends(self) -> None:
        """Raises NotRunning."""
        starts = self._starts()
        parts, lines = statuses(self._installation), self._errands.lines()
        live = Live(parts_table(parts, lines), console=self._console, auto_refresh=False)
        if not self._console.is_terminal:
            self._console.print(parts_table(parts, lines))
        with live if self._console.is_terminal else nullcontext():
            measured = time.monotonic()
            while True:
                time.sleep(_LOOK_SECONDS)
                before, starts = starts, self._starts()
                self._tell(before, starts)
                now_lines = self._errands.lines()
                due = time.monotonic() - measured > _MEASURE_SECONDS
                if before == starts and now_lines == lines and not due:
                    continue
                parts, lines, measured = statuses(self._installation), now_lines, time.monotonic()
                live.update(parts_table(parts, lines), refresh=self._console.is_terminal)

    def _starts(self) -> Mapping[str, int]:
        if self._supervisor.process is None:
            raise NotRunning
        return {name: seen.starts for name, seen in self._supervisor.all().items()}

    def _tell(self, before: Mapping[str, int], now: Mapping[str, int]) -> None:
        for name, starts in now.items():
            if starts > before.get(name, 0) > 0:
                self._say(f"{name} had ended and was started again (restart {starts - 1})")

    def _say(self, text: str) -> None:
        self._console.print(f"{datetime.now():%H:%M:%S} {text}", highlight=False)  # noqa: DTZ005
