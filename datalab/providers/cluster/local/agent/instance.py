"""One start of one tool: what the agent remembers of it, also across its own end."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from datalab.providers.cluster.base import Reason, ReleaseRef
from datalab.providers.cluster.local.plan import LaunchPlan
from datalab.providers.cluster.local.processes import Process


class Stage(StrEnum):
    STARTING = "starting"  # accepted; perhaps running already, but not ready
    READY = "ready"
    STOPPING = "stopping"
    ENDED = "ended"  # by itself, or it could not be started: `reason` says which
    LOST = "lost"  # nobody knows how it ended: the machine or its monitor was killed


@dataclass(slots=True, kw_only=True)
class Instance:
    """`released` is true once it has its network and limits, and so may run.

    `process` is the init of its pid namespace; `monitor` the bubblewrap outside, which waits for
    the tool and writes its exit code down.
    """

    id: str
    ref: ReleaseRef
    digest: str
    uid: int
    port: int
    probe_path: str | None
    probe_timeout: float
    probe_period: float
    probe_failures: int
    memory: int | None
    stop_grace: float
    stage: Stage = Stage.STARTING
    released: bool = False
    process: Process | None = None
    monitor: Process | None = None
    reason: Reason | None = None
    kills: int = 0
    gpus: list[str] = field(default_factory=list)
    """Those it was given, by UUID: its own until it is gone."""

    @classmethod
    def of(cls, plan: LaunchPlan, *, identifier: str) -> "Instance":
        """It has no user yet, and so cannot be started yet."""
        return cls(
            id=identifier,
            ref=plan.ref,
            digest=plan.digest,
            uid=-1,
            port=plan.port,
            probe_path=plan.probe_path,
            probe_timeout=plan.probe_timeout,
            probe_period=plan.probe_period,
            probe_failures=plan.probe_failures,
            memory=plan.memory,
            stop_grace=plan.stop_grace,
        )

    @property
    def is_over(self) -> bool:
        return self.stage in {Stage.ENDED, Stage.LOST}

    def to_json(self) -> dict[str, Any]:
        document = {name: getattr(self, name) for name in self.__slots__}
        document["ref"] = [self.ref.namespace, self.ref.name]
        for name in ("process", "monitor", "reason"):
            value = document[name]
            document[name] = value and {key: getattr(value, key) for key in value.__slots__}
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Instance":
        """TypeError or KeyError where it was written by another version."""
        fields = dict(document)
        namespace, name = document["ref"]
        fields["ref"] = ReleaseRef(namespace=namespace, name=name)
        fields["stage"] = Stage(document["stage"])
        for name in ("process", "monitor"):
            fields[name] = document.get(name) and Process(**document[name])
        fields["reason"] = document["reason"] and Reason(**document["reason"])
        return cls(**fields)


def read_status(path: Path) -> dict[str, int]:
    """What bubblewrap wrote: `child-pid` at the start, `exit-code` at the end.

    Several JSON objects without commas, the last perhaps not written to its end yet.
    """
    found: dict[str, int] = {}
    try:
        text = path.read_text().lstrip()
    except FileNotFoundError:
        return found
    decoder, position = json.JSONDecoder(), 0
    while position < len(text):
        try:
            document, position = decoder.raw_decode(text, position)
        except ValueError:
            break
        found.update(document)
        position += len(text[position:]) - len(text[position:].lstrip())
    return found
