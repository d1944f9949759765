"""The machine's GPUs, as NVIDIA's management library tells them; none where it has no driver.

https://docs.nvidia.com/deploy/nvml-api/
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pynvml

GPU = "nvidia.com/gpu"
"""As a chart's resource limits name it."""
DEV = Path("/dev")
SHARED_NODES = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools")
"""Needed beside a GPU's own node. They give no GPU: each is opened by a node of its own."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """`uuid` names it for CUDA, for ever; `minor` its node below /dev."""

    uuid: str
    title: str
    minor: int


def find_gpus(nvml: Any = pynvml, dev: Path = DEV) -> Sequence[Gpu]:
    """In the driver's order. One whose node is not there, as in a container, cannot be given."""
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        if error.value != nvml.NVML_ERROR_LIBRARY_NOT_FOUND:
            log.warning("the NVIDIA driver does not answer: %s", error)
        return []
    try:
        found = [_gpu(nvml, number) for number in range(nvml.nvmlDeviceGetCount())]
    except nvml.NVMLError as error:
        log.warning("the NVIDIA driver does not say which GPUs there are: %s", error)
        return []
    finally:
        nvml.nvmlShutdown()
    return [gpu for gpu in found if (dev / f"nvidia{gpu.minor}").exists()]


def pretended_gpus(folder: Path) -> Sequence[Gpu]:
    """One for each `nvidia<number>` in a folder that stands in for /dev."""
    minors = sorted(int(one.name.removeprefix("nvidia")) for one in folder.glob("nvidia[0-9]"))
    return [Gpu(uuid=f"GPU-{minor}", title="Pretended", minor=minor) for minor in minors]


def nodes_of(gpus: Sequence[Gpu], dev: Path = DEV) -> list[Path]:
    """What a sandbox must have to use exactly these."""
    if not gpus:
        return []
    names = [*(f"nvidia{gpu.minor}" for gpu in gpus), *SHARED_NODES]
    return [dev / name for name in names if (dev / name).exists()]


def _gpu(nvml: Any, number: int) -> Gpu:
    handle = nvml.nvmlDeviceGetHandleByIndex(number)
    return Gpu(
        uuid=str(nvml.nvmlDeviceGetUUID(handle)),
        title=str(nvml.nvmlDeviceGetName(handle)),
        minor=int(nvml.nvmlDeviceGetMinorNumber(handle)),
    )
