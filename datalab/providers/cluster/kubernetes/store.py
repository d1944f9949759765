"""What the mirror knows, by release. Every method may be called from any thread."""

import threading
import time
from collections.abc import Iterable

from datalab.core.delivery import ENDING
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.kubernetes.kinds import EVENTS, SECRETS_BY, Kind
from datalab.providers.cluster.kubernetes.reading import Json, label

Part = tuple[str, str, str]
"""Namespace, kind, name."""

MOST_EVENTS = 20_000
"""Of all namespaces: the oldest are forgotten first."""


class Store:
    """Each change answers with the releases that it changes: none where nothing visible has.

    Items come slim, as `Kind.kept` leaves them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._releases: dict[ReleaseRef, dict[Part, Json]] = {}
        self._events: dict[Part, dict[str, Json]] = {}
        self._of_event: dict[Part, Part] = {}
        """An event to what it is about, oldest first."""
        self._of_part: dict[Part, ReleaseRef] = {}
        self._told_at: dict[ReleaseRef, float] = {}

    # -- learning --------------------------------------------------------------------------------
    def put(self, kind: Kind, item: Json) -> set[ReleaseRef]:
        with self._lock:
            return self._put(kind, item)

    def drop(self, kind: Kind, item: Json) -> set[ReleaseRef]:
        with self._lock:
            return self._drop(_part(kind, item))

    def replace(self, kind: Kind, items: Iterable[Json]) -> set[ReleaseRef]:
        """These are all that there are of the kind."""
        kept = list(items)
        there = {_part(kind, one) for one in kept}
        with self._lock:
            known = self._of_event if kind is EVENTS else self._of_part
            gone = [part for part in known if part[1] == kind.name and part not in there]
            changed = [self._drop(part) for part in gone]
            changed += [self._put(kind, one) for one in kept]
        return set().union(*changed)

    # -- telling ---------------------------------------------------------------------------------
    def of_release(self, ref: ReleaseRef) -> list[Json]:
        with self._lock:
            return list(self._releases.get(ref, {}).values())

    def events_about(self, subjects: Iterable[Part]) -> list[Json]:
        with self._lock:
            return [one for part in subjects for one in self._events.get(part, {}).values()]

    def all_of(self, kind: Kind) -> list[Json]:
        with self._lock:
            return [
                item
                for parts in self._releases.values()
                for part, item in parts.items()
                if part[1] == kind.name
            ]

    def refs(self) -> list[ReleaseRef]:
        with self._lock:
            return list(self._releases)

    def told_at(self, ref: ReleaseRef) -> float | None:
        with self._lock:
            return self._told_at.get(ref)

    # -- with the lock held ----------------------------------------------------------------------
    def _put(self, kind: Kind, item: Json) -> set[ReleaseRef]:
        part = _part(kind, item)
        if kind is EVENTS:
            return self._put_event(part, item)
        ref = ReleaseRef(namespace=part[0], name=label(item, str(kind.label)))
        left = self._drop(part) if self._of_part.get(part, ref) != ref else set()
        parts = self._releases.setdefault(ref, {})
        before = parts.get(part)
        if before is not None and (_version(item) < _version(before) or _same(item, before)):
            return set()
        parts[part] = item
        self._of_part[part] = ref
        return left | self._tell(ref)

    def _put_event(self, part: Part, item: Json) -> set[ReleaseRef]:
        about = item["involvedObject"]
        subject = (part[0], str(about.get("kind")), str(about.get("name")))
        self._events.setdefault(subject, {})[part[2]] = item
        self._of_event.pop(part, None)
        self._of_event[part] = subject
        if len(self._of_event) > MOST_EVENTS:
            self._drop(next(iter(self._of_event)))
        ref = self._of_part.get(subject) or _of_secrets(subject)
        return self._tell(ref) if ref in self._releases else set()

    def _drop(self, part: Part) -> set[ReleaseRef]:
        if subject := self._of_event.pop(part, None):
            found = self._events.get(subject, {})
            found.pop(part[2], None)
            if not found:
                self._events.pop(subject, None)
            return set()  # it is forgotten after an hour: that is no news
        ref = self._of_part.pop(part, None)
        if ref is None:
            return set()
        self._releases[ref].pop(part, None)
        told = self._tell(ref)
        if not self._releases[ref]:
            del self._releases[ref], self._told_at[ref]
        return told

    def _tell(self, ref: ReleaseRef) -> set[ReleaseRef]:
        self._told_at[ref] = time.monotonic()
        return {ref}


def _part(kind: Kind, item: Json) -> Part:
    metadata = item["metadata"]
    return metadata.get("namespace", ""), kind.name, metadata["name"]


def _of_secrets(subject: Part) -> ReleaseRef | None:
    namespace, kind, name = subject
    if kind not in SECRETS_BY or not name.endswith(ENDING):
        return None
    return ReleaseRef(namespace=namespace, name=name.removesuffix(ENDING))


def _version(item: Json) -> int:
    """Of the same object a larger one is newer. https://kubernetes.io/docs/reference/using-api/api-concepts/"""
    found = str(item["metadata"].get("resourceVersion", ""))
    return int(found) if found.isdecimal() else 0


def _same(one: Json, other: Json) -> bool:
    """But for the version: nothing that observing reads has changed."""
    return _unversioned(one) == _unversioned(other)


def _unversioned(item: Json) -> Json:
    kept = {name: value for name, value in item["metadata"].items() if name != "resourceVersion"}
    return {**item, "metadata": kept}
