"""What every secret store promises to the pods of a cluster: their member's path, nobody else's."""

import secrets as random
from collections.abc import Callable, Iterator

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.secrets.base import AccessRefused, SecretStore
from datalab.providers.secrets.memory import MemorySecrets
from datalab.providers.secrets.policies import POD_AUDIENCE, service_role_name
from tests.parts.cluster_api import ClusterApi
from tests.parts.openbao import OpenBao

SignIn = Callable[..., str]
"""`sign_in(role, namespace=…, account=…)` is the token that such a pod gets."""


@pytest.fixture(params=["memory", pytest.param("openbao", marks=pytest.mark.embedded)])
def store(request: pytest.FixtureRequest) -> SecretStore:
    if request.param == "memory":
        return MemorySecrets()
    bao: OpenBao = request.getfixturevalue("openbao_for_pods")
    return bao.secrets(kubernetes_auth="kubernetes")


@pytest.fixture
def sign_in(store: SecretStore, request: pytest.FixtureRequest) -> SignIn:
    if isinstance(store, MemorySecrets):
        return store.sign_in_as_pod
    bao: OpenBao = request.getfixturevalue("openbao_for_pods")
    api: ClusterApi = request.getfixturevalue("cluster_api")

    def sign_in(role: str, *, namespace: str, account: str) -> str:
        token = api.token(namespace, account, audience=POD_AUDIENCE, pod=f"{account}-0")
        return bao.sign_in_as_pod(role, token)

    return sign_in


@pytest.fixture
def tenants(store: SecretStore) -> Iterator[tuple[str, str]]:
    """Two tenants, the second one's name beginning like the first one's. With ann and bob."""
    one = f"alpha-{random.token_hex(4)}"
    other = f"{one}2"
    for tenant in (one, other):
        store.ensure_tenant(tenant)
        for member in ("ann", "bob"):
            store.ensure_member(tenant, member)
            store.write(tenant, f"users/{member}/own", {"N": member}, if_version=None)
        store.write(tenant, "shared/db", {"N": "1"}, if_version=None)
    yield one, other
    for tenant in (one, other):
        store.remove_tenant(tenant)


@pytest.fixture
def tenant(tenants: tuple[str, str]) -> str:
    return tenants[0]


def admit(store: SecretStore, tenant: str, service: str, *, member: str = "ann") -> str:
    """The name of its role."""
    store.admit(tenant, service=service, member=member, namespace=f"dl-{tenant}")
    return service_role_name(tenant, service)


def test_a_services_pod_reads_its_tenants_and_its_members(
    store: SecretStore, sign_in: SignIn, tenant: str
) -> None:
    role = admit(store, tenant, "nb")
    token = sign_in(role, namespace=f"dl-{tenant}", account="nb")
    assert store.read_as(token, tenant, "shared/db") is not None
    assert store.read_as(token, tenant, "users/ann/own") is not None
    assert store.admitted(tenant) == ["nb"]


@pytest.mark.parametrize(
    ("whose", "path"),
    [
        pytest.param(0, "users/bob/own", id="another member's of the same tenant"),
        pytest.param(1, "shared/db", id="another tenant's"),
        pytest.param(1, "users/ann/own", id="a namesake's in another tenant"),
    ],
)
def test_it_reads_nothing_else(
    store: SecretStore, sign_in: SignIn, tenants: tuple[str, str], whose: int, path: str
) -> None:
    role = admit(store, tenants[0], "nb")
    token = sign_in(role, namespace=f"dl-{tenants[0]}", account="nb")
    with pytest.raises(AccessRefused):
        store.read_as(token, tenants[whose], path)


@pytest.mark.parametrize(
    ("whose", "account"),
    [
        pytest.param(0, "bobs", id="another member's service in the same namespace"),
        pytest.param(0, "nb-2", id="an account that begins like it"),
        pytest.param(0, "default", id="the namespace's default account"),
        pytest.param(1, "nb", id="a namesake in another tenant's namespace"),
    ],
)
def test_naming_somebody_elses_role_opens_nothing(
    store: SecretStore, sign_in: SignIn, tenants: tuple[str, str], whose: int, account: str
) -> None:
    role = admit(store, tenants[0], "nb")
    admit(store, tenants[0], "bobs", member="bob")
    admit(store, tenants[1], "nb")
    with pytest.raises(AccessRefused):
        sign_in(role, namespace=f"dl-{tenants[whose]}", account=account)


