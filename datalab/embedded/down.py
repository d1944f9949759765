"""Stopping: the front door first, so that nothing new comes in; what others need last."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console

from datalab.embedded.errands import end_builds
from datalab.embedded.installation import Installation
from datalab.embedded.parts import STOP_TOOLS, errands_of, parts_of
from datalab.embedded.ports import choose_ports, kept_ports
from datalab.embedded.screen import Rows
from datalab.embedded.start import Failure, Start, take_step
from datalab.embedded.supervision import Supervisor
from datalab.embedded.wiring import django_environment
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.local.folders import Folders

STOPPING = "stopping"
"""In the run folder from when parts are stopped on purpose to the next start."""
_BEFORE_TOOLS = (("traefik",), ("worker",))
_AFTER_TOOLS = (("portal", "gate", "agent"), ("s3", "openbao"))
_NOTHING = "It does not run."


def down(installation: Installation, console: Console, *, keep_tools: bool) -> int:
    """The exit code. Stopping what does not run is a success."""
    if not installation.exists:
        console.print(f"There is no platform in {installation.state}.", highlight=False)
        return 0
    supervisor = Supervisor(installation)
    was_there = supervisor.process is not None
    (installation.run / STOPPING).touch()
    installation.demo.unlink(missing_ok=True)
    if was_there:
        _stop_parts(installation, supervisor, console, keep_tools=keep_tools)
    else:
        ended = supervisor.end_left_behind()
        told = f"Ended {ended} processes of a platform that was killed." if ended else _NOTHING
        console.print(told)
        if not keep_tools:
            _stop_tools_alone(installation, supervisor, console)
    end_builds(installation)
    return 0


def _stop_parts(
    installation: Installation, supervisor: Supervisor, console: Console, *, keep_tools: bool
) -> None:
    ports = kept_ports(installation.state / "ports.json")
    parts, errands = parts_of(installation, ports), errands_of(installation, ports)
    titles = {STOP_TOOLS.name: STOP_TOOLS.title, **{one.name: one.title for one in parts}}
    tools = [] if keep_tools else [(STOP_TOOLS.name,)]
    order = [name for names in (*_BEFORE_TOOLS, *tools, *_AFTER_TOOLS) for name in names]
    rows = Rows(console, {name: titles[name] for name in order})
    with rows.shown():
        for errand in errands:
            supervisor.stop(errand.name)
        _stop_rounds(supervisor, rows, _BEFORE_TOOLS)
        if not keep_tools:
            _stop_tools(installation, rows)
        _stop_rounds(supervisor, rows, _AFTER_TOOLS)
        supervisor.finish()
    if keep_tools:
        console.print("Running tools were left running.")


def tools_left(installation: Installation) -> Sequence[ReleaseRef]:
    """Tools that run, or whose end nobody has seen."""
    folders = Folders.below(installation.state)
    return [ref for ref in folders.refs() if folders.instance(ref).exists()]


def _stop_tools_alone(installation: Installation, supervisor: Supervisor, console: Console) -> None:
    """Tools that were left running: the agent, which alone can stop them, is started for it."""
    if not tools_left(installation):
        return
    ports = choose_ports(installation.state / "ports.json")
    agent = next(part for part in parts_of(installation, ports) if part.name == "agent")
    rows = Rows(console, {one.name: one.title for one in (agent, STOP_TOOLS)})
    supervisor.begin([agent], [])
    with rows.shown():
        environment = django_environment(installation, ports)
        start = Start(installation, supervisor, environment=environment, rows=rows)
        try:
            start.run([agent])
        except Failure as failure:
            console.print(f"{failure}", style="red", markup=False, highlight=False)
        else:
            _stop_tools(installation, rows)
        supervisor.finish()


def _stop_rounds(supervisor: Supervisor, rows: Rows, rounds: Sequence[Sequence[str]]) -> None:
    """One round after the other, the parts of a round together."""

    def stop(name: str) -> None:
        rows.begin(name)
        supervisor.stop(name)
        rows.done(name)

    for names in rounds:
        with ThreadPoolExecutor(max_workers=len(names)) as pool:
            list(pool.map(stop, names))


def _stop_tools(installation: Installation, rows: Rows) -> None:
    """A failure is shown and does not keep the platform from stopping."""
    environment = django_environment(installation, kept_ports(installation.state / "ports.json"))
    rows.begin(STOP_TOOLS.name)
    try:
        take_step(installation, STOP_TOOLS, environment)
    except Failure as failure:
        rows.failed(STOP_TOOLS.name, f"{failure.problem}, see {installation.logs}")
    else:
        rows.done(STOP_TOOLS.name)
