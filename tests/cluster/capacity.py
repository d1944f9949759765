"""Devices that the node claims to have: the scheduler and quotas count them, nothing is behind them."""

import json

from tests.cluster.addons import kubectl
from tests.cluster.layout import NODE, Layout


def set_devices(layout: Layout, name: str, count: int) -> None:
    """0 takes them away again. The kubelet copies capacity to what pods may ask for."""
    patch = {"status": {"capacity": {name: str(count)}}}
    words = ("patch", "node", NODE, "--subresource=status", "--type=merge")
    kubectl(layout, *words, "-p", json.dumps(patch))
