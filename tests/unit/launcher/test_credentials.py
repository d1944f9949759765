"""What running services are given, in memory; tests/contracts has the same with the real store."""

from collections.abc import Callable

import pytest

from datalab.accounts.models import User, digest_of
from datalab.core.errors import InvalidInput, ProviderUnavailable
from datalab.launcher import credentials
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service, ServiceCredential
from datalab.launcher.store_tokens import RENEW_AT_MOST, StoreTokens
from datalab.providers import registry
from datalab.providers.cluster.base import Observed, Release, ReleaseRef, SecretAccess
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.providers.secrets.base import AccessRefused, IssuedToken, Secret
from datalab.providers.secrets.memory import MemorySecrets
from datalab.providers.secrets.policies import service_role_name
from datalab.tenants.models import Tenant

ENV = "/vault/secrets/env.sh"


class CountingSecrets(MemorySecrets):
    """Counts what it is asked, and answers nothing while `down`."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.issued: list[IssuedToken] = []
        self.down = False

    def read_as(self, token: str, tenant: str, path: str) -> Secret | None:
        self.reads += 1
        if self.down:
            raise ProviderUnavailable("The secret store does not answer.", provider="secrets")
        return super().read_as(token, tenant, path)

    def issue_token(self, tenant: str, *, member: str, display_name: str) -> IssuedToken:
        self.issued.append(super().issue_token(tenant, member=member, display_name=display_name))
        return self.issued[-1]


class CountingRuntime(MemoryRuntime):
    def __init__(self) -> None:
        super().__init__()
        self.delivered: list[dict[str, bytes]] = []

    def deliver(self, ref: ReleaseRef, files: dict[str, bytes]) -> bool:  # type: ignore[override]
        self.delivered.append(files)
        return super().deliver(ref, files)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> CountingSecrets:
    store = CountingSecrets()
    monkeypatch.setattr(registry, "secret_store", lambda: store)
    return store


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> CountingRuntime:
    runtime = CountingRuntime()
    monkeypatch.setattr(registry, "cluster_runtime", lambda: runtime)
    return runtime


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A worker that has just started, and its seconds."""
    now = [1000.0]
    monkeypatch.setattr(credentials, "_tokens", StoreTokens(clock=lambda: now[0]))
    return now


@pytest.fixture
def launch(
    clock: list[float], store: CountingSecrets, runtime: CountingRuntime, acme: Tenant, bob: User
) -> Callable[..., Service]:
    """A running service of bob's with these secrets."""
    runtime.ensure_namespace(acme.namespace, quota={})
    store.ensure_tenant(acme.slug)

    def launch(name: str, *paths: str) -> Service:
        service = Service.objects.create(
            tenant=acme,
            owner=bob,
            name=name,
            host=f"{name}-acme-abcde",
            catalog="datalab",
            chart="jupyter",
            version="1",
            secrets=list(paths),
            wanted=Wanted.RUNNING.value,
            observed=Observed.RUNNING.value,
        )
        start(service, runtime)
        return service

    return launch


def start(service: Service, runtime: MemoryRuntime) -> dict[str, bytes]:
    files = credentials.files_for(service)
    release = Release(ref=service.ref, chart=None, version="1", values={}, files=files)  # type: ignore[arg-type]
    runtime.apply(release)
    service.refresh_from_db()
    return files


def test_a_start_gets_its_secrets_and_a_token_that_is_kept_as_a_hash(
    launch: Callable[..., Service], store: CountingSecrets, runtime: CountingRuntime
) -> None:
    store.write("acme", "shared/db", {"PASSWORD": "x"}, if_version=None)
    service = launch("notebook", "shared/db")
    files = runtime.files[service.ref]
    assert files[ENV] == b"export PASSWORD='x'\n"
    assert files["/vault/secrets/PASSWORD"] == b"x"
    token = files[credentials.TOKEN_FILE].decode()
    assert ServiceCredential.objects.get(service=service).digest == digest_of(token)


def test_a_member_who_has_just_come_reads_what_is_personal(
    launch: Callable[..., Service], store: CountingSecrets, runtime: CountingRuntime
) -> None:
    """Their policy is made by the tenant's reconciler, which may not have run yet."""
    store.write("acme", "users/bob/key", {"KEY": "x"}, if_version=None)
    store.remove_member("acme", "bob")
    service = launch("notebook", "users/bob/key")
    assert runtime.files[service.ref][ENV] == b"export KEY='x'\n"


