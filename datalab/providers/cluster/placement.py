"""On which machines a release's pods may be, and which devices its tool has. Pure.

The operator says it, by a preset. No chart and no value of a user does: the policy refuses what
chooses a place, and here the operator's word is put on top of what was rendered and checked.
"""

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datalab.core.devices import is_device
from datalab.providers.charts.base import Manifest

Json = dict[str, Any]

_WORKLOADS = {"Deployment", "StatefulSet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Falsy where there is nothing to say: any machine that takes tools, and no device.

    `tolerations` as Kubernetes writes them; `devices` by the name of the resource.
    """

    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = ()
    devices: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.node_selector or self.tolerations or self.devices)

    @property
    def place(self) -> str:
        """Names the machines it leads to: the same for whatever devices."""
        text = json.dumps([self.node_selector, self.tolerations], sort_keys=True, default=list)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_json(self) -> Json:
        """Empty where there is nothing to say."""
        said = {
            "node_selector": dict(self.node_selector),
            "tolerations": [dict(one) for one in self.tolerations],
            "devices": dict(self.devices),
        }
        return {name: value for name, value in said.items() if value}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Placement":
        return cls(**said)


def placed(manifests: Sequence[Manifest], placement: Placement, *, release: str) -> list[Manifest]:
    """Every pod goes where the placement says; the tool's own container has the devices.

    The tool is the workload that is called like the release, else the first one, and in it the
    first container. Its chart's own devices give way to the placement's.
    """
    if not placement:
        return list(manifests)
    found: list[Json] = [copy.deepcopy(dict(one)) for one in manifests]
    workloads = [one for one in found if one.get("kind") in _WORKLOADS]
    for workload in workloads:
        _send(_pod(workload), placement)
    if placement.devices:
        named = [one for one in workloads if one["metadata"]["name"] == release]
        for tool in [*named, *workloads][:1]:
            _give(_pod(tool), placement.devices)
    return list(found)


def _send(pod: Json, placement: Placement) -> None:
    if placement.node_selector:
        pod["nodeSelector"] = {**(pod.get("nodeSelector") or {}), **placement.node_selector}
    if placement.tolerations:
        told = [dict(one) for one in placement.tolerations]
        pod["tolerations"] = [*(pod.get("tolerations") or ()), *told]


def _give(pod: Json, devices: Mapping[str, int]) -> None:
    """Only as limits: Kubernetes takes them for the requests as well."""
    for container in (pod.get("containers") or ())[:1]:
        resources = container.get("resources") or {}
        limits, requests = (_without_devices(resources.get(key)) for key in ("limits", "requests"))
        given = {name: str(number) for name, number in devices.items()}
        container["resources"] = {**resources, "limits": {**limits, **given}}
        if requests:
            container["resources"]["requests"] = requests


def _without_devices(quantities: Any) -> Json:
    return {name: amount for name, amount in (quantities or {}).items() if not is_device(name)}


def _pod(workload: Json) -> Json:
    template: Json = workload["spec"]["template"]
    pod: Json = template.setdefault("spec", {})
    return pod
