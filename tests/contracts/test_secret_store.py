"""What every secret store promises. Add a store: add a fixture parameter."""

import secrets as random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import hvac
import pytest

from datalab.core.errors import Conflict, ProviderRefused, ProviderUnavailable
from datalab.providers.secrets.base import AccessRefused, SecretStore
from datalab.providers.secrets.memory import MemorySecrets
from datalab.providers.secrets.vault import VaultSecrets
from datalab.providers.secrets.vault_session import VaultSession
from tests.parts.openbao import OpenBao

CANARY = "canary-Ω-7f3a'\"$`\\\n"


@pytest.fixture(params=["memory", pytest.param("openbao", marks=pytest.mark.embedded)])
def store(request: pytest.FixtureRequest) -> SecretStore:
    if request.param == "memory":
        return MemorySecrets()
    bao: OpenBao = request.getfixturevalue("openbao")
    return bao.secrets()


@pytest.fixture
def tenants(store: SecretStore) -> Iterator[tuple[str, str]]:
    """Two tenants, the second one's name beginning like the first one's. With ann and bob."""
    one = f"alpha-{random.token_hex(4)}"
    other = f"{one}2"
    for tenant in (one, other):
        store.ensure_tenant(tenant)
        store.ensure_member(tenant, "ann")
        store.ensure_member(tenant, "bob")
    yield one, other
    for tenant in (one, other):
        store.remove_tenant(tenant)


@pytest.fixture
def tenant(tenants: tuple[str, str]) -> str:
    return tenants[0]


def token_of(store: SecretStore, tenant: str, member: str = "ann") -> str:
    return store.issue_token(tenant, member=member, display_name="contract").token


def test_a_written_secret_is_read_back_whatever_its_value(store: SecretStore, tenant: str) -> None:
    store.write(tenant, "shared/db", {"PASSWORD": CANARY, "EMPTY": ""}, if_version=None)
    found = store.read(tenant, "shared/db")
    assert found is not None
    assert found.data == {"PASSWORD": CANARY, "EMPTY": ""}
    assert found.version == 1


def test_an_absent_secret_is_none(store: SecretStore, tenant: str) -> None:
    assert store.read(tenant, "shared/nothing") is None


def test_a_write_replaces_the_whole_secret(store: SecretStore, tenant: str) -> None:
    store.write(tenant, "shared/db", {"OLD": "1"}, if_version=None)
    assert store.write(tenant, "shared/db", {"NEW": "2"}, if_version=None) == 2
    found = store.read(tenant, "shared/db")
    assert found is not None
    assert found.data == {"NEW": "2"}


def test_of_two_writers_the_second_loses(store: SecretStore, tenant: str) -> None:
    assert store.write(tenant, "shared/db", {"N": "1"}, if_version=0) == 1
    with pytest.raises(Conflict):
        store.write(tenant, "shared/db", {"N": "2"}, if_version=0)
    assert store.write(tenant, "shared/db", {"N": "3"}, if_version=1) == 2
    with pytest.raises(Conflict):
        store.write(tenant, "shared/db", {"N": "4"}, if_version=1)


def test_a_list_holds_full_paths_of_every_depth_sorted(store: SecretStore, tenant: str) -> None:
    for path in ("shared/b", "shared/a/deep/er", "shared/a", "users/ann/own", "users/bob/own"):
        store.write(tenant, path, {"N": "1"}, if_version=None)
    assert store.list(tenant, "shared/") == ["shared/a", "shared/a/deep/er", "shared/b"]
    assert store.list(tenant, "users/ann") == ["users/ann/own"]
    assert len(store.list(tenant, "")) == 5


def test_an_empty_list_is_empty(store: SecretStore, tenant: str) -> None:
    assert store.list(tenant, "shared") == []


def test_a_deleted_secret_is_gone_from_reads_and_lists(store: SecretStore, tenant: str) -> None:
    store.write(tenant, "shared/db", {"N": "1"}, if_version=None)
    store.delete(tenant, "shared/db")
    assert store.read(tenant, "shared/db") is None
    assert store.list(tenant, "") == []
    assert store.write(tenant, "shared/db", {"N": "1"}, if_version=0) == 1


