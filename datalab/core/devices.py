"""Extended resources of Kubernetes that a quota counts, each by its own name. Pure."""

import re
from collections.abc import Mapping

Devices = Mapping[str, int]
"""How many of each device, by its resource name such as `nvidia.com/mig-1g.5gb`."""

LONGEST = 100
_DEVICE = re.compile(
    r"[a-z0-9](?:[-a-z0-9.]{0,60}[a-z0-9])?/(?:gpu|gpu\.shared|mig-[a-z0-9][-a-z0-9.+]{0,30})"
    r"|gpu\.intel\.com/(?:i915|xe)"
)


def is_device(name: str) -> bool:
    """`nvidia.com/gpu`, `amd.com/gpu`, `nvidia.com/mig-1g.5gb`, …"""
    return _DEVICE.fullmatch(name) is not None


def is_whole(name: str) -> bool:
    """A whole GPU also counts in the resource `gpu`; a slice of one does not."""
    return name.endswith("/gpu")
