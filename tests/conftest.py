"""alice runs acme, bob works there, carol looks on; mallory runs another tenant."""

from collections.abc import Callable, Iterable, Iterator

import pytest
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from django.utils.timezone import now
from rest_framework.test import APIClient
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from datalab.accounts.models import User
from datalab.audit.append_only import unguard
from datalab.core.quantities import Resource
from datalab.providers import registry
from datalab.tenants.lifecycle import Role
from datalab.tenants.models import Membership, Quota, Tenant
from datalab.tenants.tasks import reconcile_tenant
from tests.parts.cluster import (  # noqa: F401 - fixtures
    api,
    choose_cluster_tests,
    kubeconfig,
    left_out,
    make_namespace,
    namespace,
    scheduler_of,
    tiny_image,
)
from tests.parts.fixtures import (  # noqa: F401 - fixtures
    cluster_api,
    gateway,
    openbao,
    openbao_for_pods,
)

GI = 1024**3
LIMITS = {
    Resource.CPU: 8000,
    Resource.MEMORY: 16 * GI,
    Resource.GPU: 0,
    Resource.STORAGE: 100 * GI,
    Resource.SERVICES: 10,
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what asks a database: all the rest has been run on SQLite."""
    choose_cluster_tests(config, items)
    if connection.vendor == "sqlite":
        return
    asking = [item for item in items if _asks_a_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in asking])
    items[:] = asking


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    return scheduler_of(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if line := left_out(terminalreporter.config):
        terminalreporter.write_line(line)


def _asks_a_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    marked = item.get_closest_marker("django_db") is not None
    return marked or not fixtures.isdisjoint({"db", "transactional_db", "django_db_setup"})


@pytest.fixture(autouse=True)
def fresh_providers() -> None:
    """Each test has an outside world of its own."""
    registry._build.cache_clear()  # noqa: SLF001 - the one place that may


@pytest.fixture(scope="session", autouse=True)
def events_can_be_emptied() -> Iterator[None]:
    """After a test with transactions all tables are emptied, which the audit's triggers refuse.

    Emptying ends with the signal after which they are set again.
    """
    empty = BaseDatabaseOperations.execute_sql_flush

    def unguarded(self: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
        unguard(self.connection)
        empty(self, sql_list)

    BaseDatabaseOperations.execute_sql_flush = unguarded  # type: ignore[method-assign]
    yield
    BaseDatabaseOperations.execute_sql_flush = empty  # type: ignore[method-assign]


def make_user(name: str) -> User:
    return User.objects.create_user(name, issuer="https://idp.test", subject=name)


def make_tenant(slug: str) -> Tenant:
    tenant = Tenant.objects.create(
        slug=slug,
        display_name=slug.capitalize(),
        namespace=f"dl-{slug}",
        bucket=f"dl-{slug}",
        check_after=now(),
    )
    Quota.objects.create(tenant=tenant, **{f"limit_{r}": n for r, n in LIMITS.items()})
    return tenant


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def bob(db: None) -> User:
    return make_user("bob")


@pytest.fixture
def carol(db: None) -> User:
    return make_user("carol")


@pytest.fixture
def mallory(db: None) -> User:
    return make_user("mallory")


@pytest.fixture
def acme(alice: User, bob: User, carol: User) -> Tenant:
    """A provisioned tenant with an admin, a member and a viewer."""
    tenant = make_tenant("acme")
    for user, role in ((alice, Role.ADMIN), (bob, Role.MEMBER), (carol, Role.VIEWER)):
        Membership.objects.create(tenant=tenant, user=user, role=role.value)
    reconcile_tenant(str(tenant.id))
    tenant.refresh_from_db()
    return tenant


@pytest.fixture
def globex(mallory: User) -> Tenant:
    tenant = make_tenant("globex")
    Membership.objects.create(tenant=tenant, user=mallory, role=Role.ADMIN.value)
    reconcile_tenant(str(tenant.id))
    tenant.refresh_from_db()
    return tenant


@pytest.fixture
def client_of(db: None) -> Callable[[User], APIClient]:
    def client_of(user: User) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return client_of
