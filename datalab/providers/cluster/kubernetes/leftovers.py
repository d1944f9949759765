"""What `helm uninstall` leaves: claims, some for good, and all where Helm's record is lost."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from datalab.core.quantities import Resource, to_units
from datalab.providers.cluster.base import ReleaseRef, Volume
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.providers.cluster.kubernetes.reading import (
    INSTANCE,
    annotation,
    is_going,
    label,
    name_of,
)

KEEP = "helm.sh/resource-policy"
_MADE_BY_HELM = "app.kubernetes.io/managed-by=Helm"
_RELEASE = "meta.helm.sh/release-name"

_KINDS = (
    "/api/v1/namespaces/{}/services",
    "/api/v1/namespaces/{}/configmaps",
    "/api/v1/namespaces/{}/secrets",
    "/api/v1/namespaces/{}/serviceaccounts",
    "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
    "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
    # Last, since they are what shows that something is left.
    "/apis/apps/v1/namespaces/{}/deployments",
    "/apis/apps/v1/namespaces/{}/statefulsets",
)
"""All that the policy lets charts bring, but what not every cluster has."""
_ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/{}/httproutes"


def remove_claims(api: KubernetesApi, ref: ReleaseRef) -> None:
    """A service's storage goes with it, unless its chart says `helm.sh/resource-policy: keep`.

    Helm does not know claims that a StatefulSet has made of its templates.
    """
    path = f"/api/v1/namespaces/{ref.namespace}/persistentvolumeclaims"
    found = api.list(path, labels=f"{INSTANCE}={ref.name}", metadata_only=True)
    for claim in found.items:
        if _may_go(claim):
            api.delete(f"{path}/{claim['metadata']['name']}")


def volumes(api: KubernetesApi, namespace: str, beside: Collection[str]) -> list[Volume]:
    """Claims of releases other than `beside`."""
    claims = api.list(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims").items
    found = [
        Volume(name=name_of(one), release=_release_of(one), size=_size_of(one))
        for one in claims
        if _release_of(one) not in {"", *beside} and not is_going(one)
    ]
    return sorted(found, key=lambda one: (one.release, one.name))


def _release_of(claim: Json) -> str:
    """A StatefulSet gives its claims labels and no annotation, some charts the other way round."""
    return label(claim, INSTANCE) or annotation(claim, _RELEASE)


def _size_of(claim: Json) -> int | None:
    """What there is of it, else what was asked."""
    asked = claim.get("spec", {}).get("resources", {}).get("requests", {})
    size = (claim.get("status", {}).get("capacity") or asked).get("storage")
    return None if size is None else to_units(Resource.STORAGE, size)


def sweep(
    api: KubernetesApi, ref: ReleaseRef, *, beside: Collection[Mapping[str, Any]] = ()
) -> None:
    """Delete all that Helm once made for this release, but for what has a manifest in `beside`."""
    wanted = {(_plural(one["kind"]), one["metadata"]["name"]) for one in beside}
    for path in _collections(api, ref.namespace):
        kind = path.rpartition("/")[2]
        found = api.list(path, labels=_MADE_BY_HELM, metadata_only=True)
        for one in found.items:
            annotations = one["metadata"].get("annotations") or {}
            mine = annotations.get(_RELEASE) == ref.name
            if mine and _may_go(one) and (kind, name_of(one)) not in wanted:
                api.delete(f"{path}/{one['metadata']['name']}")


def _collections(api: KubernetesApi, namespace: str) -> Iterator[str]:
    routes = _ROUTES.format(namespace)
    if api.get(routes) is not None:  # the cluster has the Gateway API
        yield routes
    for pattern in _KINDS:
        yield pattern.format(namespace)


def _plural(kind: str) -> str:
    """As the API server's paths have it."""
    return _IRREGULAR.get(kind, f"{kind.lower()}s")


_IRREGULAR = {"Ingress": "ingresses", "NetworkPolicy": "networkpolicies"}


def _may_go(found: Mapping[str, Any]) -> bool:
    metadata = found["metadata"]
    kept = (metadata.get("annotations") or {}).get(KEEP) == "keep"
    return not kept and not metadata.get("deletionTimestamp")
