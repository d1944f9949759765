"""Helm's records of releases: one Secret a revision, read without what is in it."""

from collections.abc import Iterable
from datetime import datetime

from datalab.providers.cluster.kubernetes.objects import HelmRecord
from datalab.providers.cluster.kubernetes.reading import Json, label, moment

DIGEST = "datalab.io/digest"
DEPLOYED = "deployed"
INTERRUPTED = frozenset(
    {"pending-install", "pending-upgrade", "pending-rollback", "uninstalling", "unknown"}
)
"""What a killed helm leaves, and what one that works shows. https://github.com/helm/helm/issues/7476"""


def newest(secrets: Iterable[Json]) -> Json | None:
    """Of the secrets of one release. None: Helm knows no such release."""
    numbered = [one for one in secrets if label(one, "version").isdecimal()]
    return max(numbered, key=lambda one: int(label(one, "version")), default=None)


def record_of(secret: Json) -> HelmRecord:
    return HelmRecord(
        revision=int(label(secret, "version")),
        status=label(secret, "status") or "unknown",
        digest=label(secret, DIGEST),
    )


def begun_at(secret: Json) -> datetime:
    return moment(secret["metadata"]["creationTimestamp"])
