"""What each part of the platform must be allowed on a cluster, and why. The chart's roles are these.

No wildcard, and neither `escalate` nor `bind`. The worker makes tenants, so it holds TENANT in all
namespaces, and makes a RoleBinding to TENANT_ROLE in each tenant's for the parts that look into
tools. Kubernetes lets it, since it holds those rights itself.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#restrictions-on-role-binding-creation-or-update

Secrets are among them because Helm keeps its records there, and charts may bring some. RBAC cannot
say "only in namespaces with our label": for writing the chart's admission policy does, reading stays
open to the worker and the watcher. See docs/decisions/0011-rights-on-the-cluster.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TENANT_ROLE = "datalab-tenant"
"""The ClusterRole with LOOKING, bound in tenants' namespaces alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    group: str
    resource: str
    verbs: tuple[str, ...]
    reason: str


_LOOK = ("get", "list", "watch")
_MAKE = ("get", "list", "create", "patch", "update", "delete")

NAMESPACES = Right(
    group="",
    resource="namespaces",
    verbs=("get", "list", "watch", "create", "patch", "delete"),
    reason="A tenant is a namespace, made and removed with it.",
)
NODES = Right(group="", resource="nodes", verbs=("list",), reason="How much there is to hand out.")
REVIEWS = Right(
    group="authentication.k8s.io",
    resource="tokenreviews",
    verbs=("create",),
    reason="A tool that asks for its bucket's keys shows its service account's token.",
)

TENANT = (
    Right(
        group="",
        resource="secrets",
        verbs=("get", "list", "watch", "create", "patch", "update", "delete"),
        reason="Helm's records of releases, what charts bring, and chosen secrets where they are "
        "delivered so.",
    ),
    Right(
        group="",
        resource="persistentvolumeclaims",
        verbs=(*_LOOK, "create", "patch", "update", "delete"),
        reason="A tool's storage, and why it is not there yet.",
    ),
    *(
        Right(group="", resource=name, verbs=_MAKE, reason="What charts bring.")
        for name in ("configmaps", "services")
    ),
    Right(
        group="",
        resource="serviceaccounts",
        verbs=_MAKE,
        reason="What charts bring; the default one gets no token.",
    ),
    *(
        Right(
            group="",
            resource=name,
            verbs=(*_LOOK, "create", "patch"),
            reason="The tenant's quota once more, where no other way leads past it.",
        )
        for name in ("resourcequotas", "limitranges")
    ),
    Right(group="", resource="pods", verbs=_LOOK, reason="Whether a tool runs."),
    Right(group="", resource="pods/log", verbs=("get",), reason="What a tool writes."),
    Right(group="", resource="events", verbs=_LOOK, reason="Why a tool does not run."),
    *(
        Right(
            group="apps",
            resource=name,
            verbs=(*_LOOK, "create", "patch", "update", "delete"),
            reason="The tools themselves.",
        )
        for name in ("deployments", "statefulsets")
    ),
    Right(group="apps", resource="replicasets", verbs=_LOOK, reason="Whose a pod is."),
    *(
        Right(group=group, resource=name, verbs=_MAKE, reason="What charts bring.")
        for group, name in (
            ("networking.k8s.io", "ingresses"),
            ("networking.k8s.io", "networkpolicies"),
            ("gateway.networking.k8s.io", "httproutes"),
            ("policy", "poddisruptionbudgets"),
        )
    ),
    Right(
        group="rbac.authorization.k8s.io",
        resource="rolebindings",
        verbs=("get", "create", "patch"),
        reason="The other parts' way into a tenant's namespace, to TENANT_ROLE only.",
    ),
)
"""What is done in tenants' namespaces."""

EXTERNAL_SECRETS = tuple(
    Right(
        group="external-secrets.io",
        resource=name,
        verbs=verbs,
        reason="Which secrets the operator fetches for a tool, as whom, and why they do not come.",
    )
    for name, verbs in (
        ("secretstores", ("create", "patch", "delete")),
        ("externalsecrets", ("get", "create", "patch", "delete")),
    )
)
"""The worker's besides, where secrets are delivered so."""
EXTERNAL_SECRETS_SEEN = (
    Right(
        group="external-secrets.io",
        resource="externalsecrets",
        verbs=("get",),
        reason="Why a tool's chosen secrets do not come.",
    ),
)
"""The watcher's besides, where secrets are delivered so."""

LOOKING = (
    Right(group="", resource="pods", verbs=("get", "list"), reason="Whose log it is."),
    Right(group="", resource="pods/log", verbs=("get",), reason="What a tool writes."),
    Right(group="", resource="services", verbs=("list",), reason="Where a tool answers."),
    Right(
        group="",
        resource="persistentvolumeclaims",
        verbs=("list",),
        reason="What storage goes with a tenant that is deleted.",
    ),
)
WATCHING = (
    Right(group="", resource="pods/log", verbs=("get",), reason="The last words of what crashed."),
    *(
        Right(group=group, resource=name, verbs=_LOOK, reason="What runs, and why it does not.")
        for group, name in (
            ("", "pods"),
            ("", "persistentvolumeclaims"),
            ("", "events"),
            ("", "secrets"),
            ("apps", "deployments"),
            ("apps", "statefulsets"),
            ("apps", "replicasets"),
        )
    ),
)

PARTS: Mapping[str, Sequence[Right]] = {
    "worker": (NAMESPACES, NODES, *TENANT),
    "watcher": (*WATCHING, NODES),
    "portal": (NODES,),
    "gate": (REVIEWS,),
}
"""In the whole cluster. Parts that are not named never ask it."""


def rules(rights: Sequence[Right]) -> list[dict[str, Any]]:
    """As the rules of a ClusterRole."""
    return [
        {"apiGroups": [one.group], "resources": [one.resource], "verbs": list(one.verbs)}
        for one in rights
    ]
