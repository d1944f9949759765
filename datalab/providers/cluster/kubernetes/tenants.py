"""Tenants' namespaces on the cluster: made, kept as they should be, and taken away."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from datalab.core.errors import ProviderError, ProviderRefused, ProviderUnavailable
from datalab.core.names import is_label
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.providers.cluster.kubernetes.namespace import (
    LABELS,
    OURS,
    Borders,
    contents,
    fingerprint,
    namespace_object,
)
from datalab.providers.cluster.kubernetes.reading import annotation

LOOKED_AT_EVERY_S = 3600.0
"""What stands in a namespace is written again after this, changed or not: somebody may have."""
WRITTEN = "datalab.io/contents"
"""The annotation with the fingerprint of what was written last, by whichever process."""
GONE_WITHIN_S = 40.0
_LOOK_EVERY_S = 0.5
_ALL = "/api/v1/namespaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantNamespaces:
    api: KubernetesApi
    borders: Borders
    _written: dict[str, tuple[str, float]] = field(default_factory=dict, init=False)
    """By namespace: the fingerprint of what stands in it, and when this process wrote it."""
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def ensure(self, namespace: str, quota: Mapping[str, str]) -> None:
        wanted = contents(namespace, quota, self.borders)
        mark = fingerprint(wanted)
        found = self._ensure_itself(namespace)
        is_last = annotation(found, WRITTEN) == mark
        if is_last and self._is_recent(namespace, mark):
            return
        for path, body in wanted.items():
            self.api.apply(path, body)
        if not is_last:
            self.api.merge(_path(namespace), {"metadata": {"annotations": {WRITTEN: mark}}})
        with self._lock:
            self._written[namespace] = mark, time.monotonic()

    def check(self, namespace: str) -> None:
        """ProviderRefused unless it is there and the platform's own."""
        found = self.api.get(_path(namespace))
        if found is None:
            raise ProviderRefused("The tenant's namespace does not exist yet.", provider="cluster")
        _check_ours(found, namespace)

    def remove(self, namespace: str) -> None:
        """Returns once it is gone; ProviderUnavailable while that takes longer."""
        found = self.api.get(_path(namespace))
        if found is None:
            return
        if not _is_ours(found):
            raise _anothers(namespace)
        with self._lock:
            self._written.pop(namespace, None)
        self.api.delete(_path(namespace))
        deadline = time.monotonic() + GONE_WITHIN_S
        while self.api.get(_path(namespace)) is not None:
            if time.monotonic() > deadline:
                raise _leaving(namespace)
            time.sleep(_LOOK_EVERY_S)

    def _ensure_itself(self, namespace: str) -> Json:
        found = self.api.get(_path(namespace))
        if found is None:
            # Not by server-side apply: that would take over what somebody else makes meanwhile.
            found = self.api.create(_ALL, namespace_object(namespace))
        _check_ours(found, namespace)
        labels = found["metadata"].get("labels") or {}
        if any(labels.get(name) != value for name, value in LABELS.items()):
            self.api.merge(_path(namespace), {"metadata": {"labels": LABELS}})
        return found

    def _is_recent(self, namespace: str, wanted: str) -> bool:
        with self._lock:
            known, at = self._written.get(namespace, ("", 0.0))
        return known == wanted and time.monotonic() - at < LOOKED_AT_EVERY_S


def _path(namespace: str) -> str:
    if not is_label(namespace):
        raise ProviderRefused("The namespace's name is not usable.", provider="cluster")
    return f"{_ALL}/{namespace}"


def _is_ours(found: Json) -> bool:
    labels = found["metadata"].get("labels") or {}
    return labels.get(OURS) == LABELS[OURS]


def _check_ours(found: Json, namespace: str) -> None:
    if not _is_ours(found):
        raise _anothers(namespace)
    if found["metadata"].get("deletionTimestamp"):
        raise _leaving(namespace)


def _anothers(namespace: str) -> ProviderError:
    return ProviderRefused(
        f"The namespace {namespace} is there already and is not the platform's: it is left alone. "
        "Ask whoever looks after the cluster to rename or remove it.",
        provider="cluster",
    )


def _leaving(namespace: str) -> ProviderError:
    return ProviderUnavailable(
        f"The namespace {namespace} is being removed. This is tried again.", provider="cluster"
    )
