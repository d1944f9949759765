"""What stands in a tenant's namespace before any tool does: its borders and limits. Pure.

https://kubernetes.io/docs/concepts/security/multi-tenancy/
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from datalab.core.devices import is_device
from datalab.core.names import is_label
from datalab.core.quantities import Resource
from datalab.providers.cluster.kubernetes.rights import TENANT_ROLE

Json = dict[str, Any]
Network = IPv4Network | IPv6Network

OURS = "datalab.io/tenant-namespace"
"""The label without which a namespace is somebody else's."""
LABELS = {
    OURS: "true",
    "app.kubernetes.io/managed-by": "datalab",
    # Tools that the platform starts keep to "restricted"; what "baseline" forbids never runs.
    "pod-security.kubernetes.io/enforce": "baseline",
    "pod-security.kubernetes.io/warn": "restricted",
}
NAME = "datalab"
"""Of each object in it that is the platform's own."""

METADATA_SERVICES: tuple[Network, ...] = (
    ip_network("169.254.0.0/16"),  # AWS, Google, Azure, OpenStack, and the ECS agent
    ip_network("100.100.100.200/32"),  # Alibaba
    ip_network("168.63.129.16/32"),  # Azure's WireServer
    ip_network("fd00:ec2::/32"),  # AWS
    ip_network("fe80::/10"),
)
"""A machine's own credentials lie there. No tool reaches them, whatever else it may reach."""

PODS_PER_SERVICE = 4
"""A tool may be several pods, and while it restarts twice as many."""
_LEAST_PODS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Somewhere that tools may go inside the cluster or beside it. Empty `ports`: any.

    Either a `namespace` by its name or a `network`.
    """

    namespace: str = ""
    network: Network | None = None
    ports: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Borders:
    """What an installation says about all its tenants' namespaces.

    `front_door`: the namespaces that may open connections to tools, and that tools may reach.
    `blocked` is taken out of the internet. `accounts` are service accounts as (namespace, name);
    `role` is the ClusterRole that they get there.
    `gpus` are the resources that the quota's `gpu` limits. `authority`: whose certificate of the
    platform the relays beside tools believe, PEM; empty where something else puts it there.
    """

    front_door: Sequence[str] = ()
    openings: Sequence[Opening] = ()
    internet: bool = True
    blocked: Sequence[Network] = ()
    gpus: Sequence[str] = ()
    accounts: Sequence[tuple[str, str]] = ()
    role: str = TENANT_ROLE
    authority: str = ""


def parse_borders(said: Mapping[str, Any]) -> Borders:
    """As the settings say it. ValueError that names what is wrong."""
    for name in said["front_door"]:
        _checked_label(name)
    for name in said["gpus"]:
        if not is_device(name):
            raise ValueError(f"{name!r} is no GPU's resource such as nvidia.com/gpu")
    return Borders(
        front_door=said["front_door"],
        openings=[_parse_opening(one) for one in said["openings"]],
        internet=bool(said["internet"]),
        blocked=[ip_network(one.strip()) for one in said["blocked"]],
        gpus=said["gpus"],
        accounts=[_parse_account(one) for one in said["accounts"]],
        role=said.get("role", TENANT_ROLE),
    )


def _parse_opening(said: Any) -> Opening:
    if not isinstance(said, dict) or ("namespace" in said) == ("cidr" in said):
        raise ValueError(f"{said!r} names neither a namespace nor a cidr, or both")
    ports = said.get("ports", [])
    if not isinstance(ports, list) or not all(isinstance(one, int) for one in ports):
        raise ValueError(f"{ports!r} are no ports")
    if "namespace" in said:
        return Opening(namespace=_checked_label(said["namespace"]), ports=ports)
    network = ip_network(said["cidr"])
    if any(_lies_within(network, metadata) for metadata in METADATA_SERVICES):
        raise ValueError(f"{network} is where machines keep their own credentials")
    return Opening(network=network, ports=ports)


def _parse_account(said: str) -> tuple[str, str]:
    namespace, _, name = said.partition("/")
    return _checked_label(namespace), _checked_label(name)


def _checked_label(name: Any) -> str:
    if not isinstance(name, str) or not is_label(name):
        raise ValueError(f"{name!r} is no name of Kubernetes")
    return name


def namespace_object(namespace: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": namespace, "labels": LABELS},
    }


def contents(namespace: str, quota: Mapping[str, str], borders: Borders) -> dict[str, Json]:
    """All that stands in it, by the path at the API server. The borders come before the limits."""
    at = f"/api/v1/namespaces/{namespace}"
    found = {
        f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies/{NAME}": _policy(
            namespace, borders
        ),
        f"{at}/serviceaccounts/default": {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": namespace},
            "automountServiceAccountToken": False,
        },
        f"{at}/limitranges/{NAME}": _limit_range(namespace),
        f"{at}/resourcequotas/{NAME}": _resource_quota(namespace, quota, borders.gpus),
    }
    if borders.authority:
        found[f"{at}/configmaps/{NAME}"] = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": _metadata(namespace),
            "data": {"ca.crt": borders.authority},
        }
    if borders.accounts:
        bindings = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings"
        found[f"{bindings}/{NAME}"] = _binding(namespace, borders)
    return found


def fingerprint(contents: Mapping[str, Json]) -> str:
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()


def _metadata(namespace: str) -> Json:
    labels = {"app.kubernetes.io/managed-by": "datalab"}
    return {"name": NAME, "namespace": namespace, "labels": labels}


def _resource_quota(namespace: str, quota: Mapping[str, str], gpus: Sequence[str]) -> Json:
    """The platform's own reservation comes first; this one holds where no way leads through it."""
    hard: dict[str, str] = {"services.loadbalancers": "0", "services.nodeports": "0"}
    for ours, theirs in _MIRRORED.items():
        if ours in quota:
            hard[theirs] = quota[ours]
    if Resource.GPU in quota:
        hard.update({f"requests.{name}": quota[Resource.GPU] for name in gpus})
    hard.update({f"requests.{name}": quota[name] for name in quota if _EXTENDED.fullmatch(name)})
    if Resource.SERVICES in quota:
        services = int(quota[Resource.SERVICES])
        hard["pods"] = str(max(_LEAST_PODS, PODS_PER_SERVICE * services))
        hard["persistentvolumeclaims"] = hard["pods"]
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": _metadata(namespace),
        "spec": {"hard": hard},
    }


