"""One bridge, which is at once the node, the API server's address and the pods' gateway."""

import json
from pathlib import Path

from tests.cluster.binaries import link
from tests.cluster.layout import (
    BRIDGE,
    NFT_TABLE,
    NODE_IP,
    PLUGIN,
    POD_CIDR,
    SERVICE_CIDR,
    Layout,
)
from tests.cluster.shell import run, write

_PLUGINS = Path("/usr/lib/cni")
_SWITCHES = Path("/proc/sys")
_WANTED = {"net/ipv4/ip_forward": "1", "net/bridge/bridge-nf-call-iptables": "1"}
_QUIET = "net/ipv6/conf/default/disable_ipv6"
"""New interfaces get no address by themselves: a browser on this machine would lose what it loads
at each pod that comes or goes (ERR_NETWORK_CHANGED)."""
_OF_THE_KUBELET = ("vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops")
"""It sets them without being asked, and does not set them back."""
_RULES = f"""
add table ip {NFT_TABLE}
delete table ip {NFT_TABLE}
table ip {NFT_TABLE} {{
  chain leave {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {POD_CIDR} ip daddr != {{ {POD_CIDR}, {SERVICE_CIDR} }} masquerade
  }}
}}
"""
_TABLES = (
    ("ip", NFT_TABLE),
    ("ip", f"{NFT_TABLE}-policy"),
    ("ip", "kube-proxy"),
    ("ip6", "kube-proxy"),
)


def lay(layout: Layout) -> None:
    if not is_there():
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "addr", "add", f"{NODE_IP}/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")
        # Addresses of Services stay on this machine even before kube-proxy knows them, and are
        # reached with the node's own address.
        run("ip", "route", "replace", SERVICE_CIDR, "dev", BRIDGE, "src", NODE_IP)
    _remember_switches(layout)
    for switch, value in _wanted().items():
        (_SWITCHES / switch).write_text(value)
    run("nft", "-f", "-", data=_RULES)
    _write_plugins(layout)


def clear(layout: Layout) -> None:
    if is_there():
        run("ip", "link", "del", BRIDGE)
    (_PLUGINS / PLUGIN).unlink(missing_ok=True)
    for family, table in _TABLES:
        run("nft", "delete", "table", family, table, check=False)
    if (saved := _saved(layout)).exists():
        for switch, value in json.loads(saved.read_text()).items():
            (_SWITCHES / switch).write_text(value)


def is_there() -> bool:
    return Path(f"/sys/class/net/{BRIDGE}").exists()


def _remember_switches(layout: Layout) -> None:
    if not (saved := _saved(layout)).exists():
        now = {s: (_SWITCHES / s).read_text().strip() for s in (*_wanted(), *_OF_THE_KUBELET)}
        saved.write_text(json.dumps(now))


def _wanted() -> dict[str, str]:
    return {**_WANTED, _QUIET: "1"} if (_SWITCHES / _QUIET).exists() else _WANTED


def _saved(layout: Layout) -> Path:
    return layout.run / "switches.json"


def _write_plugins(layout: Layout) -> None:
    """https://www.cni.dev/plugins/current/main/bridge/, then ours: see kit/cni."""
    folder = layout.conf / "cni"
    folder.mkdir(exist_ok=True)
    addresses = {
        "type": "host-local",
        "dataDir": str(layout.state / "cni"),
        "ranges": [[{"subnet": POD_CIDR, "rangeStart": "10.244.0.10"}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {
        "type": "bridge",
        "bridge": BRIDGE,
        "isGateway": True,
        "hairpinMode": True,
        "ipMasq": False,
        "ipam": addresses,
    }
    borders = {"type": PLUGIN, "socket": str(layout.policies_socket)}
    content = {"cniVersion": "0.4.0", "name": "nodekit", "plugins": [bridge, borders]}
    link(_PLUGINS / PLUGIN, layout.bin / PLUGIN)
    write(folder / "10-nodekit.conflist", json.dumps(content))
