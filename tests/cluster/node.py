"""The one node: kubelet and kube-proxy."""

import json
from pathlib import Path
from typing import Any

from tests.cluster.layout import DNS_IP, NODE, NODE_IP, POD_CIDR, Layout
from tests.cluster.parts import Parts
from tests.cluster.shell import write


def start_node(layout: Layout, parts: Parts) -> None:
    upstream = layout.conf / "resolv.conf"
    write(upstream, _names().read_text())
    write(layout.conf / "kubelet.json", json.dumps(_kubelet(layout, upstream), indent=1))
    parts.kit(
        "kubelet",
        f"--config={layout.conf}/kubelet.json",
        f"--kubeconfig={layout.kubeconfig('kubelet')}",
        f"--root-dir={layout.state}/kubelet",
        f"--cert-dir={layout.run}",
        f"--hostname-override={NODE}",
        f"--node-ip={NODE_IP}",
    )
    write(layout.conf / "kube-proxy.json", json.dumps(_proxy(layout), indent=1))
    parts.kit("kube-proxy", f"--config={layout.conf}/kube-proxy.json")


def _names() -> Path:
    """Of the machine's DNS; systemd's stub on loopback is out of a pod's reach."""
    behind = Path("/run/systemd/resolve/resolv.conf")
    usual = Path("/etc/resolv.conf")
    return behind if behind.exists() and "127.0.0.53" in usual.read_text() else usual


def _kubelet(layout: Layout, upstream: Path) -> dict[str, Any]:
    """https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/"""
    addresses = {
        "address": NODE_IP,
        "port": 10250,
        "readOnlyPort": 0,
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": 10248,
        "clusterDNS": [DNS_IP],
        "clusterDomain": "cluster.local",
        "resolvConf": str(upstream),
    }
    trust = {
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(layout.pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(layout.pki / "kubelet-serving.crt"),
        "tlsPrivateKeyFile": str(layout.pki / "kubelet-serving.key"),
    }
    folders = {
        "containerRuntimeEndpoint": f"unix://{layout.socket}",
        "podLogsDir": str(layout.state / "pod-logs"),
        "volumePluginDir": str(layout.state / "volume-plugins"),
    }
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        **addresses,
        **trust,
        **folders,
        **_limits(),
        "shutdownGracePeriod": "0s",
        "logging": {"verbosity": 1},
    }


def _limits() -> dict[str, Any]:
    """Nothing may need more rights than root without CAP_SYS_RESOURCE has; images stay."""
    return {
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "protectKernelDefaults": False,
        "makeIPTablesUtilChains": False,
        "oomScoreAdj": 0,
        "maxOpenFiles": 20000,
        "maxPods": 220,
        "evictionHard": {
            "memory.available": "200Mi",
            "nodefs.available": "1Gi",
            "imagefs.available": "1Gi",
        },
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "imageMinimumGCAge": "24h",
        "serializeImagePulls": True,
    }


def _proxy(layout: Layout) -> dict[str, Any]:
    """https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/"""
    untouched = {
        "maxPerCore": 0,
        "min": 0,
        "tcpEstablishedTimeout": "0s",
        "tcpCloseWaitTimeout": "0s",
    }
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "bindAddress": NODE_IP,
        "mode": "nftables",
        "clientConnection": {"kubeconfig": str(layout.kubeconfig("kube-proxy"))},
        "clusterCIDR": POD_CIDR,
        "detectLocalMode": "ClusterCIDR",
        "hostnameOverride": NODE,
        "nodePortAddresses": [f"{NODE_IP}/32"],
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        "nftables": {"minSyncPeriod": "0.1s", "syncPeriod": "30s"},
        "conntrack": untouched,
    }
