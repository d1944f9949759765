"""Making and deleting tenants, with the process killed at every step, or a part that is silent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from datalab.accounts.models import ApiToken, TokenTenant, User
from datalab.audit.models import Event
from datalab.audit.webhook import Webhook
from datalab.core.errors import ProviderUnavailable
from datalab.launcher.models import Service
from datalab.launcher.reconcile import reconcile as reconcile_one
from datalab.providers import registry
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.providers.objects.memory import MemoryObjects
from datalab.providers.secrets.memory import MemorySecrets
from datalab.tenants import removal
from datalab.tenants.deletion import order_deletion, what_goes
from datalab.tenants.models import FormerTenant, Membership, Quota, Tenant
from datalab.tenants.outside import Outside
from datalab.tenants.reconcile import reconcile
from tests.conftest import make_tenant
from tests.fakes.dying import Countdown, Dying, Killed

pytestmark = pytest.mark.django_db


class World:
    """The same systems outside, whatever process speaks to them."""

    def __init__(self) -> None:
        self.cluster: Any = registry.cluster_runtime()
        self.objects: Any = registry.object_store()
        self.secrets: Any = registry.secret_store()
        assert isinstance(self.cluster, MemoryRuntime)
        assert isinstance(self.objects, MemoryObjects)
        assert isinstance(self.secrets, MemorySecrets)

    def seen_by(self, countdown: Countdown) -> Outside:
        return Outside(
            cluster=Dying(self.cluster, countdown),
            objects=Dying(self.objects, countdown),
            secrets=Dying(self.secrets, countdown),
        )

    @property
    def outside(self) -> Outside:
        return Outside(cluster=self.cluster, objects=self.objects, secrets=self.secrets)

    def left_of(self, tenant: Tenant) -> list[str]:
        """Whatever is still there of it outside."""
        left = [str(ref) for ref in self.cluster.releases(tenant.namespace)]
        left += [tenant.namespace] if tenant.namespace in self.cluster.namespaces else []
        left += [tenant.bucket] if tenant.bucket in self.objects._buckets else []  # noqa: SLF001
        left += self.secrets.list(tenant.slug, "")
        left += [name for name in self.secrets._policies if tenant.slug in name]  # noqa: SLF001
        return left


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def full(acme: Tenant, bob: User, world: World) -> Tenant:
    """acme with a running service, files and secrets."""
    service = Service.objects.create(
        tenant=acme,
        owner=bob,
        name="notebook",
        host="notebook-acme",
        catalog="datalab",
        chart="jupyter",
        version="1.0.0",
        wanted="running",
        observed="running",
        check_after=now(),
    )
    Quota.objects.filter(tenant=acme).update(used_services=1)
    reconcile_one(service, world.cluster, now=now())
    for number in range(12):
        world.objects.put(acme.bucket, f"data/{number}.csv", b"12345")
    world.secrets.write(acme.slug, "shared/db", {"PASSWORD": "x"}, if_version=None)
    world.secrets.write(acme.slug, "users/bob/key", {"KEY": "y"}, if_version=None)
    return acme


def order(tenant: Tenant, keep_until: datetime | None = None) -> None:
    leaving = what_goes(tenant)
    order_deletion(tenant=tenant, leaving=leaving, keep_until=keep_until, by="root")


def one_pass(tenant: Tenant, outside: Outside, at: datetime | None = None) -> None:
    """What a worker does with the row, and what the others do with the services meanwhile."""
    at = at or now()
    current = Tenant.objects.filter(pk=tenant.pk).first()
    if current is not None:
        reconcile(current, outside, now=at)
    for service in Service.objects.select_related("tenant", "owner").filter(tenant=tenant.pk):
        reconcile_one(service, outside.cluster, now=at)


def until_gone(tenant: Tenant, world: World) -> None:
    for _ in range(20):
        if not Tenant.objects.filter(pk=tenant.pk).exists():
            return
        one_pass(tenant, world.outside)
    raise AssertionError(Tenant.objects.get(pk=tenant.pk).removal_step)


def test_nothing_is_left_but_its_record_and_its_audit_trail(full: Tenant, world: World) -> None:
    order(full)
    until_gone(full, world)
    assert world.left_of(full) == []
    assert not Service.objects.filter(tenant=full.pk).exists()
    assert not Membership.objects.filter(tenant=full.pk).exists()
    former = FormerTenant.objects.get(pk=full.pk)
    totals = {
        "services": 1,
        "members": 3,
        "tokens": 0,
        "webhooks": 0,
        "objects": 12,
        "secrets": 2,
        "bytes": 60,
    }
    assert (former.slug, former.deleted_by, former.totals) == ("acme", "root", totals)
    event = Event.objects.get(type="tenant.deleted")
    assert (event.tenant_id, event.data["tenant"]) == (full.pk, "acme")
    assert event.data["went"] == [
        "60 bytes",
        "3 members",
        "12 objects",
        "2 secrets",
        "1 services",
        "0 tokens",
        "0 webhooks",
    ]
    assert Event.objects.filter(tenant_id=full.pk, type="member.removed").count() == 3


@pytest.mark.parametrize("at", range(40))
def test_killed_at_any_moment_of_its_deletion_it_is_gone_in_the_end(
    full: Tenant, globex: Tenant, world: World, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr(removal, "IN_A_PASS", 5)
    order(full)
    countdown = Countdown(at)
    try:
        for _ in range(8):
            one_pass(full, world.seen_by(countdown))
    except Killed:
        assert Tenant.objects.filter(pk=full.pk).exists()
    until_gone(full, world)
    assert world.left_of(full) == []
    assert FormerTenant.objects.count() == 1
    assert Event.objects.filter(type="tenant.deleted").count() == 1
    assert globex.namespace in world.cluster.namespaces


@pytest.mark.parametrize("at", range(14))
def test_killed_at_any_moment_of_its_making_it_is_whole_in_the_end(
    world: World, alice: User, at: int
) -> None:
    tenant = make_tenant("initech")
    Membership.objects.create(tenant=tenant, user=alice, role="admin")
    try:
        reconcile(tenant, world.seen_by(Countdown(at)), now=now())
    except Killed:
        tenant.refresh_from_db()
        assert not tenant.provisioned
    reconcile(tenant, world.outside, now=now())
    tenant.refresh_from_db()
    assert (tenant.state.value, tenant.claimed_until) == ("active", None)
    assert tenant.namespace in world.cluster.namespaces
    assert world.objects.count(tenant.bucket, at_most=1).objects == 0
    assert world.secrets.members(tenant.slug) == ["alice"]


def test_the_moments_that_are_killed_above_are_all_there_are(full: Tenant, world: World) -> None:
    """Else the ranges above have to grow."""
    making, deleting = Countdown(1000), Countdown(1000)
    reconcile(full, world.seen_by(making), now=now())
    order(full)
    for _ in range(8):
        one_pass(full, world.seen_by(deleting))
    assert not Tenant.objects.filter(pk=full.pk).exists()
    assert 1000 - making._left <= 14  # noqa: SLF001
    assert 1000 - deleting._left <= 40  # noqa: SLF001


class Silent:
    """A part that does not answer."""

    def __init__(self, provider: Any, *methods: str) -> None:
        self._provider = provider
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        if name not in self._methods:
            return getattr(self._provider, name)

        def unanswered(*_: Any, **__: Any) -> Any:
            raise ProviderUnavailable("It does not answer.", provider="test")

        return unanswered


Break = Callable[[World], Outside]


@pytest.mark.parametrize(
    ("step", "broken", "still_there"),
    [
        pytest.param(
            "services",
            lambda w: Outside(
                cluster=Silent(w.cluster, "observe"), objects=w.objects, secrets=w.secrets
            ),
            {"dl-acme", "shared/db"},
            id="a runtime that cannot say what runs",
        ),
        pytest.param(
            "secrets",
            lambda w: Outside(
                cluster=w.cluster, objects=w.objects, secrets=Silent(w.secrets, "remove_tenant")
            ),
            {"dl-acme", "shared/db"},
            id="a silent secret store",
        ),
        pytest.param(
            "files",
            lambda w: Outside(
                cluster=w.cluster, objects=Silent(w.objects, "empty"), secrets=w.secrets
            ),
            {"dl-acme"},
            id="a silent object store",
        ),
        pytest.param(
            "namespace",
            lambda w: Outside(
                cluster=Silent(w.cluster, "remove_namespace"), objects=w.objects, secrets=w.secrets
            ),
            {"dl-acme"},
            id="a cluster that removes nothing",
        ),
    ],
)
def test_a_part_that_does_not_answer_stops_it_there_and_it_says_so(
    full: Tenant, world: World, step: str, broken: Break, still_there: set[str]
) -> None:
    order(full)
    for _ in range(5):
        one_pass(full, broken(world))
    current = Tenant.objects.get(pk=full.pk)
    assert current.removal_step == step
    assert still_there <= set(world.left_of(full))
    if step != "services":
        assert current.error_detail == "It does not answer."
    until_gone(full, world)
    assert world.left_of(full) == []


def test_nothing_is_destroyed_before_its_date(full: Tenant, world: World) -> None:
    order(full, keep_until=now() + timedelta(days=7))
    before = set(world.left_of(full))
    for _ in range(3):
        one_pass(full, world.outside)
    current = Tenant.objects.get(pk=full.pk)
    assert current.removal_step == "retention"
    assert set(world.left_of(full)) == before
    ref = ReleaseRef(namespace=full.namespace, name="notebook")
    assert world.cluster.applied[ref].paused
    late = now() + timedelta(days=8)
    for _ in range(5):
        one_pass(full, world.outside, at=late)
    assert world.left_of(full) == []


def test_its_tokens_and_webhooks_end_and_what_is_for_others_too_goes_on(
    full: Tenant, globex: Tenant, world: World, bob: User
) -> None:
    only, shared = (
        ApiToken.objects.create(
            user=bob,
            name=name,
            digest=name,
            expires_at=now() + timedelta(days=1),
            all_tenants=False,
        )
        for name in ("only", "shared")
    )
    for token, tenant in ((only, full), (shared, full), (shared, globex)):
        TokenTenant.objects.create(token=token, tenant_id=tenant.id)
    for tenant in (full, globex):
        Webhook.objects.create(url="https://hook.example", tenant_id=tenant.id, created_by="a")
    assert what_goes(full).counts["tokens"] == 2
    order(full)
    until_gone(full, world)
    assert list(ApiToken.objects.all()) == [shared]
    assert [one.tenant_id for one in TokenTenant.objects.all()] == [globex.id]
    assert [one.tenant_id for one in Webhook.objects.all()] == [globex.id]


def test_a_service_that_comes_in_late_goes_with_the_others(
    full: Tenant, world: World, bob: User
) -> None:
    order(full)
    one_pass(full, world.outside)
    Service.objects.create(
        tenant=full, owner=bob, name="late", host="late-acme", chart="jupyter", wanted="running"
    )
    until_gone(full, world)
    assert world.left_of(full) == []
