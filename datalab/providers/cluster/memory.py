"""A cluster in a dictionary, for tests. It keeps every promise of the port."""

import queue
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.base import (
    Capacity,
    Observation,
    Observed,
    Release,
    ReleaseRef,
    Volume,
)
from datalab.providers.cluster.room import Room

HEARTBEAT = 2.0
"""Seconds without a change after which `changes` yields None."""


class MemoryRuntime:
    """Tools are ready at once, unless a test says otherwise with `show`."""

    injects_credentials = False
    identifies_tools = False

    def __init__(self) -> None:
        self.namespaces: dict[str, Mapping[str, str]] = {}
        self.applied: dict[ReleaseRef, Release] = {}
        self.files: dict[ReleaseRef, dict[str, bytes]] = {}
        self.output: dict[ReleaseRef, list[str]] = {}
        self.starts: dict[ReleaseRef, int] = {}
        """How often each release was started anew: applying the same twice is one start."""
        self.holds = Capacity(
            cpu=64_000, memory=256 * 1024**3, storage=10 * 1024**4, devices={}, grows=True
        )
        """What a test may say that there is."""
        self.storage: dict[ReleaseRef, int] = {}
        """Bytes of the volume of each release whose chart says to keep it."""
        self._shown: dict[ReleaseRef, Observation] = {}
        self._subscribers: list[queue.SimpleQueue[ReleaseRef]] = []

    # -- what a test may arrange -----------------------------------------------------------------
    def show(self, ref: ReleaseRef, seen: Observation) -> None:
        """Let the release look like this until it is applied differently, paused or removed."""
        self._shown[ref] = seen
        self._announce(ref)

    def write(self, ref: ReleaseRef, line: str) -> None:
        """Let the tool write a line of output."""
        self.output.setdefault(ref, []).append(line)

    # -- the port --------------------------------------------------------------------------------
    def ping(self) -> None:
        """It is always there."""

    def ensure_namespace(self, namespace: str, *, quota: Mapping[str, str]) -> None:
        self.namespaces[namespace] = dict(quota)

    def remove_namespace(self, namespace: str) -> None:
        for ref in [one for one in self.applied if one.namespace == namespace]:
            self.remove(ref)
        self.namespaces.pop(namespace, None)
        self.storage = {
            ref: size for ref, size in self.storage.items() if ref.namespace != namespace
        }

    def apply(self, release: Release) -> None:
        ref = release.ref
        if ref.namespace not in self.namespaces:
            raise ProviderRefused("The tenant's namespace does not exist yet.", provider="cluster")
        before = self.applied.get(ref)
        self.applied[ref] = release
        if release.values.get("persistence", {}).get("keep"):
            self.storage.setdefault(ref, 0)
        if release.files:
            self.files.setdefault(ref, {}).update(release.files)
        if before == release:
            return
        self._shown.pop(ref, None)
        if release.paused:
            self.files.pop(ref, None)
        elif before is None or replace(before, paused=False) != release or before.paused:
            self.starts[ref] = self.starts.get(ref, 0) + 1
        self._announce(ref)

    def remove(self, ref: ReleaseRef) -> None:
        existed = self.applied.pop(ref, None) is not None
        for kept in (self._shown, self.files, self.output, self.starts):
            kept.pop(ref, None)
        if existed:
            self._announce(ref)

    def observe(self, ref: ReleaseRef) -> Observation:
        release = self.applied.get(ref)
        if release is None:
            return Observation(state=Observed.ABSENT)
        if ref in self._shown:
            return self._shown[ref]
        return Observation(state=Observed.PAUSED if release.paused else Observed.RUNNING)

    def deliver(self, ref: ReleaseRef, files: Mapping[str, bytes]) -> bool:
        release = self.applied.get(ref)
        if release is None or release.paused:
            raise ProviderRefused("The service does not run.", provider="cluster")
        known = self.files.setdefault(ref, {})
        changed = not files.items() <= known.items()
        known.update(files)
        return changed

    def releases(self, namespace: str) -> Sequence[ReleaseRef]:
        return [ref for ref in self.applied if ref.namespace == namespace]

    def volumes(self, namespace: str, *, beside: Collection[str]) -> Sequence[Volume]:
        left = (ref for ref in self.storage if ref.namespace == namespace)
        return [
            Volume(name=ref.name, release=ref.name, size=self.storage[ref])
            for ref in sorted(left, key=lambda one: one.name)
            if ref.name not in beside
        ]

    def logs(self, ref: ReleaseRef, *, tail: int) -> str:
        lines = self.output.get(ref, [])[-tail:] if tail > 0 else []
        return "".join(f"{line}\n" for line in lines)

    def not_enforced(self) -> Sequence[str]:
        return ["Everything: nothing runs here."]

    def capacity(self) -> Capacity:
        return self.holds

    def room(self, taken: Mapping[str, int]) -> Room:
        return self.holds.without(taken)

    def changes(self) -> Iterator[ReleaseRef | None]:
        mine: queue.SimpleQueue[ReleaseRef] = queue.SimpleQueue()
        self._subscribers.append(mine)
        try:
            while True:
                try:
                    yield mine.get(timeout=HEARTBEAT)
                except queue.Empty:
                    yield None
        finally:
            self._subscribers.remove(mine)

    def mirror(self) -> None:
        """Asking a dictionary costs nothing."""

    def _announce(self, ref: ReleaseRef) -> None:
        for subscriber in list(self._subscribers):
            subscriber.put(ref)