_MIRRORED = {
    Resource.CPU: "requests.cpu",
    Resource.MEMORY: "requests.memory",
    Resource.STORAGE: "requests.storage",
}
_EXTENDED = re.compile(
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
    r"/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
"""Devices as a cluster can have them. One wrong name, and the API server refuses the whole quota."""


def _limit_range(namespace: str) -> Json:
    """Under a quota a container without requests is refused: what is injected may have none.

    Limits get no default: it would be below what some container requests, which is refused too.
    """
    small = {"type": "Container", "defaultRequest": {"cpu": "50m", "memory": "64Mi"}}
    return {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": _metadata(namespace),
        "spec": {"limits": [small]},
    }


def _policy(namespace: str, borders: Borders) -> Json:
    """For every pod of it. Policies only add to each other, so none allows what all must not."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _metadata(namespace),
        "spec": {
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [_SAME_TENANT, *map(_namespace, borders.front_door)]}],
            "egress": list(_ways_out(borders)),
        },
    }


_SAME_TENANT: Json = {"podSelector": {}}
_DNS: Json = {
    "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
    "ports": [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")],
}


def _ways_out(borders: Borders) -> Iterator[Json]:
    yield {"to": [_SAME_TENANT, *map(_namespace, borders.front_door)]}
    yield _DNS
    for opening in borders.openings:
        yield _opening(opening)
    if borders.internet:
        blocked = [*METADATA_SERVICES, *borders.blocked]
        yield {"to": [_all_but(ip_network(every), blocked) for every in ("0.0.0.0/0", "::/0")]}


def _opening(opening: Opening) -> Json:
    target = (
        _namespace(opening.namespace)
        if opening.network is None
        else _all_but(opening.network, METADATA_SERVICES)
    )
    ports = [{"port": number, "protocol": "TCP"} for number in opening.ports]
    return {"to": [target], "ports": ports} if ports else {"to": [target]}


def _namespace(name: str) -> Json:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _all_but(network: Network, blocked: Sequence[Network]) -> Json:
    """What is taken out must lie within: the API server refuses the policy otherwise."""
    excepted = [str(one) for one in blocked if _lies_within(one, network)]
    return {"ipBlock": {"cidr": str(network), **({"except": excepted} if excepted else {})}}


def _lies_within(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False


def _binding(namespace: str, borders: Borders) -> Json:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": _metadata(namespace),
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": borders.role,
        },
        "subjects": [
            {"kind": "ServiceAccount", "namespace": where, "name": name}
            for where, name in borders.accounts
        ],
    }