def test_a_start_without_a_chosen_secret_says_which_one_is_gone(
    launch: Callable[..., Service], store: CountingSecrets
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        launch("notebook", "shared/db")
    assert refusal.value.detail == "The secret db does not exist any more."


def test_an_outage_of_the_secret_store_leaves_a_running_tool_its_bucket(
    launch: Callable[..., Service], store: CountingSecrets
) -> None:
    store.write("acme", "shared/db", {"A": "1"}, if_version=None)
    service = launch("notebook", "shared/db")
    before = ServiceCredential.objects.get(service=service).digest
    store.down = True
    with pytest.raises(ProviderUnavailable):
        credentials.files_for(service)
    assert ServiceCredential.objects.get(service=service).digest == before


def test_only_what_has_changed_is_delivered(
    launch: Callable[..., Service], store: CountingSecrets, runtime: CountingRuntime
) -> None:
    store.write("acme", "shared/db", {"A": "1"}, if_version=None)
    service = launch("notebook", "shared/db")
    credentials.refresh_secrets()
    assert runtime.delivered == []
    store.write("acme", "shared/db", {"A": "2"}, if_version=None)
    credentials.refresh_secrets_of(str(service.tenant_id), "shared/db")
    credentials.refresh_secrets()
    assert [one[ENV] for one in runtime.delivered] == [b"export A='2'\n"]
    service.refresh_from_db()
    assert service.restart_to_apply


def test_a_name_that_has_gone_leaves_no_value_behind(
    launch: Callable[..., Service], store: CountingSecrets, runtime: CountingRuntime
) -> None:
    store.write("acme", "shared/db", {"OLD": "secret", "KEPT": "1"}, if_version=None)
    service = launch("notebook", "shared/db")
    store.write("acme", "shared/db", {"KEPT": "1"}, if_version=None)
    credentials.refresh_secrets()
    assert runtime.files[service.ref]["/vault/secrets/OLD"] == b""
    assert runtime.files[service.ref]["/vault/secrets/KEPT"] == b"1"


def test_a_deleted_secret_leaves_the_last_file(
    launch: Callable[..., Service], store: CountingSecrets, runtime: CountingRuntime
) -> None:
    store.write("acme", "shared/db", {"A": "1"}, if_version=None)
    service = launch("notebook", "shared/db")
    store.delete("acme", "shared/db")
    credentials.refresh_secrets()
    assert runtime.files[service.ref][ENV] == b"export A='1'\n"


def test_a_new_worker_issues_a_token_and_ends_the_old_one(
    launch: Callable[..., Service], store: CountingSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("acme", "shared/db", {"A": "1"}, if_version=None)
    service = launch("notebook", "shared/db")
    (old,) = store.issued
    monkeypatch.setattr(credentials, "_tokens", StoreTokens())
    credentials.refresh_secrets()
    new = store.issued[-1]
    service.refresh_from_db()
    assert service.secret_accessor == new.accessor
    assert store.read_as(new.token, "acme", "shared/db") is not None
    with pytest.raises(AccessRefused):
        store.read_as(old.token, "acme", "shared/db")


def test_two_workers_that_sweep_in_turn_see_each_change_and_tell_it_once(
    launch: Callable[..., Service],
    store: CountingSecrets,
    runtime: CountingRuntime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each ends the other's token, and knows nothing of what the other has delivered."""
    store.write("acme", "shared/db", {"A": "1"}, if_version=None)
    service = launch("notebook", "shared/db")
    workers = [credentials._tokens, StoreTokens()]  # noqa: SLF001
    for value in ("1", "2", "3"):
        store.write("acme", "shared/db", {"A": value}, if_version=None)
        Service.objects.update(restart_to_apply=False)
        told = []
        for worker in workers:
            monkeypatch.setattr(credentials, "_tokens", worker)
            credentials.refresh_secrets()
            service.refresh_from_db()
            told.append(service.restart_to_apply)
            Service.objects.update(restart_to_apply=False)
        assert runtime.files[service.ref][ENV] == f"export A='{value}'\n".encode()
        assert told == [value != "1", False]


def test_where_pods_say_whose_they_are_only_secrets_are_given(
    launch: Callable[..., Service], store: CountingSecrets, runtime: CountingRuntime
) -> None:
    runtime.identifies_tools = True
    store.write("acme", "shared/db", {"A": "1"}, if_version=None)
    service = launch("notebook", "shared/db")
    assert runtime.files[service.ref].keys() == {ENV, "/vault/secrets/A"}
    assert not ServiceCredential.objects.exists()
    assert credentials.access_of(service) is None
    bare = launch("bare")
    assert runtime.files.get(bare.ref) is None


def test_what_the_cluster_fetches_is_named_by_paths_and_the_services_own_role(
    launch: Callable[..., Service], store: CountingSecrets, runtime: CountingRuntime
) -> None:
    runtime.injects_credentials = True
    store.write("acme", "shared/db", {"A": "1"}, if_version=None)
    service = launch("notebook", "shared/db")
    role = service_role_name("acme", "notebook")
    assert credentials.access_of(service) == SecretAccess(role=role, paths=["acme/shared/db"])
    assert credentials.access_of(launch("bare")) is None


def test_the_role_of_a_former_way_goes_at_the_next_start(
    launch: Callable[..., Service], store: CountingSecrets, runtime: CountingRuntime
) -> None:
    runtime.injects_credentials = runtime.identifies_tools = True
    store.write("acme", "shared/db", {"A": "1"}, if_version=None)
    service = launch("notebook", "shared/db")
    assert store.admitted("acme") == ["notebook"]
    runtime.injects_credentials = False
    start(service, runtime)
    assert store.admitted("acme") == []
    assert service.secret_accessor == store.issued[-1].accessor


def test_a_token_that_ended_is_replaced(
    launch: Callable[..., Service],
    store: CountingSecrets,
    runtime: CountingRuntime,
    clock: list[float],
) -> None:
    store.write("acme", "shared/db", {"A": "1"}, if_version=None)
    service = launch("notebook", "shared/db")
    store.revoke_token(service.secret_accessor)
    clock[0] += RENEW_AT_MOST
    store.write("acme", "shared/db", {"A": "2"}, if_version=None)
    credentials.refresh_secrets()
    assert runtime.files[service.ref][ENV] == b"export A='2'\n"


def test_what_is_forbidden_does_not_cost_a_token_in_each_sweep(
    launch: Callable[..., Service], store: CountingSecrets
) -> None:
    store.write("acme", "users/bob/key", {"A": "1"}, if_version=None)
    launch("notebook", "users/bob/key")
    store.remove_member("acme", "bob")
    for _ in range(3):
        credentials.refresh_secrets()
    assert len(store.issued) == 1


def test_an_outage_ends_the_sweep_at_the_first_service(
    launch: Callable[..., Service], store: CountingSecrets
) -> None:
    """Each would wait for its time-out, and the next sweep is due in seconds."""
    store.write("acme", "shared/db", {"A": "1"}, if_version=None)
    for name in ("one", "two", "three"):
        launch(name, "shared/db")
    store.reads, store.down = 0, True
    credentials.refresh_secrets()
    assert store.reads == 1


def test_what_is_forgotten_can_read_nothing_any_more(
    launch: Callable[..., Service], store: CountingSecrets
) -> None:
    store.write("acme", "shared/db", {"A": "1"}, if_version=None)
    service = launch("notebook", "shared/db")
    credentials.forget(service)
    credentials.forget(service)
    assert not ServiceCredential.objects.filter(service=service).exists()
    with pytest.raises(AccessRefused):
        store.read_as(store.issued[-1].token, "acme", "shared/db")


def test_where_the_cluster_injects_nothing_is_issued(
    launch: Callable[..., Service], store: CountingSecrets, runtime: CountingRuntime
) -> None:
    store.write("acme", "shared/db", {"A": "1"}, if_version=None)
    runtime.injects_credentials = True
    service = launch("notebook", "shared/db")
    assert credentials.files_for(service) == {}
    assert store.issued == []
    store.delete("acme", "shared/db")
    with pytest.raises(InvalidInput):
        credentials.files_for(service)


def test_nothing_secret_shows_in_a_repr_or_the_log(
    launch: Callable[..., Service], store: CountingSecrets, caplog: pytest.LogCaptureFixture
) -> None:
    store.write("acme", "shared/db", {"A": "canary-value"}, if_version=None)
    service = launch("notebook", "shared/db")
    store.down = True
    credentials.refresh_secrets()
    held = credentials._tokens.of(service)  # noqa: SLF001
    for hidden in ("canary-value", store.issued[-1].token):
        assert hidden not in repr(held) + caplog.text