def test_deleting_what_is_absent_succeeds(store: SecretStore, tenant: str) -> None:
    store.delete(tenant, "shared/nothing")


def test_a_removed_tenant_leaves_no_secret_and_no_access(store: SecretStore, tenant: str) -> None:
    store.write(tenant, "shared/db", {"N": "1"}, if_version=None)
    store.write(tenant, "users/ann/own", {"N": "1"}, if_version=None)
    token = token_of(store, tenant)
    store.remove_tenant(tenant)
    assert store.list(tenant, "") == []
    with pytest.raises(AccessRefused):
        store.read_as(token, tenant, "shared/db")
    store.remove_tenant(tenant)


def test_a_removed_member_reads_nothing_own_but_the_tenants(
    store: SecretStore, tenant: str
) -> None:
    store.write(tenant, "shared/db", {"N": "1"}, if_version=None)
    store.write(tenant, "users/ann/own", {"N": "1"}, if_version=None)
    token = token_of(store, tenant)
    assert "ann" in store.members(tenant)
    store.remove_member(tenant, "ann")
    store.remove_member(tenant, "ann")
    assert "ann" not in store.members(tenant)
    with pytest.raises(AccessRefused):
        store.read_as(token, tenant, "users/ann/own")
    assert store.list(tenant, "users/ann") == ["users/ann/own"]


def test_making_tenants_and_members_twice_changes_nothing(store: SecretStore, tenant: str) -> None:
    store.write(tenant, "shared/db", {"N": "1"}, if_version=None)
    store.ensure_tenant(tenant)
    store.ensure_member(tenant, "ann")
    assert store.read_as(token_of(store, tenant), tenant, "shared/db") is not None


@pytest.mark.parametrize(
    ("path", "exists"),
    [
        pytest.param("shared/db", True, id="what the tenant shares"),
        pytest.param("users/ann/own", True, id="the member's own"),
        pytest.param("shared/absent", False, id="an absent one of the tenant"),
        pytest.param("users/ann/absent", False, id="an absent one of the member"),
    ],
)
def test_a_services_token_reads_its_tenants_and_its_members(
    store: SecretStore, tenant: str, path: str, exists: bool
) -> None:
    store.write(tenant, "shared/db", {"N": "1"}, if_version=None)
    store.write(tenant, "users/ann/own", {"N": "1"}, if_version=None)
    assert (store.read_as(token_of(store, tenant), tenant, path) is not None) is exists


@pytest.mark.parametrize("exists", [True, False], ids=["present", "absent"])
@pytest.mark.parametrize(
    ("whose", "path"),
    [
        pytest.param(1, "shared/db", id="another tenant's shared"),
        pytest.param(1, "shared/deep/er/db", id="another tenant's shared, deeper"),
        pytest.param(1, "users/ann/own", id="the same member name in another tenant"),
        pytest.param(1, "users/bob/own", id="another member in another tenant"),
        pytest.param(0, "users/bob/own", id="another member of the same tenant"),
    ],
)
def test_what_is_anothers_is_refused_alike_present_or_absent(
    store: SecretStore, tenants: tuple[str, str], whose: int, path: str, exists: bool
) -> None:
    if exists:
        store.write(tenants[whose], path, {"N": CANARY}, if_version=None)
    token = token_of(store, tenants[0])
    with pytest.raises(AccessRefused) as refusal:
        store.read_as(token, tenants[whose], path)
    assert str(refusal.value) == "The secret store does not allow this."


def test_a_token_says_how_long_it_lives(store: SecretStore, tenant: str) -> None:
    issued = store.issue_token(tenant, member="ann", display_name="contract")
    left = issued.expires_at - datetime.now(UTC)
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)


def test_a_revoked_token_reads_nothing_at_once(store: SecretStore, tenant: str) -> None:
    store.write(tenant, "shared/db", {"N": "1"}, if_version=None)
    issued = store.issue_token(tenant, member="ann", display_name="contract")
    store.renew_token(issued.token)
    store.revoke_token(issued.accessor)
    with pytest.raises(AccessRefused):
        store.read_as(issued.token, tenant, "shared/db")
    with pytest.raises(AccessRefused):
        store.renew_token(issued.token)


