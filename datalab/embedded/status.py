"""How the parts are, for people and for scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datalab.embedded.installation import Installation
from datalab.embedded.parts import Part, parts_of
from datalab.embedded.ports import kept_ports
from datalab.embedded.processes import memory_of
from datalab.embedded.supervision import NotRunning, PartState, Running, Supervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStatus:
    """`memory` in bytes (PSS of its process group), `restarts` since the platform was started."""

    name: str
    title: str
    state: str
    healthy: bool
    pid: int
    address: str
    restarts: int
    memory: int


def statuses(installation: Installation, *, memory: bool = True) -> Sequence[PartStatus]:
    """One per part, in the order of their start, supervisord last. NotRunning where there is none."""
    supervisor = Supervisor(installation)
    process = supervisor.process
    if process is None:
        raise NotRunning
    running = supervisor.all()
    parts = parts_of(installation, kept_ports(installation.state / "ports.json"))
    rows = [_status(part, running, memory=memory) for part in parts]
    itself = PartStatus(
        name="supervisor",
        title="Supervisor: restarts",
        state="running",
        healthy=True,
        pid=process.pid,
        address="supervisor.sock",
        restarts=0,
        memory=memory_of(process.pid) if memory else 0,
    )
    return [*rows, itself]


def _status(part: Part, running: Mapping[str, Running], *, memory: bool) -> PartStatus:
    seen = running.get(part.name)
    if seen is None or seen.pid == 0:
        return PartStatus(
            name=part.name,
            title=part.title,
            state=_word(seen),
            healthy=False,
            pid=0,
            address=part.health.address,
            restarts=max(seen.starts - 1, 0) if seen else 0,
            memory=0,
        )
    healthy = part.health.is_good(pid=seen.pid)
    return PartStatus(
        name=part.name,
        title=part.title,
        state="running" if healthy else "no answer",
        healthy=healthy,
        pid=seen.pid,
        address=part.health.address,
        restarts=max(seen.starts - 1, 0),
        memory=memory_of(seen.pid) if memory else 0,
    )


def _word(seen: Running | None) -> str:
    match seen.state if seen else PartState.STOPPED:
        case PartState.STOPPED:
            return "stopped"
        case PartState.BACKOFF | PartState.FATAL | PartState.EXITED:
            return "failing"
        case PartState.STARTING | PartState.RUNNING:
            return "starting"
        case PartState.STOPPING:
            return "stopping"
        case PartState.UNKNOWN:
            return "unknown"
