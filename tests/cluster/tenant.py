"""A tenant's namespace in a test, and what can be asked about the releases in it."""

import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from datalab.providers.cluster.base import Observation, Observed, Release, ReleaseRef
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.providers.cluster.kubernetes.reading import INSTANCE
from datalab.providers.cluster.kubernetes.runtime import KubernetesRuntime
from tests.parts.kubernetes import WEB, patiently

KINDS = (
    *(f"/api/v1/namespaces/{{}}/{one}" for one in ("pods", "services", "configmaps", "secrets")),
    "/api/v1/namespaces/{}/persistentvolumeclaims",
    "/apis/apps/v1/namespaces/{}/deployments",
    "/apis/apps/v1/namespaces/{}/statefulsets",
)


@dataclass(kw_only=True)
class Tenancy:
    """`runtime` has the platform's rights, `api` an administrator's: who does things by hand."""

    runtime: KubernetesRuntime
    api: KubernetesApi
    namespace: str = field(default_factory=lambda: f"dl-runtime-{secrets.token_hex(4)}")
    _numbers: Any = field(default_factory=lambda: itertools.count(1), init=False)

    def new_ref(self) -> ReleaseRef:
        return ReleaseRef(namespace=self.namespace, name=f"web-{next(self._numbers)}")

    def release(self, ref: ReleaseRef, **changed: Any) -> Release:
        values = changed.pop("values", {})
        return Release(ref=ref, chart=WEB, version="1", values=values, **changed)

    def apply(self, ref: ReleaseRef, **changed: Any) -> None:
        self.runtime.apply(self.release(ref, **changed))

    def run(self, ref: ReleaseRef, **changed: Any) -> str:
        """Apply, wait until it runs, and name its pod."""
        self.apply(ref, **changed)
        self.until(ref, Observed.RUNNING)
        return self.pod(ref)["metadata"]["uid"]  # type: ignore[no-any-return]

    def until(self, ref: ReleaseRef, *states: Observed, seconds: float = 60) -> Observation:
        return self.until_seen(ref, lambda seen: seen.state in states, seconds=seconds)

    def until_seen(
        self, ref: ReleaseRef, enough: Callable[[Observation], bool], *, seconds: float = 60
    ) -> Observation:
        deadline = time.monotonic() + seconds
        while not enough(seen := self.runtime.observe(ref)):
            assert time.monotonic() < deadline, seen
            time.sleep(0.1)
        return seen

    def pod(self, ref: ReleaseRef) -> Json:
        """The one that is not leaving."""
        found = self.api.list(
            f"/api/v1/namespaces/{ref.namespace}/pods", labels=f"{INSTANCE}={ref.name}"
        )
        [pod] = [one for one in found.items if not one["metadata"].get("deletionTimestamp")]
        return pod

    def logs_say(self, ref: ReleaseRef, words: str, *, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while words not in (said := self.runtime.logs(ref, tail=50)):
            assert time.monotonic() < deadline, said
            time.sleep(0.2)

    def records(self, ref: ReleaseRef) -> dict[str, str]:
        """Helm's: the secrets' names and their status."""
        found = self.api.list(
            f"/api/v1/namespaces/{ref.namespace}/secrets", labels=f"owner=helm,name={ref.name}"
        )
        return {one["metadata"]["name"]: one["metadata"]["labels"]["status"] for one in found.items}

    def delete_records(self, ref: ReleaseRef) -> None:
        for name in self.records(ref):
            self.api.delete(f"/api/v1/namespaces/{ref.namespace}/secrets/{name}")

    def all_of(self, ref: ReleaseRef) -> set[str]:
        """Kind and name of all that has something to do with the release."""
        return {
            f"{path.rpartition('/')[2]}/{one['metadata']['name']}"
            for path in KINDS
            for one in self.api.list(path.format(ref.namespace)).items
            if ref.name in _names(one)
        }

    def remove(self, ref: ReleaseRef) -> None:
        patiently(lambda: self.runtime.remove(ref))
        self.until(ref, Observed.ABSENT)


def _names(found: Json) -> set[str]:
    metadata = found["metadata"]
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    return {
        labels.get(INSTANCE, ""),
        labels.get("name", ""),
        annotations.get("meta.helm.sh/release-name", ""),
    }
