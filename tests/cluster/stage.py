"""A release as Helm would leave it, and what is seen of it on both ways: asked, and by watching."""

import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from datalab.core.errors import ProviderUnavailable
from datalab.providers.cluster.base import Observation, Observed, ReleaseRef
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.providers.cluster.kubernetes.gathering import gather
from datalab.providers.cluster.kubernetes.mirror import Mirror
from datalab.providers.cluster.kubernetes.observing import observation_of
from datalab.providers.cluster.kubernetes.reading import INSTANCE

_SAID_BY = ("pods", "events", "persistentvolumeclaims")


@dataclass(kw_only=True)
class Stage:
    api: KubernetesApi
    namespace: str
    image: str
    registry: str = ""

    def release(self, name: str, *, status: str = "deployed") -> ReleaseRef:
        """Helm's record; the rest is up to the test."""
        labels = {"owner": "helm", "name": name, "status": status, "version": "1"}
        metadata = {"name": f"sh.helm.release.v1.{name}.v1", "labels": labels}
        self._create("/api/v1", "secrets", {"metadata": metadata, "type": "helm.sh/release.v1"})
        return ReleaseRef(namespace=self.namespace, name=name)

    def play(self, name: str, *command: str, **said: Any) -> ReleaseRef:
        """A StatefulSet of one pod. `said`: of the container, or with `pod_` before it of the pod."""
        ref = self.release(name)
        self.workload(name, *command, **said)
        return ref

    def workload(self, name: str, *command: str, kind: str = "statefulsets", **said: Any) -> None:
        labels = {INSTANCE: name}
        pod = {key.removeprefix("pod_"): said.pop(key) for key in list(said) if key[:4] == "pod_"}
        spec: Json = {
            "replicas": said.pop("replicas", 1),
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": self.pod(*command, **said) | pod,
            },
        }
        if "volume_claim" in said:
            spec["volumeClaimTemplates"] = [said["volume_claim"]]
        if kind == "statefulsets":
            spec["serviceName"] = name
        self._create(
            "/apis/apps/v1", kind, {"metadata": {"name": name, "labels": labels}, "spec": spec}
        )

    def pod(self, *command: str, **container: Any) -> Json:
        if claim := container.pop("volume_claim", None):
            name = claim["metadata"]["name"]
            container["volumeMounts"] = [{"name": name, "mountPath": f"/{name}"}]
        said = {"command": list(command)} if command else {}
        requests = {"cpu": "1m", "memory": "4Mi"}
        if image := container.get("image"):
            container["image"] = image.format(registry=self.registry)
        return {
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "containers": [
                {
                    "name": "tool",
                    "image": self.image,
                    "resources": {"requests": requests},
                    **said,
                    **container,
                }
            ],
        }

    def _create(self, group: str, plural: str, body: Json) -> Json:
        return self.api.create(f"{group}/namespaces/{self.namespace}/{plural}", body)

    def said(self) -> Iterator[tuple[str, str]]:
        """Whatever the cluster tells here: the name of what it is about, and the text."""
        for plural in _SAID_BY:
            for item in self.api.list(f"/api/v1/namespaces/{self.namespace}/{plural}").items:
                about = item.get("involvedObject") or item["metadata"]
                yield about["name"], json.dumps({**item, "metadata": {}})


@dataclass(kw_only=True)
class Eyes:
    """Both ways to see a release."""

    api: KubernetesApi
    mirror: Mirror
    heard: dict[ReleaseRef, list[float]] = field(default_factory=dict)

    def asked(self, ref: ReleaseRef) -> Observation:
        return observation_of(gather(self.api, ref), datetime.now(UTC))

    def watched(self, ref: ReleaseRef) -> Observation:
        try:
            return self.mirror.observe(ref)
        except ProviderUnavailable:
            return Observation(state=Observed.UNKNOWN)


@contextmanager
def open_eyes(api: KubernetesApi, *, watching: KubernetesApi | None = None) -> Iterator[Eyes]:
    """A mirror of the whole cluster. `watching`: who listens, where that is another account."""
    mirror = Mirror(watching or api)
    eyes = Eyes(api=api, mirror=mirror)
    stop = threading.Event()

    def listen() -> None:
        changes = mirror.changes()
        for ref in changes:
            if stop.is_set():
                changes.close()
                return
            if ref is not None:
                eyes.heard.setdefault(ref, []).append(time.monotonic())
                eyes.watched(ref)  # as whoever keeps rows does: then what is missing is fetched

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield eyes
    finally:
        stop.set()
        thread.join(5)


@contextmanager
def stage(
    api: KubernetesApi, image: str, *, labels: Mapping[str, str] | None = None
) -> Iterator[Stage]:
    """A namespace of its own. Its removal goes on after the test."""
    name = f"observation-{secrets.token_hex(4)}"
    metadata = {"name": name, "labels": {"datalab.io/made-by": "tests", **(labels or {})}}
    api.create("/api/v1/namespaces", {"metadata": metadata})
    try:
        account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        while api.get(account) is None:
            time.sleep(0.05)
        yield Stage(api=api, namespace=name, image=image)
    finally:
        api.delete(f"/api/v1/namespaces/{name}")
