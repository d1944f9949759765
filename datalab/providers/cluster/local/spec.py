"""What a chart's manifests mean on one machine: the words between translating and running."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class VolumeKind(StrEnum):
    KEPT = "kept"  # a PersistentVolumeClaim: outlives pauses; removed with the release unless kept
    SCRATCH = "scratch"  # an emptyDir: as long as the process
    MEMORY = "memory"  # an emptyDir with medium Memory: a tmpfs of `size` bytes
    FILES = "files"  # a ConfigMap or Secret: `files`, read-only


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """One directory (or, with `sub_path`, one file) of the tool. `name` is unique in the release."""

    name: str
    kind: VolumeKind
    mount_path: str
    read_only: bool = False
    sub_path: str = ""
    size: int | None = None
    keep: bool = False
    """KEPT volumes only: stays after the release is removed (`helm.sh/resource-policy: keep`)."""
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    file_mode: int = 0o444
    """FILES volumes only: 0o555 where the chart wants one of them to be executable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """When the tool counts as ready. `path` is None for a TCP probe. Times in seconds."""

    path: str | None
    period: float
    timeout: float
    failure_threshold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpec:
    """One container of one workload with one replica, as a local process."""

    workload: str
    image: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    working_dir: str
    port: int
    readiness: Probe
    volumes: Sequence[Volume]
    cpu: int | None  # millicores
    memory: int | None  # bytes
    gpu: int = 0
    suspended: bool = False  # replicas: 0
    stop_grace: float = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """`notes` say what was left out because one machine does not need it."""

    process: ProcessSpec
    notes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A built stand-in for an image. All of it is read-only in the sandbox.

    `binds` are the host folders that the sandbox must see at the same path (the environment and its
    interpreter), `path` the PATH entries to put first, `hidden` the programs that must not be found.
    """

    name: str
    binds: Sequence[Path]
    path: Sequence[Path]
    variables: Mapping[str, str] = field(default_factory=dict)
    hidden: Sequence[Path] = ()


class BuildState(StrEnum):
    ABSENT = "absent"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStatus:
    """`environment` when READY; `message` says what is being installed; `progress` 0 to 1 or None."""

    state: BuildState
    message: str = ""
    progress: float | None = None
    environment: Environment | None = None
    raw: str = ""
