"""Helm's records of releases: one Secret a revision, read without what is in it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from datalab.providers.cluster.kubernetes.objects import HelmRecord

DIGEST = "datalab.io/digest"
DEPLOYED = "deployed"
INTERRUPTED = frozenset(
    {"pending-install", "pending-upgrade", "pending-rollback", "uninstalling", "unknown"}
)
"""What a killed helm leaves, and what one that works shows. https://github.com/helm/helm/issues/7476"""


def of_release(name: str) -> str:
    """The label selector of all its revisions."""
    return f"owner=helm,name={name}"


def newest(secrets: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Of the secrets of one release. None: Helm knows no such release."""
    numbered = [one for one in secrets if _labels(one).get("version", "").isdecimal()]
    return max(numbered, key=lambda one: int(_labels(one)["version"]), default=None)


def record_of(secret: Mapping[str, Any]) -> HelmRecord:
    labels = _labels(secret)
    return HelmRecord(
        revision=int(labels["version"]),
        status=labels.get("status", "unknown"),
        digest=labels.get(DIGEST, ""),
    )


def begun_at(secret: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(secret["metadata"]["creationTimestamp"])


def _labels(secret: Mapping[str, Any]) -> dict[str, str]:
    return secret["metadata"].get("labels") or {}
