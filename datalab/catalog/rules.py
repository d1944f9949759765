"""The words of the policy: what is allowed here, and what was found against it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`path` says where in the manifests, `message` is a sentence for a person."""

    code: str
    path: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`images` are allowed prefixes of image references; empty allows every image.

    `host` is the service's own public host: routes may name it and what lies below it.
    `account` is called like the release: what gets a token acts as that one and nobody else.
    `secret` is the platform's Secret with what was chosen for this service, empty where none is.
    `audiences` are who a projected token may be for; the cluster's API is never among them.
    """

    namespace: str
    host: str
    account: str
    secret: str = ""
    images: Sequence[str] = ()
    audiences: Sequence[str] = ("vault", "datalab")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Names of what the chart brings along itself, by kind: a tool may use only these.

    Other releases of the tenant live in the same namespace, with secrets and volumes of their own.
    """

    names: frozenset[tuple[str, str]]

    @classmethod
    def by(cls, manifests: Sequence[Object]) -> "Brought":
        pairs = {(str(one.get("kind")), name_of(one)) for one in manifests}
        return cls(names=frozenset(pairs))

    def has(self, kind: str, name: object) -> bool:
        return (kind, str(name)) in self.names


def name_of(manifest: Object) -> str:
    return str(inner(manifest, "metadata").get("name", ""))


def inner(parent: Object, *keys: str) -> Object:
    """The mapping below; empty where there is none, so that a rule need not ask first."""
    found: Any = parent
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def items(parent: Object, key: str) -> Iterator[Object]:
    """The mappings of a list; none where there is no list."""
    found = parent.get(key)
    for one in found if isinstance(found, list) else ():
        if isinstance(one, Mapping):
            yield one


def claims(spec: Object) -> Iterator[Object]:
    """The claims of each replica of a workload: those that stay, and those that end with a pod."""
    yield from items(spec, "volumeClaimTemplates")
    for volume in items(inner(spec, "template", "spec"), "volumes"):
        if "ephemeral" in volume:
            yield inner(volume, "ephemeral", "volumeClaimTemplate")
