"""Where services run: the port, and the words it speaks."""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from datalab.core.quantities import Resource
from datalab.providers.cluster.placement import Placement
from datalab.providers.cluster.room import Room, room_of


class Observed(StrEnum):
    """What the runtime reports. UNKNOWN is not ABSENT, and never healthy."""

    ABSENT = "absent"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    REMOVING = "removing"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Step(StrEnum):
    """What a release that is STARTING is busy with. Each has a clock of its own.

    At no step: nobody works on it, it must be applied again.
    """

    QUEUED = "queued"
    PREPARING = "preparing"  # an environment is built, an image is pulled
    SCHEDULING = "scheduling"
    STARTING = "starting"  # the process runs, its readiness probe does not answer yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why it is so. `code` for machines (CamelCase), `message` for people, `raw` one click away."""

    code: str
    message: str
    raw: str = ""


NOT_APPLIED = "NotApplied"
"""The code of a reason that only says that the last change failed: whoever made it was told why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRef:
    namespace: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretAccess:
    """Which secrets what is in the cluster may fetch for a release: paths below the store's mount,
    and the role with which the release's own service account signs in. No value is among it.
    """

    role: str
    paths: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A chart as it should run. `digest` names the chart's files; empty: they are read to know it.

    `files` are absolute paths inside the tool and their contents (secrets rendered by the
    platform, the token of the credentials endpoint). A runtime whose cluster injects them
    itself ignores them and looks at `secrets`; None: none were chosen, or the platform reads them.
    Files are no part of equality: a rotated token is not a new release.
    """

    ref: ReleaseRef
    chart: Path
    version: str
    values: Mapping[str, Any]
    digest: str = ""
    paused: bool = False
    restarts: int = 0
    placement: Placement = field(default_factory=Placement)
    secrets: SecretAccess | None = None
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """`progress` is between 0 and 1, None where nobody can tell.

    `takes_room`: of what has FAILED, that it is still there, is started again and again perhaps, and
    takes what it was given: a pod in a crash loop counts for the cluster like any other.
    """

    state: Observed
    step: Step | None = None
    reason: Reason | None = None
    progress: float | None = None
    takes_room: bool = False

    @property
    def may_run(self) -> bool:
        """While something may still use them, cpu and memory are not given to somebody else."""
        if self.state is Observed.FAILED:
            return self.takes_room
        return self.state not in {Observed.PAUSED, Observed.ABSENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What there is to hand out in all, taken or not.

    cpu in millicores, memory and storage in bytes, None where nobody can tell. `devices` counts
    each kind by the name that charts ask for it with: `nvidia.com/gpu`. One that is not there is 0.
    `grows` is true where machines come as they are needed: then what is not there can be asked for.
    """

    cpu: int | None
    memory: int | None
    storage: int | None
    devices: Mapping[str, int]
    grows: bool = False

    def without(self, taken: Mapping[str, int]) -> Room:
        """What is left, where it is all on one machine and nobody else takes anything."""
        sizes = {Resource.CPU: self.cpu, Resource.MEMORY: self.memory}
        known = {str(resource): amount for resource, amount in sizes.items() if amount is not None}
        return room_of([({**known, **self.devices}, taken)], grows=self.grows)


class ReleaseMirror(Protocol):
    """What runs, kept in memory by listening to the runtime. Asking it asks nobody else."""

    def changes(self) -> Generator[ReleaseRef | None, None, None]:
        """Begin to listen; yield each release that has changed, and None where that is all for now.

        There is one every second at least. Closing the iterator ends the listening. Called once.
        """

    def observe(self, ref: ReleaseRef) -> Observation:
        """ProviderUnavailable where it cannot tell (not all is seen yet, nobody answers): what is
        not known is never ABSENT, and what it last knew is not told for more than some seconds."""

    def refs(self) -> Sequence[ReleaseRef]:
        """All releases that there is something of. Raises as `observe` does."""

    def rooms(self, placements: Sequence[Placement]) -> Sequence[Room]:
        """What the machines have left for each. Raises as `observe` does."""

    def told_at(self, ref: ReleaseRef) -> float | None:
        """When the newest change of it was heard (`time.monotonic`); None: of no such release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Storage of a release. `size` in bytes, None where nobody can tell in short time."""

    name: str
    release: str
    size: int | None


class ClusterRuntime(Protocol):
    """Every method is idempotent and raises only ProviderError."""

    @property
    def injects_credentials(self) -> bool:
        """True where something in the cluster reads secrets from the store, as the tool: the Vault
        Agent injector, the External Secrets operator. Else the platform reads and delivers them."""

    @property
    def identifies_tools(self) -> bool:
        """True where a tool shows by its pod whose it is: it is given no token for bucket keys."""

    def ping(self) -> None:
        """Return within a few seconds where the runtime takes orders."""

    def ensure_namespace(self, namespace: str, *, quota: Mapping[str, str]) -> None:
        """`quota`: the most that what is in it may hold, quantities by the name of each resource and
        of each device. What is left out is not limited. Another quota stops nothing that runs."""

    def remove_namespace(self, namespace: str) -> None:
        """Remove it and all it holds, kept storage included; an absent namespace is a success."""

    def apply(self, release: Release) -> None:
        """Install or upgrade. Returns once accepted, not once ready."""

    def remove(self, ref: ReleaseRef) -> None:
        """Uninstall; an absent release is a success."""

    def observe(self, ref: ReleaseRef) -> Observation: ...

    def deliver(self, ref: ReleaseRef, files: Mapping[str, bytes]) -> bool:
        """Replace the given files in a running release, each atomically.

        False where each of them was the same before.
        """

    def releases(self, namespace: str) -> Sequence[ReleaseRef]:
        """All that is there, wanted or not. Raises where it cannot tell: never an empty guess."""

    def volumes(self, namespace: str, *, beside: Collection[str]) -> Sequence[Volume]:
        """Those of releases other than `beside`: kept when theirs was removed.

        By release and name. Raises where it cannot tell: never an empty guess.
        """

    def logs(self, ref: ReleaseRef, *, tail: int) -> str:
        """The last `tail` lines of what the tool wrote; empty where there is nothing."""

    def not_enforced(self) -> Sequence[str]:
        """What of a tool's limits and borders does not hold here: sentences for an administrator."""

    def capacity(self) -> Capacity:
        """What tools could take if there were none. Raises where it cannot tell."""

    def room(self, taken: Mapping[str, int]) -> Room | None:
        """What is left now where `taken` is all that tools have; None where only a mirror can tell.

        Raises where it cannot tell.
        """

    def changes(self) -> Iterator[ReleaseRef | None]:
        """Yield each release whose observation has changed, and None every few seconds."""

    def mirror(self) -> ReleaseMirror | None:
        """For one long-lived process, in place of `changes`: there all is known without asking.

        None where asking costs next to nothing. What is accepted by a runtime that has one begins
        by itself: it need not be applied again.
        """
