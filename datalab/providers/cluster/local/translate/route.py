"""Which port people reach: Services and Ingresses as the way of the front door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datalab.providers.cluster.local.translate.fields import Fields, Notes, refused
from datalab.providers.cluster.local.translate.probe import resolve_port

_FRONT_DOOR = "The platform's front door leads to the tool in its own way"
_SERVICE_FIELDS = (
    "type", "clusterIP", "clusterIPs", "sessionAffinity", "sessionAffinityConfig",
    "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy", "externalTrafficPolicy",
    "publishNotReadyAddresses", "allocateLoadBalancerNodePorts", "loadBalancerClass",
    "loadBalancerSourceRanges", "trafficDistribution",
)  # fmt: skip
_PLAIN = {"ClusterIP", "None", "", None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One port of a Service: its own name and number, and what it leads to in the pod."""

    name: str
    port: int
    target: int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A Service. `selector` is what a pod's labels must contain."""

    name: str
    selector: Mapping[str, str]
    targets: Sequence[Target]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Where an Ingress leads: a Service and its port by name or number."""

    ingress: str
    service: str
    port: int | str


def read_service(name: str, manifest: Fields) -> Door:
    spec = manifest.inner("spec", where=manifest.where)
    manifest.drop("status")
    manifest.close()
    kind = spec.take("type", "ClusterIP")
    if kind == "ExternalName":
        raise refused(f"{manifest.where}: type ExternalName cannot be honoured on one machine.")
    if kind != "ClusterIP":
        spec.notes.add(_FRONT_DOOR, f"{manifest.where}: type {kind}")
    if spec.take("clusterIP") in _PLAIN:
        spec.drop("clusterIPs")
    selector = spec.strings("selector")
    targets = [_target(one) for one in spec.each("ports", noun="port")]
    spec.leave_out(_FRONT_DOOR, *_SERVICE_FIELDS)
    spec.close()
    if not selector or not targets:
        raise refused(f"{manifest.where}: it has no selector or no port.")
    return Door(name=name, selector=selector, targets=targets)


def _target(fields: Fields) -> Target:
    fields.refuse_unless("protocol", "TCP")
    fields.drop("nodePort", "appProtocol")
    port = fields.number("port", 0)
    target = fields.take("targetPort", port)
    found = Target(name=fields.text("name"), port=port, target=target)
    fields.close()
    return found


def read_ingress(name: str, manifest: Fields) -> list[Backend]:
    spec = manifest.inner("spec", where=manifest.where)
    manifest.drop("status")
    manifest.close()
    spec.leave_out(_FRONT_DOOR, "ingressClassName", "tls")
    backends: list[Backend] = []
    if spec.has("defaultBackend"):
        backends.append(_backend(name, spec.inner("defaultBackend", where=manifest.where)))
    for rule in spec.each("rules", noun="rule"):
        rule.drop("host")  # the platform gives each service a host of its own
        http = rule.inner("http", where=rule.where)
        rule.close()
        backends.extend(_path(name, path) for path in http.each("paths", noun="path"))
        http.close()
    spec.close()
    return backends


def _path(ingress: str, path: Fields) -> Backend:
    if path.text("path", "/") not in {"", "/"}:
        raise refused(f"{path.where}: on one machine a tool has its whole host, not a path of it.")
    path.drop("pathType")
    backend = _backend(ingress, path.inner("backend", where=path.where))
    path.close()
    return backend


def _backend(ingress: str, fields: Fields) -> Backend:
    service = fields.inner("service", where=fields.where)
    fields.close()  # names `resource`
    port = service.inner("port", where=fields.where)
    found = Backend(
        ingress=ingress,
        service=service.text("name"),
        port=port.text("name") if port.has("name") else port.number("number", 0),
    )
    port.close()
    service.close()
    return found


def reached_port(
    *,
    doors: Sequence[Door],
    backends: Sequence[Backend],
    labels: Mapping[str, str],
    ports: dict[str, int],
    where: str,
    notes: Notes,
) -> int:
    """The one port of the pod that the front door leads to."""
    for door in doors:
        if not door.selector.items() <= labels.items():
            raise refused(f"Service {door.name} selects no pod of the chart.")
    if backends:
        targets = [_behind(backend, doors) for backend in backends]
    else:
        targets = [target for door in doors for target in door.targets]
    numbers = [resolve_port(target.target, ports, where=where) for target in targets]
    if not numbers:
        numbers = list(dict.fromkeys(ports.values()))
    if not numbers:
        raise refused(f"{where}: it opens no port, so nobody could reach it.")
    return _preferred(numbers, targets, ports, notes, chosen=bool(backends), where=where)


def _behind(backend: Backend, doors: Sequence[Door]) -> Target:
    door = next((door for door in doors if door.name == backend.service), None)
    if door is None:
        raise refused(
            f"Ingress {backend.ingress} leads to Service {backend.service}, "
            "which is not part of the chart."
        )
    for target in door.targets:
        if backend.port in (target.name, target.port):
            return target
    raise refused(f"Ingress {backend.ingress}: Service {door.name} has no port {backend.port}.")


def _preferred(
    numbers: Sequence[int],
    targets: Sequence[Target],
    ports: Mapping[str, int],
    notes: Notes,
    *,
    chosen: bool,
    where: str,
) -> int:
    different = list(dict.fromkeys(numbers))
    if len(different) == 1:
        return different[0]
    if chosen:
        raise refused(f"{where}: its Ingress leads to several ports, and one is reached here.")
    named = [n for n, t in zip(numbers, targets, strict=False) if t.name == "http"]
    first = named[0] if named else ports.get("http", different[0])
    others = ", ".join(str(number) for number in different if number != first)
    notes.add(f"The front door leads to port {first} only", f"not to {others}")
    return first
