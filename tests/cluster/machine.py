"""What the cluster needs of this machine, and the Debian packages it takes what it lacks from."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.shell import run, say

PACKAGES = {  # Debian package: a program or file that it brings
    "containerd": "containerd",
    "runc": "runc",
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "nftables": "nft",
    "iproute2": "ip",
    # Not busybox-static: that one crashes when it resolves a name.
    "busybox": "/var/lib/dpkg/info/busybox.list",
    "conntrack": "conntrack",
    "mount": "mount",
}
_GROUPS = Path("/sys/fs/cgroup")
_REQUIRED = ("CI", "DATALAB_CLUSTER_REQUIRED")


def lacking() -> str:
    """What stands in the way here, as a sentence; empty where nothing does."""
    if os.geteuid() != 0:
        return "A cluster needs root: it mounts, and makes networks and control groups."
    if not _groups_are_writable():
        return "A cluster needs control groups that can be written below /sys/fs/cgroup."
    if not Path("/proc/sys/net/bridge/bridge-nf-call-iptables").exists():
        return "A cluster needs the kernel's br_netfilter: modprobe br_netfilter."
    if missing_packages() and shutil.which("apt-get") is None:
        return (
            f"A cluster needs {', '.join(missing_packages())}; without apt, install them by hand."
        )
    return ""


def is_required() -> bool:
    """Whether a machine that cannot have a cluster is a failure: in CI, or where somebody says so."""
    return any(os.environ.get(name, "") not in {"", "0", "false"} for name in _REQUIRED)


def missing_packages() -> Sequence[str]:
    return [
        package
        for package, brought in PACKAGES.items()
        if not (shutil.which(brought) or Path(brought).exists())
    ]


def install_packages() -> None:
    if not (missing := missing_packages()):
        return
    say(f"Installing {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", environment=environment)
    install = ("apt-get", "install", "-y", "--no-install-recommends")
    run(*install, *missing, environment=environment)


def _groups_are_writable() -> bool:
    """cgroup v1 has a hierarchy for each controller, v2 one for all."""
    group = _GROUPS / "memory" if (_GROUPS / "memory").is_dir() else _GROUPS
    probe = group / f"datalab-probe-{os.getpid()}"
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError:
        return False
    return True
