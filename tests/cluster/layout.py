"""Where the cluster's things are, and at which addresses it is reached."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KIT = Path(__file__).with_name("kit")
"""The Go sources."""
STATE_VARIABLE = "DATALAB_CLUSTER_STATE"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "datalab-tests"
"""What working copies share: binaries and image layers, each under the hash of its sources."""

HELM = ROOT / ".cache" / "helm" / "bin" / "helm"

KUBERNETES = "v1.34.4"
BRIDGE = "nodekit0"
NODE = "node1"
NODE_IP = "10.244.0.1"
POD_CIDR = "10.244.0.0/24"
SERVICE_CIDR = "10.96.0.0/16"
API = f"https://{NODE_IP}:6443"
API_SERVICE_IP = "10.96.0.1"
DNS_IP = "10.96.0.10"
INGRESS_PORT = 8088
NFT_TABLE = "nodekit"
PLUGIN = "clustercni"
"""The last of a pod's network plugins, by which NetworkPolicies hold from its first packet on."""
PAUSE = "nodekit.local/pause:1"
TINY = "nodekit.local/busybox:1"
"""A shell, and by itself a web server: port 8080, any user."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything of one cluster is below `state`, its pods' logs and volumes included."""

    state: Path

    @property
    def bin(self) -> Path:
        return self.state / "bin"

    @property
    def pki(self) -> Path:
        return self.state / "pki"

    @property
    def conf(self) -> Path:
        return self.state / "conf"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def run(self) -> Path:
        """What ends with the cluster: identities of processes, sockets."""
        return self.state / "run"

    @property
    def socket(self) -> Path:
        return self.state / "containerd.sock"

    @property
    def policies_socket(self) -> Path:
        return self.run / "policies.sock"

    def kubeconfig(self, name: str = "admin") -> Path:
        return self.conf / f"{name}.kubeconfig"


def layout_of(state: str | None = None) -> Layout:
    """By name, else by the environment, else in the checkout's cache."""
    named = state or os.environ.get(STATE_VARIABLE) or ROOT / ".cache" / "cluster"
    return Layout(Path(named).resolve())
