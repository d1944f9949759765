"""How much this machine has in all, as far as this process may use it."""

import os
import shutil
from pathlib import Path

MEMORY_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""What a container may take, of version 2 and of version 1."""


def cpu() -> int:
    """Millicores."""
    return 1000 * len(os.sched_getaffinity(0))


def memory(limits: tuple[Path, ...] = MEMORY_LIMITS) -> int:
    """Bytes: the machine's, or the container's where that is less."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    said = [file.read_text().strip() for file in limits if file.exists()]
    return min([whole, *(int(one) for one in said if one.isdecimal())])


def storage(folder: Path) -> int:
    """Bytes of the disk that tools' volumes are on."""
    return shutil.disk_usage(folder).total
