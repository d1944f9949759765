"""Which services' pods the secret store lets in, on a cluster that injects secrets itself."""

from collections.abc import Callable

import pytest

from datalab.accounts.models import User
from datalab.core.errors import ProviderUnavailable
from datalab.launcher import admissions, credentials
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service
from datalab.providers import registry
from datalab.providers.cluster.base import Observed
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.providers.secrets.base import AccessRefused
from datalab.providers.secrets.memory import MemorySecrets
from datalab.providers.secrets.policies import service_role_name
from datalab.tenants.models import Membership, Tenant

ROLE = service_role_name("acme", "notebook")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, acme: Tenant) -> MemorySecrets:
    runtime, store = MemoryRuntime(), MemorySecrets()
    runtime.injects_credentials = True
    monkeypatch.setattr(registry, "cluster_runtime", lambda: runtime)
    monkeypatch.setattr(registry, "secret_store", lambda: store)
    store.ensure_tenant(acme.slug)
    for path in ("shared/db", "users/bob/key", "users/carol/key"):
        store.write(acme.slug, path, {"A": path}, if_version=None)
    return store


@pytest.fixture
def launch(store: MemorySecrets, acme: Tenant, bob: User) -> Callable[..., Service]:
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
            applied_generation=1,
        )
        assert credentials.files_for(service) == {}
        return service

    return launch


def sign_in(store: MemorySecrets, account: str = "notebook", namespace: str = "dl-acme") -> str:
    return store.sign_in_as_pod(ROLE, namespace=namespace, account=account)


def test_a_start_lets_its_pods_read_as_their_owner(
    launch: Callable[..., Service], store: MemorySecrets
) -> None:
    launch("notebook", "users/bob/key")
    token = sign_in(store)
    assert store.read_as(token, "acme", "users/bob/key") is not None
    with pytest.raises(AccessRefused):
        store.read_as(token, "acme", "users/carol/key")


def test_one_without_secrets_is_let_in_nowhere(
    launch: Callable[..., Service], store: MemorySecrets
) -> None:
    launch("notebook")
    assert store.admitted("acme") == []


def test_one_without_secrets_needs_no_secret_store(
    launch: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ProviderUnavailable("The secret store does not answer.", provider="secrets")

    for asked in ("admit", "dismiss", "ensure_member", "read", "revoke_token"):
        monkeypatch.setattr(MemorySecrets, asked, away)
    credentials.forget(launch("notebook"))


def test_two_services_of_one_member_are_two(
    launch: Callable[..., Service], store: MemorySecrets
) -> None:
    one = launch("notebook", "shared/db")
    launch("other", "shared/db")
    credentials.forget(one)
    assert store.admitted("acme") == ["other"]
    with pytest.raises(AccessRefused):
        sign_in(store)


def test_handed_over_it_reads_its_new_owners(
    launch: Callable[..., Service], store: MemorySecrets, acme: Tenant, carol: User
) -> None:
    service = launch("notebook", "shared/db")
    Membership.objects.get_or_create(tenant=acme, user=carol, defaults={"role": "member"})
    Service.objects.update(owner=carol)
    service = Service.objects.select_related("tenant", "owner").get(pk=service.pk)
    credentials.files_for(service)
    token = sign_in(store)
    assert store.read_as(token, "acme", "users/carol/key") is not None
    with pytest.raises(AccessRefused):
        store.read_as(token, "acme", "users/bob/key")


def test_handed_over_without_any_secret_it_is_let_in_no_more(
    launch: Callable[..., Service], store: MemorySecrets
) -> None:
    service = launch("notebook", "users/bob/key")
    service.secrets = []
    credentials.files_for(service)
    assert store.admitted("acme") == []


def test_a_changed_secret_is_told_until_the_next_start(
    launch: Callable[..., Service], acme: Tenant
) -> None:
    """The agent has written its file; the running process's environment is old."""
    changed, untouched = launch("notebook", "shared/db"), launch("other", "users/bob/key")
    credentials.refresh_secrets_of(str(acme.id), "shared/db")
    for service, expected in ((changed, True), (untouched, False)):
        service.refresh_from_db()
        assert service.restart_to_apply is expected
    credentials.files_for(changed)
    changed.refresh_from_db()
    assert not changed.restart_to_apply


def test_what_the_store_lost_or_kept_too_long_is_mended(
    launch: Callable[..., Service], store: MemorySecrets, acme: Tenant
) -> None:
    launch("notebook", "shared/db")
    launch("other", "shared/db")
    store.dismiss("acme", "notebook")
    store.admit("acme", service="gone", member="bob", namespace="dl-acme")
    assert admissions.mend(acme) == ["gone", "notebook"]
    assert store.admitted("acme") == ["notebook", "other"]
    assert admissions.mend(acme) == []


@pytest.mark.parametrize("wanted", ["paused", "removed"])
def test_what_is_not_to_run_is_not_let_in_by_mending(
    launch: Callable[..., Service], store: MemorySecrets, acme: Tenant, wanted: str
) -> None:
    launch("notebook", "shared/db")
    Service.objects.update(wanted=wanted)
    store.dismiss("acme", "notebook")
    assert admissions.mend(acme) == []
    assert store.admitted("acme") == []


def test_an_outage_ends_the_round_and_is_no_crash(
    launch: Callable[..., Service], globex: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch("notebook", "shared/db")
    Tenant.objects.update(provisioned=True)
    asked: list[str] = []

    def down(tenant: str) -> list[str]:
        asked.append(tenant)
        raise ProviderUnavailable("The secret store does not answer.", provider="secrets")

    monkeypatch.setattr(MemorySecrets, "admitted", lambda self, tenant: down(tenant))
    admissions.mend_all()
    assert asked in ([globex.slug], ["acme"])
