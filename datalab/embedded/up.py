"""`up`: everything from nothing, or from where it was; then stays and tells what happens."""

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from datalab.embedded import doctor
from datalab.embedded.code import is_older, note_code
from datalab.embedded.down import STOPPING, down
from datalab.embedded.installation import Installation, read_json, write_private
from datalab.embedded.parts import STEPS, Part, Step, errands_of, parts_of
from datalab.embedded.ports import choose_ports
from datalab.embedded.screen import Rows, accounts_table, parts_table
from datalab.embedded.start import Failure, Start
from datalab.embedded.status import statuses
from datalab.embedded.supervision import NotRunning, Supervisor
from datalab.embedded.watch import Watch
from datalab.embedded.wiring import (
    django_environment,
    forget_unfinished_openbao,
    openbao_is_initialized,
    write_openbao_config,
    write_traefik_config,
)

INTERRUPTED = 130


def up(installation: Installation, console: Console, *, stay: bool) -> int:
    """The exit code. With `stay` it returns when the platform has been stopped."""
    os.umask(0o077)
    installation.prepare()
    with _only_one(installation) as alone:
        if not alone:
            return _someone_else(installation, console)
        # SIGINT too: a shell that starts a program in the background has it ignored.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        try:
            return _run(installation, console, stay=stay)
        except KeyboardInterrupt:
            _ignore_signals()
            console.print("\nStopping.")
            was_up = installation.demo.exists()
            down(installation, console, keep_tools=installation.keep_tools)
            return 0 if was_up else INTERRUPTED


def _run(installation: Installation, console: Console, *, stay: bool) -> int:
    supervisor = Supervisor(installation)
    runs = supervisor.process is not None and installation.demo.exists()
    if runs and not is_older(installation):
        console.print("It runs already.")
    else:
        if runs:
            console.print("It runs older code: starting it again. Tools keep running.")
            down(installation, console, keep_tools=True)
        _clear_up(installation, supervisor, console)
        if not doctor.essentials(installation, console):
            return 1
        if not _start(installation, supervisor, console):
            return 1
    announce(installation, console)
    if not stay:
        console.print(parts_table(statuses(installation)))
        return 0
    Watch(
        installation,
        supervisor,
        console,
        start_again=lambda: _start(installation, supervisor, console),
    ).run()
    return 0


def _clear_up(installation: Installation, supervisor: Supervisor, console: Console) -> None:
    """End what a broken start or a killed supervisor has left."""
    if supervisor.process is not None:
        console.print("The last start was broken off: beginning again.")
        down(installation, console, keep_tools=True)
    elif ended := supervisor.end_left_behind():
        console.print(f"Ended {ended} processes of a platform whose supervisor was killed.")


def _start(installation: Installation, supervisor: Supervisor, console: Console) -> bool:
    """Start all parts. What does not start is shown, and all of it stopped again."""
    (installation.run / STOPPING).unlink(missing_ok=True)
    # That of a platform that was killed: as long as it is there, it says that everything works.
    installation.demo.unlink(missing_ok=True)
    ports = choose_ports(installation.state / "ports.json")
    forget_unfinished_openbao(installation)
    write_openbao_config(installation, ports)
    write_traefik_config(installation, ports)
    note_code(installation)
    parts, errands = parts_of(installation, ports), errands_of(installation, ports)
    supervisor.begin(parts, errands)
    works: list[Part | Step] = [*STEPS, *parts]
    rows = Rows(console, {work.name: work.title for work in works})
    environment = django_environment(installation, ports)
    try:
        with rows.shown():
            Start(installation, supervisor, environment=environment, rows=rows).run(works)
    except Failure as failure:
        console.print(f"\n{failure}\n", style="red", markup=False, highlight=False)
        down(installation, console, keep_tools=True)
        return False
    except NotRunning:
        console.print("Stopped from elsewhere while it was starting.")
        return False
    openbao_is_initialized(installation)
    write_private(installation.demo, json.dumps(_demo(installation), indent=2))
    for errand in errands:
        supervisor.start(errand.name)
    return True


def announce(installation: Installation, console: Console) -> None:
    demo = _demo(installation)
    console.print(f"\n[bold]Datalab is at [link={demo['url']}]{demo['url']}[/link][/bold]\n")
    console.print(accounts_table(demo["accounts"]))
    console.print(f"\nAlso for scripts: {installation.demo}\n", highlight=False, soft_wrap=True)


def _demo(installation: Installation) -> dict[str, Any]:
    return {"url": installation.origin, **read_json(installation.accounts)}


def _someone_else(installation: Installation, console: Console) -> int:
    if not installation.demo.exists():
        console.print(f"Another `make up` is busy with {installation.state}.", soft_wrap=True)
        return 1
    console.print("It runs already, in another terminal.")
    if is_older(installation):
        console.print(
            "It runs older code than what is here: end it there with Ctrl-C, and start it again."
        )
    announce(installation, console)
    console.print(parts_table(statuses(installation)))
    return 0


@contextmanager
def _only_one(installation: Installation) -> Iterator[bool]:
    """False where another `up` has this state folder. The lock goes with the process."""
    with (installation.run / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _ignore_signals() -> None:
    """Stopping takes seconds and has limits of its own: a second Ctrl-C would leave it half done."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
