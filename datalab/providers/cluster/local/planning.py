"""From what a chart's process needs to what the agent starts. Pure: nothing is read or written."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.local.folders import Folders
from datalab.providers.cluster.local.plan import LaunchPlan, Mount, Tmpfs
from datalab.providers.cluster.local.spec import Environment, ProcessSpec, Volume, VolumeKind

HOME = "/home/jovyan"
PROXY = "http://127.0.0.1:3128"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
DELIVERED = ("/var/run/datalab", "/vault/secrets")
"""The folders that the platform's own files are in: shown to every tool, read-only."""
_DEFAULT_MEMORY_VOLUME = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """`files` go below the release's folder on the tmpfs; `keep` are volumes that outlive it."""

    plan: LaunchPlan
    files: Mapping[str, str]
    keep: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """`certificates` is the host's bundle of trusted authorities, None where it has none."""

    folders: Folders
    certificates: Path | None

    def prepare(
        self,
        ref: ReleaseRef,
        *,
        digest: str,
        process: ProcessSpec,
        environment: Environment,
        files: Mapping[str, bytes],
    ) -> Prepared:
        """ProviderRefused where the process asks for something that cannot be mounted."""
        home = home_of(process)
        plan = LaunchPlan(
            namespace=ref.namespace,
            name=ref.name,
            digest=digest,
            command=list(process.command),
            environment=self._variables(process, environment, home),
            working_dir=process.working_dir or home,
            mounts=[
                *self._system(),
                *(_shown(bind) for bind in environment.binds),
                *self._platform(ref),
                *self._volumes(ref, process),
                *self._home(ref, process, home),
            ],
            tmpfs=[
                Tmpfs(target=one.mount_path, size=one.size or _DEFAULT_MEMORY_VOLUME)
                for one in process.volumes
                if one.kind is VolumeKind.MEMORY
            ],
            hidden=[str(path) for path in environment.hidden],
            port=process.port,
            probe_path=process.readiness.path,
            probe_timeout=process.readiness.timeout,
            probe_period=process.readiness.period,
            probe_failures=process.readiness.failure_threshold,
            cpu=process.cpu,
            memory=process.memory,
            stop_grace=process.stop_grace,
            gpus=process.gpu,
        )
        return Prepared(
            plan=plan,
            files={**encoded(files), **dict(_volume_files(process))},
            keep=[one.name for one in process.volumes if one.keep],
        )

    def _variables(
        self, process: ProcessSpec, environment: Environment, home: str
    ) -> dict[str, str]:
        """The chart's have the last word, but for PATH: there the environment comes first."""
        paths = [str(path) for path in environment.path]
        chart_path = process.environment.get("PATH")
        return {
            "HOME": home,
            "USER": "jovyan",
            "LOGNAME": "jovyan",
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            **_ways_out(),
            **(_trust() if self.certificates else {}),
            **environment.variables,
            **process.environment,
            "PATH": ":".join([*paths, *([chart_path] if chart_path else SYSTEM_PATH)]),
        }

    def _system(self) -> Iterator[Mount]:
        for name in ("passwd", "group", "hosts", "nsswitch.conf"):
            yield Mount(source=str(self.folders.root / "etc" / name), target=f"/etc/{name}")
        if self.certificates is not None:
            yield Mount(source=str(self.certificates), target=CERTIFICATES)

    def _platform(self, ref: ReleaseRef) -> Iterator[Mount]:
        for folder in DELIVERED:
            source = self.folders.delivered(ref) / _name_of(folder)
            yield Mount(source=str(source), target=folder, owned=True)

    def _volumes(self, ref: ReleaseRef, process: ProcessSpec) -> Iterator[Mount]:
        for one in process.volumes:
            below = {
                VolumeKind.KEPT: self.folders.volumes(ref),
                VolumeKind.SCRATCH: self.folders.scratch(ref),
                VolumeKind.FILES: self.folders.delivered(ref) / "volumes",
            }.get(one.kind)
            if below is not None:
                yield Mount(
                    source=str(below / safe_part(one.name) / _sub_path(one)),
                    target=one.mount_path,
                    read_only=one.read_only or one.kind is VolumeKind.FILES,
                    owned=not _is_file(one),
                )

    def _home(self, ref: ReleaseRef, process: ProcessSpec, home: str) -> Iterator[Mount]:
        """A home that no volume holds lasts as long as the process."""
        mounted = [PurePosixPath(one.mount_path) for one in process.volumes]
        inside = [PurePosixPath(home), *PurePosixPath(home).parents]
        if not any(path in mounted for path in inside):
            source = self.folders.scratch(ref) / ".home"
            yield Mount(source=str(source), target=home, read_only=False, owned=True)


def home_of(process: ProcessSpec) -> str:
    """HOME: the chart's own, else where its first kept volume is, so that it survives a pause."""
    kept = [one.mount_path for one in process.volumes if one.kind is VolumeKind.KEPT]
    return process.environment.get("HOME") or next(iter(kept), HOME)


def encoded(files: Mapping[str, bytes]) -> dict[str, str]:
    """Delivered files by their place below the release's folder on the tmpfs.

    ProviderRefused for a path outside the folders that every tool is shown.
    """
    found = {}
    for path, content in files.items():
        folder, _, name = path.rpartition("/")
        if folder not in DELIVERED or not name or name in {".", ".."}:
            raise ProviderRefused(f"Nothing can be delivered to {path!r}.", provider="cluster")
        found[f"{_name_of(folder)}/{name}"] = base64.b64encode(content).decode()
    return found


def _volume_files(process: ProcessSpec) -> Iterator[tuple[str, str]]:
    for one in process.volumes:
        if one.kind is VolumeKind.FILES:
            for name, content in one.files.items():
                place = f"volumes/{safe_part(one.name)}/{name}"
                yield place, base64.b64encode(content).decode()


def _ways_out() -> dict[str, str]:
    nowhere = "127.0.0.1,localhost"
    upper = {"HTTPS_PROXY": PROXY, "HTTP_PROXY": PROXY, "NO_PROXY": nowhere}
    return upper | {name.lower(): value for name, value in upper.items()}


def _trust() -> dict[str, str]:
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO")
    more = ("PIP_CERT", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    return dict.fromkeys((*names, *more), CERTIFICATES)


def _shown(path: Path) -> Mount:
    return Mount(source=str(path), target=str(path))


def _sub_path(one: Volume) -> PurePosixPath:
    path = PurePosixPath(one.sub_path)
    if path.is_absolute() or ".." in path.parts:
        raise ProviderRefused(f"{one.sub_path!r} is no path in a volume.", provider="cluster")
    return path


def _is_file(one: Volume) -> bool:
    return one.kind is VolumeKind.FILES and one.sub_path in one.files


def safe_part(name: str) -> str:
    if not name or "/" in name or name in {".", ".."}:
        raise ProviderRefused(f"{name!r} is no name for a volume.", provider="cluster")
    return name


def _name_of(folder: str) -> str:
    return f"files{folder.replace('/', '-')}"
