"""Chosen secrets as objects of the cluster: what is written, and what is left alone."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.base import Release, ReleaseRef, SecretAccess
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.chosen import StoreAddress, labels_of
from datalab.providers.cluster.kubernetes.delivering import (
    ByExternalSecrets,
    ByInjector,
    ByKubernetesSecret,
    Way,
)
from datalab.providers.cluster.kubernetes.errors import refusal

REF = ReleaseRef(namespace="dl-acme", name="nb")
SECRET = "/api/v1/namespaces/dl-acme/secrets/nb.secrets"
STORE = "/apis/external-secrets.io/v1/namespaces/dl-acme/secretstores/nb.secrets"
EXTERNAL = "/apis/external-secrets.io/v1/namespaces/dl-acme/externalsecrets/nb.secrets"
ACCESS = SecretAccess(role="tenant-acme.service-nb", paths=["acme/shared/db", "acme/users/ann/own"])
ENV = "/vault/secrets/env.sh"


class FakeApi:
    """Objects by their path; `knows_the_kinds` as where the operator is installed."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.writes = 0
        self.knows_the_kinds = True
        self.closed = ""

    def get(self, path: str) -> dict[str, Any] | None:
        if path == self.closed:
            raise refusal(403, b"forbidden")
        return self.objects.get(path)

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self.apply(f"{path}/{body['metadata']['name']}", body)

    def apply(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if path.startswith("/apis/external-secrets.io") and not self.knows_the_kinds:
            raise refusal(404, b"404 page not found")
        self.writes += 1
        self.objects[path] = dict(body)
        return self.objects[path]

    def merge(self, path: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        if path not in self.objects:
            return None
        self.writes += 1
        data = {**self.objects[path].get("data", {}), **body["data"]}
        self.objects[path]["data"] = {key: one for key, one in data.items() if one is not None}
        return self.objects[path]

    def delete(self, path: str) -> bool:
        return self.objects.pop(path, None) is not None


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def plain(api: FakeApi) -> ByKubernetesSecret:
    return ByKubernetesSecret(api=cast("KubernetesApi", api))


@pytest.fixture
def external(api: FakeApi) -> ByExternalSecrets:
    store = StoreAddress(
        address="https://vault:8200", mount="datalab", kubernetes_auth="kubernetes", authority="PEM"
    )
    return ByExternalSecrets(api=cast("KubernetesApi", api), store=store)


def release(**changed: Any) -> Release:
    return Release(ref=REF, chart=Path("lab"), version="1", values={}, **changed)


def files(**values: str) -> dict[str, bytes]:
    return {f"/vault/secrets/{name}": value.encode() for name, value in values.items()}


def data(api: FakeApi) -> dict[str, str]:
    held = api.objects[SECRET]["data"]
    return {key: base64.b64decode(value).decode() for key, value in held.items()}


def test_a_start_makes_the_secret_and_the_next_leaves_nothing_of_the_former(
    api: FakeApi, plain: ByKubernetesSecret
) -> None:
    plain.bring(release(files=files(A="1", OLD="2")))
    assert api.objects[SECRET]["metadata"]["labels"] == labels_of(REF)
    plain.bring(release(files=files(A="3")))
    assert data(api) == {"A": "3"}


def test_what_is_delivered_is_written_once_and_only_where_it_has_changed(
    api: FakeApi, plain: ByKubernetesSecret
) -> None:
    plain.bring(release(files=files(A="1", B="2")))
    before = api.writes
    assert not plain.deliver(REF, files(A="1"))
    assert api.writes == before
    assert plain.deliver(REF, files(A="rotated"))
    assert data(api) == {"A": "rotated", "B": "2"}


def test_nothing_is_delivered_to_what_was_taken_away_meanwhile(
    api: FakeApi, plain: ByKubernetesSecret
) -> None:
    plain.bring(release(files=files(A="1")))
    plain.take_away(REF)
    with pytest.raises(ProviderRefused):
        plain.deliver(REF, files(A="2"))
    assert api.objects == {}


@pytest.mark.parametrize("changed", [{"paused": True}, {}], ids=["paused", "without secrets"])
def test_what_needs_no_secret_any_more_has_none(
    api: FakeApi, plain: ByKubernetesSecret, external: ByExternalSecrets, changed: dict[str, Any]
) -> None:
    for way, given in ((plain, {"files": files(A="1")}), (external, {"secrets": ACCESS})):
        way.bring(release(**given))
        assert api.objects
        way.bring(release(**changed))
        assert api.objects == {}


def test_a_secret_that_is_not_the_platforms_is_neither_filled_nor_taken_away(
    api: FakeApi, plain: ByKubernetesSecret
) -> None:
    api.objects[SECRET] = {"metadata": {"name": "nb.secrets"}, "data": {}}
    with pytest.raises(ProviderRefused, match=r"nb\.secrets is there already"):
        plain.bring(release(files=files(A="1")))
    plain.take_away(REF)
    assert api.objects[SECRET]["data"] == {}


def test_a_file_elsewhere_than_among_the_secrets_is_refused(plain: ByKubernetesSecret) -> None:
    with pytest.raises(ProviderRefused):
        plain.bring(release(files={"/var/run/datalab/token": b"x"}))


def test_the_operator_signs_in_as_the_services_own_account_with_its_own_role(
    api: FakeApi, external: ByExternalSecrets
) -> None:
    external.bring(release(secrets=ACCESS, restarts=2))
    vault = api.objects[STORE]["spec"]["provider"]["vault"]
    assert (vault["server"], vault["path"], vault["version"]) == (
        "https://vault:8200",
        "datalab",
        "v2",
    )
    assert base64.b64decode(vault["caBundle"]) == b"PEM"
    assert vault["auth"]["kubernetes"] == {
        "mountPath": "kubernetes",
        "role": ACCESS.role,
        "serviceAccountRef": {"name": "nb", "audiences": ["vault"]},
    }
    spec = api.objects[EXTERNAL]["spec"]
    assert spec["secretStoreRef"] == {"kind": "SecretStore", "name": "nb.secrets"}
    assert [one["remoteRef"]["key"] for one in spec["data"]] == ACCESS.paths
    assert (spec["target"]["name"], spec["target"]["creationPolicy"]) == ("nb.secrets", "Owner")


def test_a_restart_makes_the_operator_look_again(api: FakeApi, external: ByExternalSecrets) -> None:
    """It does where an annotation is another."""
    external.bring(release(secrets=ACCESS, restarts=1))
    before = api.objects[EXTERNAL]["metadata"]["annotations"]
    external.bring(release(secrets=ACCESS, restarts=2))
    assert api.objects[EXTERNAL]["metadata"]["annotations"] != before


def test_a_missing_operator_is_said(api: FakeApi, external: ByExternalSecrets) -> None:
    api.knows_the_kinds = False
    with pytest.raises(ProviderRefused, match="not installed"):
        external.bring(release(secrets=ACCESS))
    external.take_away(REF)


def test_who_runs_the_platform_is_told_where_values_lie(
    plain: ByKubernetesSecret, external: ByExternalSecrets
) -> None:
    ways: list[Way] = [ByInjector(), external, plain]
    assert ["etcd" in "".join(one.not_enforced) for one in ways] == [False, True, True]
    assert [one.fetches for one in ways] == [True, True, False]


def test_what_the_operator_says_is_read_where_it_is_there_and_may_be_read(
    api: FakeApi, external: ByExternalSecrets
) -> None:
    assert external.asked(REF) is None
    external.bring(release(secrets=ACCESS))
    said = {"type": "Ready", "status": "False", "message": "no"}
    api.objects[EXTERNAL] |= {"status": {"conditions": [said], "binding": {"name": "x"}}}
    found = external.asked(REF)
    assert found is not None
    assert found["status"] == {"conditions": [said]}
    assert "spec" not in found
    api.closed = EXTERNAL
    assert external.asked(REF) is None
