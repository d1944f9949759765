"""A wrong setting of the cluster stops the process, by an id that can be looked up."""

import os
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from datalab.config.checks import check_cluster
from datalab.core.delivery import Delivery

BORDERS: dict[str, Any] = {
    "front_door": ["datalab"],
    "gpus": ["nvidia.com/gpu"],
    "openings": [],
    "internet": True,
    "blocked": [],
    "accounts": [],
}


@pytest.fixture
def found(settings: Settings) -> Any:
    def found(**changed: Any) -> list[str | None]:
        settings.CLUSTER = changed.pop("cluster", "kubernetes")
        settings.KUBECONFIG = changed.pop("kubeconfig", "")
        borders = {**BORDERS, **changed}
        settings.PROVIDERS = {**settings.PROVIDERS, "cluster": {"options": {"borders": borders}}}
        return [one.id for one in check_cluster(None)]

    return found


def test_a_pod_that_uses_its_own_account_is_right(found: Any) -> None:
    assert found() == []


def test_only_who_uses_a_cluster_is_asked(found: Any) -> None:
    assert found(cluster="local", kubeconfig="/nowhere", accounts=["?"]) == []


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        pytest.param(0o600, [], id="ours alone"),
        pytest.param(0o400, [], id="ours to read"),
        pytest.param(0o640, ["datalab.E041"], id="the group reads it"),
        pytest.param(0o604, ["datalab.E041"], id="all read it"),
        pytest.param(0o602, ["datalab.E041"], id="all write it"),
    ],
)
def test_the_clusters_credentials_are_ours_alone(
    found: Any, tmp_path: Path, mode: int, expected: list[str]
) -> None:
    file = tmp_path / "kubeconfig"
    file.touch()
    file.chmod(mode)
    assert found(kubeconfig=str(file)) == expected


def test_a_file_of_somebody_else_is_none_of_ours(
    found: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kubeconfig"
    file.touch(mode=0o600)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert found(kubeconfig=str(file)) == ["datalab.E041"]


def test_a_missing_file_is_named(found: Any, tmp_path: Path) -> None:
    assert found(kubeconfig=str(tmp_path / "none")) == ["datalab.E040"]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"openings": [{"cidr": "169.254.169.254/32"}]}, id="to the metadata"),
        pytest.param({"accounts": ["worker"]}, id="an account without a namespace"),
        pytest.param({"blocked": ["10.0.0.1/8"]}, id="no network"),
        pytest.param({"openings": "vault"}, id="no list"),
    ],
)
def test_borders_that_make_no_sense_are_named(found: Any, said: dict[str, Any]) -> None:
    assert found(**said) == ["datalab.E042"]


@pytest.mark.parametrize(
    ("delivery", "signs_in_at", "expected"),
    [
        pytest.param(Delivery.EXTERNAL_SECRETS, "kubernetes", [], id="it can"),
        pytest.param(Delivery.EXTERNAL_SECRETS, "", ["datalab.E043"], id="it cannot"),
        pytest.param(Delivery.KUBERNETES_SECRET, "", [], id="nobody has to"),
    ],
)
def test_external_secrets_need_a_way_to_sign_in_for_a_tool(
    found: Any, settings: Settings, delivery: Delivery, signs_in_at: str, expected: list[str]
) -> None:
    settings.SECRET_DELIVERY = delivery
    store = {"options": {"kubernetes_auth": signs_in_at}}
    settings.PROVIDERS = {**settings.PROVIDERS, "secrets": store}
    assert found() == expected
