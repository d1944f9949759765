"""Runtimes with a trouble of their own; otherwise they keep every promise of the port."""

from collections.abc import Callable, Collection, Mapping, Sequence

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.cluster.base import (
    Observation,
    Observed,
    Reason,
    Release,
    ReleaseRef,
    Step,
    Volume,
)
from datalab.providers.cluster.memory import MemoryRuntime


class BlindRuntime(MemoryRuntime):
    """It does what it is told, but while `blind` it cannot say what is there."""

    def __init__(self) -> None:
        super().__init__()
        self.blind = True

    def observe(self, ref: ReleaseRef) -> Observation:
        if self.blind:
            return Observation(
                state=Observed.UNKNOWN,
                reason=Reason(code="NoAnswer", message="The cluster does not answer."),
            )
        return super().observe(ref)

    def releases(self, namespace: str) -> Sequence[ReleaseRef]:
        if self.blind:
            raise _no_answer()
        return super().releases(namespace)


class DownRuntime(MemoryRuntime):
    """Nothing answers while `down`."""

    def __init__(self) -> None:
        super().__init__()
        self.down = True

    def ensure_namespace(self, namespace: str, *, quota: Mapping[str, str]) -> None:
        self._answer()
        super().ensure_namespace(namespace, quota=quota)

    def remove_namespace(self, namespace: str) -> None:
        self._answer()
        super().remove_namespace(namespace)

    def apply(self, release: Release) -> None:
        self._answer()
        super().apply(release)

    def remove(self, ref: ReleaseRef) -> None:
        self._answer()
        super().remove(ref)

    def observe(self, ref: ReleaseRef) -> Observation:
        self._answer()
        return super().observe(ref)

    def deliver(self, ref: ReleaseRef, files: Mapping[str, bytes]) -> bool:
        self._answer()
        return super().deliver(ref, files)

    def releases(self, namespace: str) -> Sequence[ReleaseRef]:
        self._answer()
        return super().releases(namespace)

    def volumes(self, namespace: str, *, beside: Collection[str]) -> Sequence[Volume]:
        self._answer()
        return super().volumes(namespace, beside=beside)

    def logs(self, ref: ReleaseRef, *, tail: int) -> str:
        self._answer()
        return super().logs(ref, tail=tail)

    def _answer(self) -> None:
        if self.down:
            raise _no_answer()


class SlowRuntime(MemoryRuntime):
    """A release that was started stays STARTING until the test calls `make_ready`."""

    def apply(self, release: Release) -> None:
        before = self.starts.get(release.ref, 0)
        super().apply(release)
        if self.starts.get(release.ref, 0) != before:
            self.show(release.ref, Observation(state=Observed.STARTING, step=Step.STARTING))

    def make_ready(self, ref: ReleaseRef) -> None:
        self.show(ref, Observation(state=Observed.RUNNING))


class RefusingRuntime(MemoryRuntime):
    """Every release is refused for good, with a sentence for the user."""

    def apply(self, release: Release) -> None:
        raise ProviderRefused("The chart does not render.", provider="cluster")


class MeddledRuntime(MemoryRuntime):
    """Something happens in the middle of each `apply`: a click, a crash, another worker."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def apply(self, release: Release) -> None:
        super().apply(release)
        self.meanwhile()


def _no_answer() -> ProviderUnavailable:
    return ProviderUnavailable("The cluster does not answer.", provider="cluster")