def test_revoking_what_is_gone_succeeds(store: SecretStore, tenant: str) -> None:
    issued = store.issue_token(tenant, member="ann", display_name="contract")
    store.revoke_token(issued.accessor)
    store.revoke_token(issued.accessor)
    store.revoke_token("never-was-one")


@pytest.mark.parametrize(
    "path",
    [
        "shared/../../beta/shared/db",
        "shared/..",
        "shared/",
        "shared",
        "/shared/db",
        "shared//db",
        "shared/-db",
        "shared/db?x=1",
        "shared/%2e%2e/db",
        "other/db",
        "users/db",
        "users/An n/db",
        "users/../shared/db",
        "shared/" + "a" * 200,
        "",
    ],
)
def test_a_path_that_could_lead_elsewhere_is_refused_before_it_is_sent(
    store: SecretStore, tenant: str, path: str
) -> None:
    for attempt in (
        lambda: store.read(tenant, path),
        lambda: store.write(tenant, path, {"N": "1"}, if_version=None),
        lambda: store.delete(tenant, path),
        lambda: store.read_as("any", tenant, path),
    ):
        with pytest.raises(ProviderRefused):
            attempt()


@pytest.mark.parametrize("name", ["", "..", "Alpha", "a/b", "+", "*", "a.member-b", "-a"])
def test_a_tenant_that_is_no_label_is_refused(store: SecretStore, name: str) -> None:
    for attempt in (
        lambda: store.ensure_tenant(name),
        lambda: store.remove_tenant(name),
        lambda: store.list(name, ""),
        lambda: store.read(name, "shared/db"),
        lambda: store.issue_token(name, member="ann", display_name="x"),
        lambda: store.issue_token("alpha", member=name, display_name="x"),
    ):
        with pytest.raises(ProviderRefused):
            attempt()


def test_nothing_secret_shows_in_a_repr(store: SecretStore, tenant: str) -> None:
    store.write(tenant, "shared/db", {"PASSWORD": "canary-value"}, if_version=None)
    issued = store.issue_token(tenant, member="ann", display_name="contract")
    shown = repr([store, issued, store.read(tenant, "shared/db"), vars_of(store)])
    assert "canary-value" not in shown
    assert issued.token not in shown


def vars_of(store: SecretStore) -> object:
    return store if isinstance(store, MemorySecrets) else vars(store)


def test_a_store_that_is_not_there_is_unavailable() -> None:
    store = VaultSecrets(address="http://127.0.0.1:1", role_id="platform", secret_id=lambda: "x")
    with pytest.raises(ProviderUnavailable):
        store.read("alpha", "shared/db")
    with pytest.raises(ProviderUnavailable):
        store.ping()


def test_a_store_that_works_answers_a_ping(store: SecretStore) -> None:
    store.ping()


FORBIDDEN_TO_A_SERVICE = [
    *(
        (method, f"datalab/{kind}/{path}")
        for method in ("GET", "PUT", "DELETE", "LIST")
        for kind in ("data", "metadata")
        for path in ("his/shared/db", "his/shared/absent", "his/users/ann/x", "none/shared/db")
    ),
    ("LIST", "datalab/metadata/"),
    ("LIST", "datalab/metadata/hers/"),
    ("LIST", "datalab/metadata/hers/users/"),
    ("LIST", "datalab/metadata/his/shared/"),
    ("SCAN", "datalab/metadata/"),
    ("PUT", "datalab/data/hers/shared/db"),
    ("DELETE", "datalab/metadata/hers/shared/db"),
    ("LIST", "sys/policies/acl"),
    ("GET", "sys/policies/acl/tenant-hers"),
    ("PUT", "sys/policies/acl/tenant-hers"),
    ("GET", "datalab/config"),
    ("PUT", "auth/token/create"),
    ("PUT", "auth/token/create/service"),
    ("LIST", "auth/token/accessors"),
]


def session_on(bao: OpenBao, clock: Callable[[], float] = time.monotonic) -> VaultSession:
    return VaultSession(
        address=bao.address,
        role_id="platform",
        secret_id=lambda: bao.platform_secret,
        clock=clock,
    )


