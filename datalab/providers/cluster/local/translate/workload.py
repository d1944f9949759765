"""Deployments and StatefulSets: what they are beside their pod."""

from collections.abc import Mapping

from datalab.providers.cluster.local.translate.claims import Claims
from datalab.providers.cluster.local.translate.fields import Fields, refused
from datalab.providers.cluster.local.translate.pod import Workload

WORKLOADS = ("Deployment", "StatefulSet")
_ONE_PROCESS = "One process is stopped before the next one starts"


def read_workload(
    kind: str, name: str, manifest: Fields, claims: Claims
) -> tuple[Workload, Fields]:
    """The workload and its pod template. A StatefulSet's own claims are added to `claims`."""
    spec = manifest.inner("spec", where=manifest.where)
    manifest.drop("status")
    manifest.close()
    replicas = spec.number("replicas", 1)
    if replicas > 1:
        raise refused(f"{manifest.where}: one machine runs one replica of a tool, not {replicas}.")
    template = spec.inner("template", where=manifest.where)
    spec.drop("selector", "serviceName")
    spec.leave_out(
        _ONE_PROCESS, "strategy", "updateStrategy", "podManagementPolicy", "minReadySeconds"
    )
    spec.leave_out("The platform keeps a tool's history", "revisionHistoryLimit")
    spec.leave_out("The platform has its own patience", "progressDeadlineSeconds")
    spec.refuse_if_true("paused")
    own: Mapping[str, str] = _own_claims(name, spec, claims) if kind == "StatefulSet" else {}
    spec.close()
    return Workload(name=name, where=manifest.where, replicas=replicas, claims=own), template


def _own_claims(name: str, spec: Fields, claims: Claims) -> dict[str, str]:
    """Claims by template name, called as a cluster calls them: `<template>-<set>-0`."""
    ordinals = spec.inner("ordinals")
    ordinals.refuse_unless("start", 0)
    ordinals.close()
    retention = spec.inner("persistentVolumeClaimRetentionPolicy")
    deleted = retention.text("whenDeleted", "Retain")
    retention.refuse_unless("whenScaled", "Retain")
    retention.close()
    own: dict[str, str] = {}
    for template in spec.each("volumeClaimTemplates", noun="volumeClaimTemplate"):
        template.drop("apiVersion", "kind")
        metadata = template.inner("metadata", where=template.where)
        template_name = metadata.text("name")
        claim = f"{template_name}-{name}-0"
        claims.add(claim, template, keep=deleted != "Delete")
        own[template_name] = claim
    return own
