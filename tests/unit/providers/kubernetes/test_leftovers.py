"""Storage that outlives its release."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.leftovers import volumes

GIB = 1024**3


def claim(name: str, *, release: str = "", **changes: Any) -> dict[str, Any]:
    labels = {"app.kubernetes.io/instance": release} if release else {}
    return {
        "metadata": {"name": name, "labels": labels, **changes.pop("metadata", {})},
        "spec": {"resources": {"requests": {"storage": "10Gi"}}},
        **changes,
    }


def left(*claims: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    def list_(path: str) -> Any:
        assert path == "/api/v1/namespaces/dl-acme/persistentvolumeclaims"
        return SimpleNamespace(items=list(claims))

    api = cast("KubernetesApi", SimpleNamespace(list=list_))
    found = volumes(api, "dl-acme", {"there"})
    return [(one.release, one.name, one.size) for one in found]


def test_only_claims_of_releases_that_are_gone_are_left() -> None:
    mine, theirs = claim("home-gone", release="gone"), claim("home-there", release="there")
    assert left(theirs, mine) == [("gone", "home-gone", 10 * GIB)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(claim("nobodys"), id="of no release"),
        pytest.param(
            {
                **claim("going"),
                "metadata": {
                    "name": "going",
                    "labels": {"app.kubernetes.io/instance": "gone"},
                    "deletionTimestamp": "2030-01-01T00:00:00Z",
                },
            },
            id="being deleted",
        ),
    ],
)
def test_what_else_is_there_is_not_told(other: dict[str, Any]) -> None:
    assert left(other) == []


def test_what_helm_has_made_is_known_by_its_annotation_too() -> None:
    made = claim("data", metadata={"annotations": {"meta.helm.sh/release-name": "gone"}})
    assert left(made) == [("gone", "data", 10 * GIB)]


def test_what_the_disk_gave_counts_before_what_was_asked() -> None:
    given = claim("data", release="gone", status={"capacity": {"storage": "16Gi"}})
    bare = claim("other", release="gone", spec={})
    assert left(given, bare) == [("gone", "data", 16 * GIB), ("gone", "other", None)]