@pytest.mark.embedded
class TestTheRealServer:
    def test_a_wrong_login_is_refused(self, openbao: OpenBao) -> None:
        store = VaultSecrets(
            address=openbao.address, role_id="platform", secret_id=lambda: "not-the-secret"
        )
        with pytest.raises(ProviderRefused):
            store.read("alpha", "shared/db")

    def test_a_login_that_was_revoked_is_replaced(self, openbao: OpenBao) -> None:
        session = session_on(openbao)
        session.as_platform(lambda vault: vault.auth.token.revoke_self())
        session.as_platform(lambda vault: vault.auth.token.lookup_self())

    def test_a_login_is_used_for_two_thirds_of_its_life(self, openbao: OpenBao) -> None:
        now = [0.0]
        session = session_on(openbao, clock=lambda: now[0])
        tokens = []
        for now[0] in (0.0, 799.0, 801.0):
            session.as_platform(lambda vault: tokens.append(vault.token))
        assert tokens[0] == tokens[1] != tokens[2]

    def test_what_the_platform_may_not_do_is_refused_and_not_tried_for_ever(
        self, openbao: OpenBao
    ) -> None:
        with pytest.raises(AccessRefused):
            session_on(openbao).as_platform(lambda vault: vault.sys.list_auth_methods())

    @pytest.mark.parametrize(
        "wanted", [["root"], ["datalab-platform"], ["datalab-operator"], ["tenant-a", "root"]]
    )
    def test_no_token_beyond_a_tenants_can_be_made(
        self, openbao: OpenBao, wanted: list[str]
    ) -> None:
        session = session_on(openbao)
        with pytest.raises(ProviderRefused):
            session.as_platform(
                lambda vault: vault.auth.token.create(role_name="service", policies=wanted)
            )
        with pytest.raises(AccessRefused):
            session.as_platform(lambda vault: vault.auth.token.create(policies=wanted))

    def test_the_operator_can_widen_the_platform_and_the_platform_cannot(
        self, openbao: OpenBao
    ) -> None:
        operator = VaultSession(
            address=openbao.address, role_id="operator", secret_id=lambda: openbao.operator_secret
        )
        policy = operator.as_platform(lambda vault: vault.sys.read_acl_policy("datalab-platform"))
        text = policy["data"]["policy"]
        for name in ("datalab-platform", "datalab-operator", "other"):
            write = partial(_write_policy, name=name, text=text)
            with pytest.raises(AccessRefused):
                session_on(openbao).as_platform(write)
        operator.as_platform(
            lambda vault: vault.sys.create_or_update_acl_policy("datalab-platform", text)
        )
        with pytest.raises(AccessRefused):
            operator.as_platform(
                lambda vault: vault.secrets.kv.v2.read_secret_version(
                    "alpha/shared/db", mount_point="datalab", raise_on_deleted_version=True
                )
            )

    def test_a_services_token_sees_no_name_of_any_tenant(self, openbao: OpenBao) -> None:
        """The whole table, through the server's own API: present or absent, the same 403."""
        store = openbao.secrets()
        for tenant in ("hers", "his"):
            store.ensure_tenant(tenant)
            store.ensure_member(tenant, "ann")
            store.write(tenant, "shared/db", {"N": "1"}, if_version=None)
        token = store.issue_token("hers", member="ann", display_name="contract").token
        answers = {
            (method, path): openbao.call(token, method, path)
            for method, path in FORBIDDEN_TO_A_SERVICE
        }
        assert set(answers.values()) == {
            (403, '{"errors":["1 error occurred:\\n\\t* permission denied\\n\\n"]}\n')
        }, answers

    def test_the_audit_log_holds_no_value_and_no_token(self, openbao: OpenBao) -> None:
        store = openbao.secrets()
        store.ensure_tenant("audited")
        store.ensure_member("audited", "ann")
        store.write("audited", "shared/db", {"PASSWORD": "canary-4711"}, if_version=None)
        issued = store.issue_token("audited", member="ann", display_name="contract")
        store.read_as(issued.token, "audited", "shared/db")
        written = openbao.audit_log.read_text() + openbao.server_log.read_text()
        assert "audited/shared/db" in written
        for hidden in ("canary-4711", issued.token, openbao.platform_secret):
            assert hidden not in written


def _write_policy(vault: hvac.Client, *, name: str, text: str) -> Any:
    return vault.sys.create_or_update_acl_policy(name, text)
