"""What `up` and `down` show. On a terminal rows that change, elsewhere a line for each change."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from datalab.embedded.status import PartStatus


class Progress(StrEnum):
    WAITING = "waiting"
    BUSY = "busy"
    DONE = "done"
    FAILED = "failed"


_MARKS = {
    Progress.WAITING: Text("·", style="dim"),
    Progress.DONE: Text("✓", style="green"),
    Progress.FAILED: Text("✗", style="red"),
}


@dataclass(slots=True)
class _Row:
    title: str
    progress: Progress = Progress.WAITING
    note: str = ""
    since: float = 0.0
    seconds: float = 0.0
    spinner: Spinner = field(default_factory=lambda: Spinner("dots"))


class Rows:
    """Things under way, each with a title and a clock. Safe to call from several threads."""

    def __init__(self, console: Console, titles: Mapping[str, str]) -> None:
        self._console = console
        self._rows = {name: _Row(title) for name, title in titles.items()}
        self._lock = threading.Lock()

    @contextmanager
    def shown(self) -> Iterator["Rows"]:
        if not self._console.is_terminal:
            yield self
            return
        with Live(get_renderable=self._table, console=self._console, refresh_per_second=8):
            yield self

    def begin(self, name: str) -> None:
        self._set(name, Progress.BUSY, "")

    def done(self, name: str, note: str = "") -> None:
        self._set(name, Progress.DONE, note)

    def failed(self, name: str, note: str) -> None:
        self._set(name, Progress.FAILED, note)

    def _set(self, name: str, progress: Progress, note: str) -> None:
        with self._lock:
            row = self._rows[name]
            row.progress, row.note = progress, note
            if progress is Progress.BUSY:
                row.since = time.monotonic()
            else:
                row.seconds = time.monotonic() - row.since
            if not self._console.is_terminal and progress is not Progress.BUSY:
                mark = "ok  " if progress is Progress.DONE else "FAIL"
                text = f"  {mark} {row.title} ({row.seconds:.1f} s) {row.note}".rstrip()
                self._console.print(text, markup=False, highlight=False)

    def _table(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        with self._lock:
            for row in self._rows.values():
                busy = row.progress is Progress.BUSY
                seconds = time.monotonic() - row.since if busy else row.seconds
                clock = f"{seconds:5.1f} s" if row.progress is not Progress.WAITING else ""
                mark: RenderableType = row.spinner if busy else _MARKS[row.progress]
                style = "dim" if row.progress is Progress.WAITING else ""
                table.add_row(
                    mark, Text(row.title, style=style), Text(clock, "dim"), Text(row.note)
                )
        return table


def accounts_table(accounts: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Demo accounts", title_justify="left", box=None, header_style="dim")
    for column in ("user", "password", "tenant", "role"):
        table.add_column(column, overflow="fold")
    for account in accounts:
        tenant = account["tenant"] or "all"
        cells = (account["username"], account["password"], tenant, account["role"])
        # A password may hold what rich would take for markup.
        table.add_row(*(Text(cell) for cell in cells))
    return table


def parts_table(parts: Sequence[PartStatus], errands: Sequence[str] = ()) -> RenderableType:
    """`errands` are lines about what goes on beside the parts."""
    table = Table(title="Parts", title_justify="left", box=None, header_style="dim")
    for column in ("part", "state", "pid", "where", "restarts", "memory"):
        numbers = column in {"pid", "restarts", "memory"}
        table.add_column(column, justify="right" if numbers else "left", no_wrap=True)
    for part in parts:
        table.add_row(
            part.title,
            Text(part.state, style="green" if part.healthy else "red"),
            str(part.pid or ""),
            part.address,
            str(part.restarts or ""),
            f"{part.memory / 2**20:.0f} MiB" if part.memory else "",
        )
    return Group(table, *(Text(line, style="yellow") for line in errands))
