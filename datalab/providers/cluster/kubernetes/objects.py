"""What there is of one release on a cluster, as the API server tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelmRecord:
    """The newest revision: `status` as Helm writes it (deployed, pending-install, failed, …).

    `digest` names what was applied; empty where somebody else has made the revision.
    """

    revision: int
    status: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """How many of one kind the machines have, and how many services of the platform hold."""

    there: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseObjects:
    """JSON of the API server. Of `events` only those about the other objects; in any order.

    `record` None: Helm knows no such release. `workloads` are StatefulSets and Deployments.
    """

    record: HelmRecord | None
    workloads: Sequence[Json] = ()
    replica_sets: Sequence[Json] = ()
    pods: Sequence[Json] = ()
    claims: Sequence[Json] = ()
    events: Sequence[Json] = ()
    logs: str = ""
    """The last lines of the container that ended last, where that is worth telling."""
    devices: Mapping[str, Devices] = field(default_factory=dict)
    """By name, where it waits for one."""
