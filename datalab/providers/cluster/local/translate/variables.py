"""Environment variables of a container, and `$(NAME)` as Kubernetes expands it.

https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from datalab.providers.cluster.local.translate.configs import Configs
from datalab.providers.cluster.local.translate.fields import Fields, quantity, refused

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")
_MAP_KEY = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PodFacts:
    """What the downward API may be asked. `limits` and `requests` hold quantities by resource."""

    name: str
    namespace: str
    service_account: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    limits: Mapping[str, str]
    requests: Mapping[str, str]


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`$(KNOWN)` becomes its value, `$$` becomes `$`, `$(UNKNOWN)` stays as it is."""

    def replace(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        return variables.get(found[1], found[0])

    return _REFERENCE.sub(replace, text)


def read_variables(container: Fields, configs: Configs, pod: PodFacts) -> dict[str, str]:
    """All of `envFrom`, then all of `env`; each sees what stands before it."""
    variables: dict[str, str] = {}
    for source in container.each("envFrom", noun="envFrom"):
        variables.update(_from_source(source, configs))
    for item in container.each("env", noun="variable"):
        name = item.text("name")
        if not name or "=" in name or "\0" in name:
            raise refused(f"{container.where}: {name!r} is no name for a variable.")
        value = _value(item, variables, configs, pod)
        item.close()
        if value is not None:
            variables[name] = value
    return variables


def _from_source(source: Fields, configs: Configs) -> dict[str, str]:
    prefix = source.text("prefix")
    found: dict[str, str] = {}
    for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
        if source.has(key):
            reference = source.inner(key)
            content = configs.content(
                kind,
                reference.text("name"),
                optional=reference.flag("optional"),
                where=source.where,
            )
            reference.close()
            found.update({f"{prefix}{name}": _as_text(value) for name, value in content.items()})
    source.close()
    return found


def _value(item: Fields, before: Mapping[str, str], configs: Configs, pod: PodFacts) -> str | None:
    """None where an optional key is not there: the variable is then not set at all."""
    if not item.has("valueFrom"):
        return expand(item.text("value"), before)
    source = item.inner("valueFrom", where=item.where)
    for key, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
        if source.has(key):
            return _from_key(source.inner(key, where=item.where), kind, configs)
    if source.has("fieldRef"):
        return field_value(source.inner("fieldRef", where=item.where), pod)
    if source.has("resourceFieldRef"):
        return resource_value(source.inner("resourceFieldRef", where=item.where), pod)
    source.close()
    raise refused(f"{item.where}: valueFrom names no source.")


def _from_key(reference: Fields, kind: str, configs: Configs) -> str | None:
    name, key = reference.text("name"), reference.text("key")
    optional = reference.flag("optional")
    reference.close()
    content = configs.content(kind, name, optional=optional, where=reference.where)
    if key in content:
        return _as_text(content[key])
    if optional:
        return None
    raise refused(f"{reference.where}: {kind} {name} has no key {key}.")


def field_value(reference: Fields, pod: PodFacts) -> str:
    """https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#available-fields"""
    path = reference.text("fieldPath")
    reference.drop("apiVersion")
    reference.close()
    by_key = _MAP_KEY.fullmatch(path)
    if by_key is not None:
        return (pod.labels if by_key[1] == "labels" else pod.annotations).get(by_key[2], "")
    known = {
        "metadata.name": pod.name,
        "metadata.namespace": pod.namespace,
        "spec.serviceAccountName": pod.service_account,
        "status.podIP": "127.0.0.1",
        "status.podIPs": "127.0.0.1",
    }
    if path not in known:
        raise refused(f"{reference.where}: there is no {path} on one machine.")
    return known[path]


def resource_value(reference: Fields, pod: PodFacts) -> str:
    """A limit or request in units of the divisor, rounded up."""
    asked = reference.text("resource")
    unit = quantity(reference.take("divisor", 1), where=reference.where, what="divisor")
    reference.drop("containerName")
    reference.close()
    which, _, name = asked.partition(".")
    amounts = {"limits": pod.limits, "requests": pod.requests or pod.limits}.get(which, {})
    if name not in amounts:
        raise refused(f"{reference.where}: the container states no {asked}.")
    amount = quantity(amounts[name], where=reference.where, what="amount")
    return str(math.ceil(amount / (unit or 1)))


def _as_text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
