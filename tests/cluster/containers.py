"""containerd with runc, from Debian, with sockets and state of its own."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.cluster.images.tiny import NAMES, write_tiny
from tests.cluster.layout import PAUSE, Layout
from tests.cluster.parts import Parts, end
from tests.cluster.shell import NOT_UP, KitError, run, succeeds, wait_until, write

_CONFIGURATION = """
version = 2
root = "{state}/containerd"
state = "{run}/containerd"
oom_score = 0
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
]
[grpc]
  address = "{socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{state}/containerd-opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # Without CAP_SYS_RESOURCE no sandbox starts otherwise: its score would be lowered.
  restrict_oom_score_adj = true
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  # So that `down` finds all mounts by the state folder.
  netns_mounts_under_state_dir = true
  max_concurrent_downloads = 1
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{conf}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
"""
_GROUPS = Path("/sys/fs/cgroup")


class Containers:
    def __init__(self, layout: Layout, parts: Parts) -> None:
        self._layout = layout
        self._parts = parts

    def start(self) -> None:
        layout = self._layout
        text = _CONFIGURATION.format(
            state=layout.state, run=layout.run, conf=layout.conf, socket=layout.socket, pause=PAUSE
        )
        write(layout.conf / "containerd.toml", text)
        self._parts.start("containerd", "containerd", "--config", layout.conf / "containerd.toml")
        wait_until("containerd", self._answers, seconds=20)
        for name in NAMES:
            if name not in self.images():
                archive = layout.run / "image.tar"
                write_tiny(name, archive)
                self.load(archive)
                archive.unlink()

    def images(self) -> set[str]:
        return set(run(*self._ctr("images", "ls", "-q")).split())

    def load(self, archive: Path) -> None:
        if not self._answers():
            raise KitError(NOT_UP)
        run(*self._ctr("images", "import", "--snapshotter", "overlayfs"), archive)

    def stop(self) -> None:
        """With all containers of this state folder."""
        if self._parts.find("containerd"):
            for kind, force in (("tasks", ["-f"]), ("containers", [])):
                if ids := run(*self._ctr(kind, "ls", "-q")).split():
                    run(*self._ctr(kind, "rm"), *force, *ids, check=False)
            # A shim ends by itself once its last task has gone; one of a sandbox that was half
            # torn down does not.
            with suppress(KitError):
                wait_until("the containers' end", lambda: not self._shims(), seconds=3)
            self._parts.stop("containerd")
        for pid in self._shims():
            end(pid)
        wait_until("the containers' end", lambda: not self._shims(), seconds=10)
        self._unmount()

    def _answers(self) -> bool:
        return self._parts.find("containerd") is not None and succeeds(*self._ctr("version"))

    def _ctr(self, *words: str) -> list[str]:
        return ["ctr", "-a", str(self._layout.socket), "-n", "k8s.io", *words]

    def _shims(self) -> list[int]:
        """Found by our socket in their arguments: another containerd's stay."""
        found, socket = [], str(self._layout.socket).encode()
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                words = entry.read_bytes().split(b"\0")
                if b"containerd-shim" in words[0] and socket in words:
                    found.append(int(entry.parent.name))
        return found

    def _unmount(self) -> None:
        points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        for point in reversed(points):
            if point.startswith(f"{self._layout.state}/"):
                run("umount", "-l", point, check=False)


def sweep() -> None:
    """Whatever is left in the pods' control groups, which all clusters of a machine share."""
    for pid in contained():
        end(pid)
    wait_until("the pods' end", lambda: not contained(), seconds=10)
    _remove_groups()


def contained() -> set[int]:
    """Processes in the pods' control groups."""
    files = (file for group in _pod_groups() for file in group.rglob("cgroup.procs"))
    return {int(pid) for file in files for pid in _lines(file)}


def _pod_groups() -> Iterator[Path]:
    """cgroup v1 has one for each controller."""
    yield from (group for group in _GROUPS.glob("*/kubepods") if group.is_dir())
    yield from (group for group in _GROUPS.glob("kubepods") if group.is_dir())


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:  # the group has gone, or is one of threads
        return []


def _remove_groups() -> None:
    for group in _pod_groups():
        for folder, _, _ in os.walk(group, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()
