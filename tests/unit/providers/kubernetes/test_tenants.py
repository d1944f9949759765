"""Tenants' namespaces: never somebody else's, and no needless question to the API server."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.cluster.kubernetes import tenants
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.namespace import LABELS, Borders
from datalab.providers.cluster.kubernetes.tenants import TenantNamespaces

NAMESPACE = "dl-acme"
PATH = f"/api/v1/namespaces/{NAMESPACE}"
OURS = {"name": NAMESPACE, "labels": LABELS}
QUOTA = {"cpu": "8", "services": "10"}


class FakeApi:
    """One namespace, and what was asked of it."""

    def __init__(self, metadata: dict[str, Any] | None = None) -> None:
        self.metadata = metadata
        self.asked: list[str] = []
        self.goes_at_once = True

    def get(self, path: str) -> dict[str, Any] | None:
        self.asked.append(f"GET {path}")
        return {"metadata": self.metadata} if self.metadata is not None else None

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(f"POST {path}")
        self.metadata = dict(body["metadata"])
        return {"metadata": self.metadata}

    def merge(self, path: str, body: Mapping[str, Any]) -> None:
        self.asked.append(f"MERGE {path}")
        assert self.metadata is not None
        for name, added in body["metadata"].items():
            self.metadata[name] = {**self.metadata.get(name, {}), **added}

    def apply(self, path: str, body: Mapping[str, Any]) -> None:
        self.asked.append(f"APPLY {path}")

    def delete(self, path: str) -> bool:
        self.asked.append(f"DELETE {path}")
        if self.goes_at_once:
            self.metadata = None
        return True

    @property
    def writes(self) -> list[str]:
        return [one for one in self.asked if not one.startswith("GET")]


def of(api: FakeApi) -> TenantNamespaces:
    return TenantNamespaces(api=cast("KubernetesApi", api), borders=Borders())


def test_a_new_namespace_gets_its_borders_before_its_limits() -> None:
    api = FakeApi()
    of(api).ensure(NAMESPACE, QUOTA)
    kinds = [one.split("/")[-2] for one in api.writes[1:-1]]
    assert api.writes[0] == "POST /api/v1/namespaces"
    assert kinds == ["networkpolicies", "serviceaccounts", "limitranges", "resourcequotas"]
    assert api.writes[-1] == f"MERGE {PATH}"


def test_what_is_as_it_should_be_costs_one_question() -> None:
    api = FakeApi()
    namespaces = of(api)
    namespaces.ensure(NAMESPACE, QUOTA)
    api.asked.clear()
    namespaces.ensure(NAMESPACE, QUOTA)
    assert api.asked == [f"GET {PATH}"]


def test_another_quota_is_written_at_once() -> None:
    api = FakeApi()
    namespaces = of(api)
    namespaces.ensure(NAMESPACE, QUOTA)
    api.asked.clear()
    namespaces.ensure(NAMESPACE, {**QUOTA, "cpu": "9"})
    assert len(api.writes) == 5


def test_what_another_process_has_written_meanwhile_is_not_taken_for_ones_own() -> None:
    api = FakeApi()
    first, second = of(api), of(api)
    first.ensure(NAMESPACE, QUOTA)
    second.ensure(NAMESPACE, {**QUOTA, "nvidia.com/mig-1g.5gb": "2"})
    api.asked.clear()
    first.ensure(NAMESPACE, QUOTA)
    assert f"APPLY {PATH}/resourcequotas/datalab" in api.writes


def test_now_and_then_all_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    api = FakeApi()
    namespaces = of(api)
    namespaces.ensure(NAMESPACE, QUOTA)
    api.asked.clear()
    monkeypatch.setattr(tenants, "LOOKED_AT_EVERY_S", 0.0)
    namespaces.ensure(NAMESPACE, QUOTA)
    assert len(api.writes) == 4


def test_labels_that_somebody_has_changed_are_put_back() -> None:
    labels = {**LABELS, "pod-security.kubernetes.io/enforce": "privileged", "theirs": "stays"}
    api = FakeApi({"name": NAMESPACE, "labels": labels})
    of(api).ensure(NAMESPACE, QUOTA)
    assert api.metadata is not None
    assert api.metadata["labels"] == {**LABELS, "theirs": "stays"}


@pytest.mark.parametrize("labels", [None, {}, {"datalab.io/tenant-namespace": "false"}])
def test_somebody_elses_namespace_is_left_alone(labels: dict[str, str] | None) -> None:
    api = FakeApi({"name": NAMESPACE, "labels": labels})
    namespaces = of(api)
    with pytest.raises(ProviderRefused, match="left alone"):
        namespaces.ensure(NAMESPACE, QUOTA)
    with pytest.raises(ProviderRefused, match="left alone"):
        namespaces.check(NAMESPACE)
    with pytest.raises(ProviderRefused, match="left alone"):
        namespaces.remove(NAMESPACE)
    assert api.writes == []


def test_nothing_is_put_into_a_namespace_that_leaves() -> None:
    api = FakeApi({**OURS, "deletionTimestamp": "2026-01-01T00:00:00Z"})
    with pytest.raises(ProviderUnavailable, match="being removed"):
        of(api).ensure(NAMESPACE, QUOTA)
    with pytest.raises(ProviderUnavailable, match="being removed"):
        of(api).check(NAMESPACE)
    assert api.writes == []


def test_an_absent_namespace_is_removed_already() -> None:
    api = FakeApi()
    of(api).remove(NAMESPACE)
    assert api.writes == []


def test_a_namespace_that_takes_its_time_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api = FakeApi(dict(OURS))
    api.goes_at_once = False
    monkeypatch.setattr(tenants, "GONE_WITHIN_S", 0.0)
    monkeypatch.setattr(tenants, "_LOOK_EVERY_S", 0.0)
    with pytest.raises(ProviderUnavailable, match="being removed"):
        of(api).remove(NAMESPACE)


def test_a_removed_namespace_is_made_anew_as_a_whole() -> None:
    api = FakeApi()
    namespaces = of(api)
    namespaces.ensure(NAMESPACE, QUOTA)
    namespaces.remove(NAMESPACE)
    api.asked.clear()
    namespaces.ensure(NAMESPACE, QUOTA)
    assert len(api.writes) == 6


def test_a_name_that_is_none_reaches_no_path() -> None:
    with pytest.raises(ProviderRefused, match="name"):
        of(FakeApi()).ensure("../default", QUOTA)
