"""What a chart's rendered manifests mean as one process on this machine: pure, nothing is read.

Every field is used, stated as left out (`Translation.notes`), or refused by name. A chart that
works here works on a cluster; where it does not, the difference is named.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from datalab.providers.cluster.local.spec import ProcessSpec, Translation
from datalab.providers.cluster.local.translate.claims import Claims
from datalab.providers.cluster.local.translate.configs import Configs
from datalab.providers.cluster.local.translate.fields import Fields, Notes, refused
from datalab.providers.cluster.local.translate.pod import Surroundings, read_pod
from datalab.providers.cluster.local.translate.route import (
    Backend,
    Door,
    reached_port,
    read_ingress,
    read_service,
)
from datalab.providers.cluster.local.translate.workload import WORKLOADS, read_workload

__all__ = ["translate"]

_NO_API = "There is no Kubernetes API for a tool to speak to"
_LEFT_OUT = {
    "NetworkPolicy": "Each tool has a network of its own with named ways out",
    "ServiceAccount": _NO_API,
    "Role": _NO_API,
    "RoleBinding": _NO_API,
    "PodDisruptionBudget": "There is one machine to run on",
    "HorizontalPodAutoscaler": "One machine runs one replica of a tool",
    "ServiceMonitor": "No metrics are collected from tools",
    "PodMonitor": "No metrics are collected from tools",
}
_KEEP = "helm.sh/resource-policy"
_HOOK = "helm.sh/hook"
_FRONT_DOOR = "The platform's front door leads to the tool in its own way"


def translate(
    manifests: Sequence[Mapping[str, Any]], *, release: str, namespace: str
) -> Translation:
    """Raises ProviderRefused with one sentence that names what this machine cannot honour."""
    reading = _Reading(namespace)
    for manifest in _flat(manifests):
        reading.add(manifest)
    return reading.finish(release)


def _flat(manifests: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    flat: list[Mapping[str, Any]] = []
    for manifest in manifests:
        if manifest and manifest.get("kind") == "List":
            flat.extend(_flat(manifest.get("items") or []))
        elif manifest:
            flat.append(manifest)
    return flat


class _Reading:
    """All manifests of one release, collected before the pod that refers to them is read."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._notes = Notes()
        self._configs = Configs()
        self._claims = Claims()
        self._doors: list[Door] = []
        self._backends: list[Backend] = []
        self._workloads: list[tuple[str, str, Fields]] = []

    def add(self, manifest: Mapping[str, Any]) -> None:
        kind = str(manifest.get("kind"))
        fields = Fields(manifest, where=kind, notes=self._notes)
        fields.drop("apiVersion", "kind")
        metadata = fields.inner("metadata")
        name = metadata.text("name")
        fields.where = f"{kind} {name}"
        annotations = metadata.strings("annotations")
        if metadata.text("namespace", self._namespace) != self._namespace:
            raise refused(f"{fields.where}: it wants to be in another namespace.")
        if self._is_test(annotations, fields.where):
            return
        if kind in _LEFT_OUT:
            self._notes.add(_LEFT_OUT[kind], fields.where)
            return
        self._take(kind, name, fields, annotations)

    def _is_test(self, annotations: Mapping[str, str], where: str) -> bool:
        hooks = annotations.get(_HOOK, "")
        if hooks and not hooks.startswith("test"):
            raise refused(f"{where}: Helm's hook {hooks} cannot be honoured on one machine.")
        if hooks:
            self._notes.add("A chart's tests are not run with it", where)
        return bool(hooks)

    def _take(self, kind: str, name: str, fields: Fields, annotations: Mapping[str, str]) -> None:
        match kind:
            case "Deployment" | "StatefulSet":
                self._workloads.append((kind, name, fields))
            case "ConfigMap" | "Secret":
                self._configs.add(kind, name, fields)
            case "PersistentVolumeClaim":
                self._claims.add(name, fields, keep=annotations.get(_KEEP) == "keep")
            case "Service":
                self._doors.append(read_service(name, fields))
            case "Ingress":
                if annotations:
                    self._notes.add(_FRONT_DOOR, f"annotations of {fields.where}")
                self._backends.extend(read_ingress(name, fields))
            case _:
                raise refused(f"{fields.where}: a {kind} cannot be honoured on one machine.")

    def finish(self, release: str) -> Translation:
        names = [f"{kind} {name}" for kind, name, _ in self._workloads]
        if len(names) != 1:
            found = f"{len(names)}: {', '.join(names)}" if names else "none"
            raise refused(
                f"{release}: one machine runs one {' or '.join(WORKLOADS)} of a chart, "
                f"and it has {found}."
            )
        kind, name, manifest = self._workloads[0]
        workload, template = read_workload(kind, name, manifest, self._claims)
        around = Surroundings(
            namespace=self._namespace,
            configs=self._configs,
            claims=self._claims,
            choose_port=self._choose_port,
        )
        process: ProcessSpec = read_pod(template, workload=workload, around=around)
        for claim in self._claims.unused():
            self._notes.add("No container mounts it", f"PersistentVolumeClaim {claim}")
        return Translation(process=process, notes=self._notes.sentences())

    def _choose_port(self, labels: Mapping[str, str], ports: dict[str, int]) -> int:
        return reached_port(
            doors=self._doors,
            backends=self._backends,
            labels=labels,
            ports=ports,
            where=self._workloads[0][1],
            notes=self._notes,
        )