def test_handed_over_it_reads_its_new_owners_only(
    store: SecretStore, sign_in: SignIn, tenant: str
) -> None:
    admit(store, tenant, "nb")
    role = admit(store, tenant, "nb", member="bob")
    token = sign_in(role, namespace=f"dl-{tenant}", account="nb")
    assert store.read_as(token, tenant, "users/bob/own") is not None
    with pytest.raises(AccessRefused):
        store.read_as(token, tenant, "users/ann/own")


def test_dismissed_it_signs_in_no_more(store: SecretStore, sign_in: SignIn, tenant: str) -> None:
    role = admit(store, tenant, "nb")
    admit(store, tenant, "other")
    for _ in range(2):
        store.dismiss(tenant, "nb")
    assert store.admitted(tenant) == ["other"]
    with pytest.raises(ProviderRefused):
        sign_in(role, namespace=f"dl-{tenant}", account="nb")


def test_a_removed_tenant_leaves_no_role(
    store: SecretStore, sign_in: SignIn, tenants: tuple[str, str]
) -> None:
    role = admit(store, tenants[0], "nb")
    admit(store, tenants[1], "nb")
    store.remove_tenant(tenants[0])
    assert (store.admitted(tenants[0]), store.admitted(tenants[1])) == ([], ["nb"])
    with pytest.raises(ProviderRefused):
        sign_in(role, namespace=f"dl-{tenants[0]}", account="nb")


@pytest.mark.parametrize("name", ["", "..", "Nb", "a/b", "*", "nb*", "a.service-b"])
def test_a_name_that_could_mean_more_than_one_is_refused(
    store: SecretStore, tenant: str, name: str
) -> None:
    for attempt in (
        lambda: store.admit(tenant, service=name, member="ann", namespace="dl-x"),
        lambda: store.admit(tenant, service="nb", member=name, namespace="dl-x"),
        lambda: store.admit(tenant, service="nb", member="ann", namespace=name),
        lambda: store.admit(name, service="nb", member="ann", namespace="dl-x"),
        lambda: store.dismiss(tenant, name),
        lambda: store.admitted(name),
    ):
        with pytest.raises(ProviderRefused):
            attempt()


@pytest.mark.embedded
class TestTheRealServer:
    @pytest.mark.parametrize("audience", ["datalab", "https://kubernetes.default.svc"])
    def test_a_token_for_somebody_else_is_refused(
        self, openbao_for_pods: OpenBao, cluster_api: ClusterApi, audience: str
    ) -> None:
        store = openbao_for_pods.secrets(kubernetes_auth="kubernetes")
        role = admit(store, "audiences", "nb")
        token = cluster_api.token("dl-audiences", "nb", audience=audience, pod="nb-0")
        with pytest.raises(AccessRefused):
            openbao_for_pods.sign_in_as_pod(role, token)
        store.dismiss("audiences", "nb")

    def test_a_pod_that_is_gone_signs_in_no_more(
        self, openbao_for_pods: OpenBao, cluster_api: ClusterApi
    ) -> None:
        store = openbao_for_pods.secrets(kubernetes_auth="kubernetes")
        role = admit(store, "ended", "nb")
        token = cluster_api.token("dl-ended", "nb", audience=POD_AUDIENCE, pod="nb-0")
        openbao_for_pods.sign_in_as_pod(role, token)
        cluster_api.end(token)
        with pytest.raises(AccessRefused):
            openbao_for_pods.sign_in_as_pod(role, token)
        store.dismiss("ended", "nb")

    def test_without_the_setting_nobody_is_admitted(self, openbao: OpenBao) -> None:
        store = openbao.secrets()
        with pytest.raises(ProviderRefused):
            admit(store, "nowhere", "nb")
        store.dismiss("nowhere", "nb")
        assert store.admitted("nowhere") == []
