"""The sandbox's arguments. Pure but for looking which system folders this machine has."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.local.plan import LaunchPlan, Mount

UID = 1000
"""Who the tool believes to be. Outside it is the tenant's own user, and never root."""

ARGS_FD, STATUS_FD, INFO_FD, BLOCK_FD = 10, 11, 12, 13
"""Where the sandbox finds its descriptors."""

_SYSTEM = ("/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32")
_ETC = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types")
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - the sandbox's own
"""The one place below /dev that a chart may give a size to."""
_KEPT_CLEAR = ("/proc", "/dev", "/sys", "/usr", *_SYSTEM)
"""A chart may not mount anything over these."""


def arguments(plan: LaunchPlan, sources: Mapping[str, str]) -> list[str]:
    """All but the command, for `--args`: nothing of it is ever on a command line.

    `sources` says where the sandbox's user finds each folder of the host.
    """
    return [
        *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net"),
        *("--unshare-cgroup-try", "--disable-userns", "--new-session", "--cap-drop", "ALL"),
        *("--hostname", plan.name, "--uid", str(UID), "--gid", str(UID)),
        *("--ro-bind", "/usr", "/usr", *_system_links()),
        *("--proc", "/proc", "--dev", "/dev"),
        *(word for node in plan.devices for word in _device(node, sources)),
        *_tmpfs(SHARED_MEMORY, _share(plan, 4, 256), "1777"),
        *_tmpfs("/tmp", _share(plan, 2, 1024), "1777"),  # noqa: S108 - the sandbox's own
        *_tmpfs("/run", _share(plan, 8, 64), "0755"),
        *("--dir", "/var/tmp", "--chmod", "1777", "/var/tmp"),  # noqa: S108
        *(word for path in _ETC for word in ("--ro-bind-try", path, path)),
        *_mounts(plan, sources),
        *_hidden(plan),
        *("--remount-ro", "/", "--chdir", plan.working_dir, "--clearenv"),
        *(word for name, value in plan.environment.items() for word in ("--setenv", name, value)),
        *("--json-status-fd", str(STATUS_FD), "--info-fd", str(INFO_FD)),
        *("--block-fd", str(BLOCK_FD)),
    ]


def joined(words: Sequence[str]) -> bytes:
    """As `--args` reads them. ValueError where a value would be read as more than one.

    Values come from users: a zero inside one could mount the whole machine.
    """
    if any("\0" in word for word in words):
        raise ValueError("a value of the chart has a zero character, which no process can be given")
    return b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in words)


def _system_links() -> Iterator[str]:
    for path in _SYSTEM:
        if Path(path).is_symlink():
            yield from ("--symlink", os.readlink(path).lstrip("/"), path)  # noqa: PTH115
        elif Path(path).is_dir():
            yield from ("--ro-bind", path, path)


def _device(node: str, sources: Mapping[str, str]) -> Sequence[str]:
    return "--dev-bind", sources[node], f"/dev/{PurePosixPath(node).name}"


def _share(plan: LaunchPlan, part: int, most_mib: int) -> int:
    """A tmpfs counts as the tool's memory, so it must stay well below its limit."""
    most = most_mib * 1024 * 1024
    return min(plan.memory // part, most) if plan.memory else most


def _tmpfs(target: str, size: int, mode: str) -> Sequence[str]:
    return "--perms", mode, "--size", str(size), "--tmpfs", target


def _mounts(plan: LaunchPlan, sources: Mapping[str, str]) -> Iterator[str]:
    """Outer folders before those inside them."""
    wanted: list[tuple[str, Sequence[str]]] = [
        (one.target, _bind(one, sources[one.source])) for one in plan.mounts
    ]
    wanted += [(one.target, _tmpfs(one.target, one.size, "0777")) for one in plan.tmpfs]
    for target, words in sorted(wanted, key=lambda one: PurePosixPath(one[0]).parts):
        check_target(target)
        yield from words


def _bind(mount: Mount, source: str) -> Sequence[str]:
    return "--ro-bind" if mount.read_only else "--bind", source, mount.target


def _hidden(plan: LaunchPlan) -> Iterator[str]:
    for path in plan.hidden:
        if Path(path).exists():
            yield from ("--ro-bind", "/dev/null", str(Path(path).resolve()))


def check_target(target: str) -> None:
    """ProviderRefused where a chart's mount path would cover the system or is none at all."""
    path = PurePosixPath(target)
    wrong = path.root != "/" or ".." in path.parts or str(path) != target or target == "/"
    covers = any(target == kept or target.startswith(f"{kept}/") for kept in _KEPT_CLEAR)
    if wrong or (covers and target != SHARED_MEMORY and not target.startswith("/usr/local/")):
        raise ProviderRefused(f"Nothing can be mounted at {target!r} here.", provider="cluster")
