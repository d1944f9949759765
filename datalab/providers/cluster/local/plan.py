"""What the agent is asked to start: everything decided, nothing left to look up."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from datalab.providers.cluster.base import ReleaseRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder or file of the host. What is `owned` is made where absent and given to the tenant."""

    source: str
    target: str
    read_only: bool = True
    owned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tmpfs:
    target: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchPlan:
    """`environment` is all the tool gets; `digest` names what it was made from."""

    namespace: str
    name: str
    digest: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    working_dir: str
    mounts: Sequence[Mount]
    tmpfs: Sequence[Tmpfs]
    hidden: Sequence[str]
    port: int
    probe_path: str | None
    probe_timeout: float
    probe_period: float
    probe_failures: int
    cpu: int | None
    memory: int | None
    stop_grace: float
    gpus: int = 0
    """How many it asks for. Which it gets the agent decides, and fills `devices` with their nodes."""
    devices: Sequence[str] = ()

    @property
    def ref(self) -> ReleaseRef:
        return ReleaseRef(namespace=self.namespace, name=self.name)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "LaunchPlan":
        """TypeError where a field is missing or unknown."""
        fields = dict(document)
        fields["mounts"] = [Mount(**one) for one in document["mounts"]]
        fields["tmpfs"] = [Tmpfs(**one) for one in document["tmpfs"]]
        return cls(**fields)
