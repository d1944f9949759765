"""Which GPUs are found, by a driver that is made up."""

from pathlib import Path
from typing import Any

import pytest

from datalab.providers.cluster.local.devices import Gpu, find_gpus, nodes_of


class Trouble(Exception):
    def __init__(self, value: int) -> None:
        super().__init__(f"error {value}")
        self.value = value


class FakeNvml:
    """NVIDIA's management library with the devices that a test gives it."""

    NVMLError = Trouble
    NVML_ERROR_LIBRARY_NOT_FOUND = 12

    def __init__(self, *minors: int, starts: int = 0, answers: int = 0) -> None:
        self._minors, self._starts, self._answers = minors, starts, answers
        self.open = False

    def nvmlInit(self) -> None:  # noqa: N802 - the library's names
        if self._starts:
            raise Trouble(self._starts)
        self.open = True

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.open = False

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        if self._answers:
            raise Trouble(self._answers)
        return len(self._minors)

    def nvmlDeviceGetHandleByIndex(self, number: int) -> int:  # noqa: N802
        return self._minors[number]

    def nvmlDeviceGetUUID(self, handle: int) -> str:  # noqa: N802
        return f"GPU-{handle}"

    def nvmlDeviceGetName(self, handle: int) -> str:  # noqa: N802
        return f"Model {handle}"

    def nvmlDeviceGetMinorNumber(self, handle: int) -> int:  # noqa: N802
        return handle


def nodes(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).touch()
    return folder


def gpu(minor: int) -> Gpu:
    return Gpu(uuid=f"GPU-{minor}", title=f"Model {minor}", minor=minor)


def test_each_device_of_the_driver_is_found(tmp_path: Path) -> None:
    driver = FakeNvml(1, 0)
    assert find_gpus(driver, nodes(tmp_path, "nvidia0", "nvidia1")) == [gpu(1), gpu(0)]
    assert not driver.open


@pytest.mark.parametrize(
    "driver",
    [
        pytest.param(FakeNvml(0, starts=12), id="no driver"),
        pytest.param(FakeNvml(0, starts=9), id="a driver that is not loaded"),
        pytest.param(FakeNvml(0, answers=15), id="a driver in trouble"),
        pytest.param(FakeNvml(), id="no device"),
    ],
)
def test_without_a_working_driver_there_are_none(driver: Any, tmp_path: Path) -> None:
    assert find_gpus(driver, nodes(tmp_path, "nvidia0")) == []
    assert not driver.open


def test_a_device_that_cannot_be_opened_here_is_not_counted(tmp_path: Path) -> None:
    assert find_gpus(FakeNvml(0, 1), nodes(tmp_path, "nvidia1")) == [gpu(1)]


def test_a_sandbox_gets_the_nodes_of_its_own_devices_only(tmp_path: Path) -> None:
    dev = nodes(tmp_path, "nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "nvidia-modeset")
    assert [node.name for node in nodes_of([gpu(1)], dev)] == ["nvidia1", "nvidiactl", "nvidia-uvm"]
    assert nodes_of([], dev) == []
