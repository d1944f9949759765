"""The cluster as a whole: up, down, status. One for a machine, since its addresses are fixed."""

import shutil
from pathlib import Path

from datalab.core.names import slug
from tests.cluster import network
from tests.cluster.addons import kubectl, start_addons
from tests.cluster.binaries import build, fetch
from tests.cluster.containers import Containers, sweep
from tests.cluster.control import is_ready, start_control_plane
from tests.cluster.images.tools import tool_archive, tool_of
from tests.cluster.keys import make_keys
from tests.cluster.layout import NODE, Layout
from tests.cluster.machine import install_packages, lacking
from tests.cluster.node import start_node
from tests.cluster.parts import Parts
from tests.cluster.shell import KitError, locked, say, wait_until

_OWNER = Path("/run/datalab-cluster")
"""Names the state folder of the cluster that has this machine's addresses."""
_WORKERS = (
    *("traefik", "policies", "volumes", "kube-proxy", "kubelet"),
    *("kube-scheduler", "kube-controller-manager"),
)
_ALL = (*_WORKERS, "kube-apiserver", "etcd", "containerd")
_IS_READY = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'


def up(layout: Layout) -> None:
    """Build, fetch, start. Nothing of it is done twice."""
    if why := lacking():
        raise KitError(why)
    with locked(layout.state / "lock"):
        _claim(layout)
        install_packages()
        build(layout)
        fetch(layout)
        for folder in (layout.conf, layout.logs, layout.run, layout.state / "pod-logs"):
            folder.mkdir(parents=True, exist_ok=True)
        make_keys(layout)
        network.lay(layout)
        parts = Parts(layout)
        Containers(layout, parts).start()
        say("containerd ready")
        start_control_plane(layout, parts)
        start_node(layout, parts)
        start_addons(layout, parts)
        _wait_for_node(layout)


def down(layout: Layout, *, purge: bool = False) -> None:
    """All of it, and the machine's switches as they were. `purge`: the next one begins empty."""
    with locked(layout.state / "lock"):
        parts = Parts(layout)
        parts.stop(*_WORKERS)
        parts.stop("kube-apiserver")
        parts.stop("etcd")
        Containers(layout, parts).stop()
        if _owner() in {None, layout.state}:
            sweep()
            network.clear(layout)
            _OWNER.unlink(missing_ok=True)
        gone = ["run", "kubelet", "cni", "pod-logs"]
        gone += ["etcd", "volumes", "logs", "conf", "pki"] if purge else []
        for name in gone:
            shutil.rmtree(layout.state / name, ignore_errors=True)
    say("The cluster is down")


def is_up(layout: Layout) -> bool:
    return is_ready(layout)


def status(layout: Layout) -> str:
    """A line for each process, then what Kubernetes says."""
    parts = Parts(layout)
    lines = []
    for name in _ALL:
        found = parts.find(name)
        known = f"{found.pid:>8}  {_memory(found.pid)}" if found else f"{'-':>8}"
        lines.append(f"{name:26}{known}")
    if is_up(layout):
        lines += ["", kubectl(layout, "get", "node,pod", "-A", "-o", "wide")]
    return "\n".join(lines)


def load_image(layout: Layout, archive: Path) -> None:
    with locked(layout.state / "lock"):
        Containers(layout, Parts(layout)).load(archive)


def load_tool(layout: Layout, chart: str) -> None:
    """Nothing where the node has it, made from the same sources."""
    tool = tool_of(chart)
    known = layout.state / "images" / slug(tool.image)
    with locked(layout.state / "lock"):
        containers = Containers(layout, Parts(layout))
        if (
            known.exists()
            and known.read_text() == tool.digest
            and tool.image in containers.images()
        ):
            say(f"{tool.image}: the node has it")
            return
        with tool_archive(tool) as archive:
            containers.load(archive)
        known.parent.mkdir(exist_ok=True)
        known.write_text(tool.digest)
    say(f"{tool.image}: imported")


def _claim(layout: Layout) -> None:
    other = _owner()
    if other is not None and other != layout.state and is_up(Layout(other)):
        raise KitError(
            f"Another cluster has this machine's addresses; its state is in {other}. "
            f"Stop it first: python -m tests.cluster --state {other} down"
        )
    _OWNER.write_text(str(layout.state))


def _owner() -> Path | None:
    try:
        return Path(_OWNER.read_text())
    except FileNotFoundError:
        return None


def _wait_for_node(layout: Layout) -> None:
    def ready() -> bool:
        return "True" in kubectl(layout, "get", "node", NODE, "--ignore-not-found", "-o", _IS_READY)

    wait_until("The node", ready, seconds=90, hint=f"See {layout.logs}/kubelet.log.")
    say("Node ready")
    rollout = ("rollout", "status", "deployment/coredns", "--timeout=90s")
    kubectl(layout, "-n", "kube-system", *rollout)
    say(f"DNS ready. KUBECONFIG={layout.kubeconfig()}")


def _memory(pid: int) -> str:
    """What a process adds (anonymous), and with the pages that it shares."""
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    own, all_of_it = (int(fields[name].split()[0]) // 1024 for name in ("RssAnon", "VmRSS"))
    return f"{own:>5} MiB own {all_of_it:>5} MiB resident"
