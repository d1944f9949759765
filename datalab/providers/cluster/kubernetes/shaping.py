"""From a chart's manifests to those of one release: running or paused, restarted, findable. Pure."""

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from datalab.core.delivery import ENDING
from datalab.core.errors import ProviderRefused
from datalab.core.kinds import BROUGHT_BY_CHARTS
from datalab.providers.charts.base import Manifest
from datalab.providers.cluster.base import Release
from datalab.providers.cluster.kubernetes.reading import INSTANCE
from datalab.providers.cluster.placement import placed

Json = dict[str, Any]

RESTARTS = "datalab.io/restarts"
WORKLOADS = {"Deployment", "StatefulSet"}
_FOUND_BY_LABEL = {"PersistentVolumeClaim", "Service"}
_LONGEST = 40


def digest_of(release: Release, chart_digest: str) -> str:
    """Names what should run, short enough for a label: the same digest, the same release.

    Of what goes in, not of what is rendered: a chart may draw a password at each rendering.
    """
    made_of = [chart_digest, release.values, release.restarts, release.paused]
    if release.placement:
        made_of.append(release.placement.to_json())
    text = json.dumps(made_of, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_LONGEST]


def values_for(release: Release, defaults: Mapping[str, Any]) -> Json:
    """A chart that knows `global.suspend` is told; any other has its replicas taken."""
    values = dict(release.values)
    own = defaults.get("global")
    if release.paused and isinstance(own, Mapping) and "suspend" in own:
        given = values.get("global")
        values["global"] = {**(given if isinstance(given, Mapping) else {}), "suspend": True}
    return values


def shaped(manifests: Sequence[Manifest], release: Release) -> list[Json]:
    """Workloads with as many replicas as they shall have, so that Helm says it and none else, where
    the operator's preset places them.

    Without the chart's NetworkPolicies: the namespace's own confines every pod both ways, and
    policies only add to each other. Whatever a chart says of it opens what the operator has closed.

    ProviderRefused for what would reach beyond the tenant's namespace, whatever was checked before.
    """
    for one in manifests:
        _check(one, release.ref.namespace)
    whole = placed(manifests, release.placement, release=release.ref.name)
    return [_shaped(one, release) for one in whole if one["kind"] != "NetworkPolicy"]


def _check(manifest: Manifest, namespace: str) -> None:
    kind = manifest.get("kind")
    if (manifest.get("apiVersion"), kind) not in BROUGHT_BY_CHARTS:
        raise ProviderRefused(f"A chart may not bring a {kind} to a cluster.", provider="cluster")
    if kind == "Secret" and str(manifest["metadata"].get("name", "")).endswith(ENDING):
        raise ProviderRefused(
            f"Secrets called …{ENDING} are the platform's own.", provider="cluster"
        )
    if manifest["metadata"].get("namespace", namespace) != namespace:
        raise ProviderRefused(
            "A chart may only bring something to its tenant's namespace.", provider="cluster"
        )


def _shaped(manifest: Manifest, release: Release) -> Json:
    found: Json = copy.deepcopy(dict(manifest))
    if is_workload(found):
        _shape(found, release)
    elif found.get("kind") in _FOUND_BY_LABEL:
        _label(found, release.ref.name)
    return found


def _shape(workload: Json, release: Release) -> None:
    spec = workload.setdefault("spec", {})
    if workload["kind"] == "StatefulSet" and spec.get("replicas", 1) <= 1:
        # Else what never got ready keeps its place for ever, however it is changed or restarted:
        # https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
        spec.setdefault("podManagementPolicy", "Parallel")
    spec["replicas"] = 0 if release.paused else spec.get("replicas", 1)
    template = spec.setdefault("template", {})
    for labelled in (workload, template, *spec.get("volumeClaimTemplates", ())):
        _label(labelled, release.ref.name)
    if release.restarts:
        annotations = _mapping(_mapping(template, "metadata"), "annotations")
        annotations[RESTARTS] = str(release.restarts)


def _label(found: Json, name: str) -> None:
    """By which all that is asked for is found. What the chart itself says stays."""
    _mapping(_mapping(found, "metadata"), "labels").setdefault(INSTANCE, name)


def _mapping(parent: Json, key: str) -> Json:
    """The mapping below, made where there is none: a chart may write null."""
    if not isinstance(parent.get(key), dict):
        parent[key] = {}
    found: Json = parent[key]
    return found


def is_workload(manifest: Manifest) -> bool:
    return manifest.get("apiVersion") == "apps/v1" and manifest.get("kind") in WORKLOADS


def in_place(manifests: Sequence[Manifest], live: Sequence[Manifest]) -> bool:
    """Whether each workload is there, with the replicas that it shall have."""
    there = {_key(one): one["spec"].get("replicas", 1) for one in live}
    wanted = [one for one in manifests if is_workload(one)]
    return all(there.get(_key(one)) == one["spec"]["replicas"] for one in wanted)


def _key(workload: Manifest) -> tuple[str, str]:
    return str(workload["kind"]), str(workload["metadata"]["name"])
