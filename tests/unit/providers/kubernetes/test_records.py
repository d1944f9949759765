"""Helm's records, read from their labels."""

from typing import Any

from datalab.providers.cluster.kubernetes.objects import HelmRecord
from datalab.providers.cluster.kubernetes.records import newest, record_of


def secret(version: str, status: str = "deployed", **labels: str) -> dict[str, Any]:
    return {"metadata": {"labels": {"version": version, "status": status, **labels}}}


def test_the_newest_revision_counts_by_number() -> None:
    found = newest([secret("9", "superseded"), secret("10", **{"datalab.io/digest": "abc"})])
    assert found is not None
    assert record_of(found) == HelmRecord(revision=10, status="deployed", digest="abc")


def test_what_somebody_else_has_made_has_no_digest() -> None:
    assert record_of(secret("1")).digest == ""


def test_without_records_helm_knows_nothing() -> None:
    assert newest([]) is None
    assert newest([secret("x")]) is None
    assert newest([{"metadata": {}}]) is None
