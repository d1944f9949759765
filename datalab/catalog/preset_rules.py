"""Presets as the operator writes them. Pure; `presets.py` says who may have which."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datalab.core.devices import LONGEST, is_device, is_whole
from datalab.core.names import is_label
from datalab.core.quantities import Resource, to_units
from datalab.providers.cluster.placement import Placement

MOST = 50
_KEYS = {"id", "title", "description", "resources", "nodeSelector", "tolerations", "tenants"}
_EFFECTS = {"NoSchedule", "PreferNoSchedule", "NoExecute"}
_TOLERATION = {"key", "operator", "value", "effect", "tolerationSeconds"}
_NAME = r"[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?"
_LABEL = re.compile(rf"(?:[a-z0-9](?:[-.a-z0-9]{{0,251}}[a-z0-9])?/)?{_NAME}")
_VALUE = re.compile(rf"(?:{_NAME})?")


class WrongPreset(ValueError):
    """Says which key is wrong, and how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """`resources` are quantities; `tenants` None: all of them may have it."""

    id: str
    title: str
    description: str = ""
    resources: Mapping[str, str] = field(default_factory=dict)
    placement: Placement = field(default_factory=Placement)
    tenants: Collection[str] | None = None

    @property
    def fixed(self) -> set[str]:
        """What nobody chooses beside it."""
        devices = {str(Resource.GPU)} if self.placement.devices else set()
        return {*self.resources, *devices}

    @property
    def asked(self) -> dict[str, Any]:
        """As the API writes it."""
        devices = dict(self.placement.devices)
        gpus = sum(number for name, number in devices.items() if is_whole(name))
        return {
            **self.resources,
            **({"gpu": gpus} if gpus else {}),
            **({"devices": devices} if devices else {}),
        }


def parse_presets(said: Any) -> Sequence[Preset]:
    """WrongPreset names the key, such as `presets[1].resources.cpu`."""
    if not isinstance(said, list) or len(said) > MOST:
        raise WrongPreset(f"presets: not a list of at most {MOST}")
    found = [_preset(one, f"presets[{number}]") for number, one in enumerate(said)]
    ids = [one.id for one in found]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise WrongPreset(f"presets: {twice[0]!r} is there twice")
    return found


def _preset(said: Any, where: str) -> Preset:
    _closed(said, _KEYS, where)
    resources = said.get("resources", {})
    _closed(resources, {"cpu", "memory", "devices"}, f"{where}.resources")
    return Preset(
        id=_id(said.get("id"), f"{where}.id"),
        title=_text(said.get("title"), f"{where}.title", least=1, most=60),
        description=_text(said.get("description", ""), f"{where}.description", least=0, most=300),
        resources={
            name: _quantity(Resource(name), resources[name], f"{where}.resources.{name}")
            for name in ("cpu", "memory")
            if name in resources
        },
        placement=Placement(
            devices=_devices(resources.get("devices", {}), f"{where}.resources.devices"),
            node_selector=_selector(said.get("nodeSelector", {}), f"{where}.nodeSelector"),
            tolerations=_tolerations(said.get("tolerations", []), f"{where}.tolerations"),
        ),
        tenants=_tenants(said.get("tenants"), f"{where}.tenants"),
    )


def _closed(said: Any, keys: Collection[str], where: str) -> None:
    if not isinstance(said, dict):
        raise WrongPreset(f"{where}: not an object")
    if unknown := sorted(set(map(str, said)) - set(keys)):
        raise WrongPreset(f"{where}.{unknown[0]}: there is no such key")


def _id(said: Any, where: str) -> str:
    if not isinstance(said, str) or not is_label(said, longest=40):
        raise WrongPreset(f"{where}: not a name of lower-case letters, digits and hyphens")
    return said


def _text(said: Any, where: str, *, least: int, most: int) -> str:
    if not isinstance(said, str) or not least <= len(said) <= most or "\n" in said:
        raise WrongPreset(f"{where}: not one line of {least} to {most} characters")
    return said


def _quantity(resource: Resource, said: Any, where: str) -> str:
    try:
        units = to_units(resource, said) if isinstance(said, str) else 0
    except ValueError as error:
        raise WrongPreset(f"{where}: {error}") from None
    if not units:
        raise WrongPreset(f'{where}: not a quantity as text, such as "500m" or "8Gi"')
    return str(said)


def _devices(said: Any, where: str) -> Mapping[str, int]:
    if not isinstance(said, dict):
        raise WrongPreset(f'{where}: not an object such as {{"nvidia.com/gpu": 1}}')
    for name, number in said.items():
        if len(name) > LONGEST or not is_device(name):
            raise WrongPreset(f"{where}: {name!r} is no device such as nvidia.com/mig-1g.10gb")
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= 64:
            raise WrongPreset(f"{where}.{name}: not a whole number from 1 to 64")
    return said


def _selector(said: Any, where: str) -> Mapping[str, str]:
    if not isinstance(said, dict):
        raise WrongPreset(f"{where}: not an object of labels")
    for name, value in said.items():
        if not _LABEL.fullmatch(name):
            raise WrongPreset(f"{where}: {name!r} is no label of a machine")
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise WrongPreset(f"{where}.{name}: {value!r} is no value of a label")
    return said


def _tolerations(said: Any, where: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(said, list):
        raise WrongPreset(f"{where}: not a list")
    for number, one in enumerate(said):
        _check_toleration(one, f"{where}[{number}]")
    return said


def _check_toleration(said: Any, where: str) -> None:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"""
    _closed(said, _TOLERATION, where)
    operator = said.get("operator", "Equal")
    if operator not in {"Equal", "Exists"}:
        raise WrongPreset(f"{where}.operator: neither Equal nor Exists")
    if "key" not in said and operator != "Exists":
        raise WrongPreset(f"{where}.key: is not set, which only Exists allows")
    if not _LABEL.fullmatch(str(said.get("key", "any"))):
        raise WrongPreset(f"{where}.key: {said['key']!r} is no key of a taint")
    if "value" in said and (operator == "Exists" or not _VALUE.fullmatch(str(said["value"]))):
        raise WrongPreset(f"{where}.value: is no value of a taint, or beside Exists")
    if said.get("effect", "NoExecute") not in _EFFECTS:
        raise WrongPreset(f"{where}.effect: none of {', '.join(sorted(_EFFECTS))}")
    _check_seconds(said, where)


def _check_seconds(said: Mapping[str, Any], where: str) -> None:
    if "tolerationSeconds" not in said:
        return
    if said.get("effect") != "NoExecute" or type(said["tolerationSeconds"]) is not int:
        raise WrongPreset(f"{where}.tolerationSeconds: not a whole number beside NoExecute")


def _tenants(said: Any, where: str) -> Collection[str] | None:
    if said is None:
        return None
    if not isinstance(said, list) or not all(
        isinstance(one, str) and is_label(one) for one in said
    ):
        raise WrongPreset(f"{where}: not a list of tenants' short names")
    return frozenset(said)
