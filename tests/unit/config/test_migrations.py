"""From an earlier state of the tables to today's, with rows in them, and back.

From nothing to today's is how the database of every run of the tests is made.
"""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.timezone import now

from datalab.accounts.models import ApiToken
from datalab.audit.models import Event
from datalab.launcher.models import Service
from datalab.tenants.models import Membership, Quota, Tenant

EARLIER = [
    ("accounts", "0001_initial"),
    ("audit", "0001_initial"),
    ("gate", "0002_the_way_back"),
    ("launcher", "0001_initial"),
    ("tenants", "0001_initial"),
]
"""The platform before tenants could be administered."""

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def earlier() -> Iterator[MigrationExecutor]:
    """The tables as they were. Afterwards they are as they should be, whatever happened."""
    executor = MigrationExecutor(connection)
    executor.migrate(EARLIER)
    yield MigrationExecutor(connection)
    call_command("migrate", verbosity=0)


def test_what_was_there_is_there_after_an_upgrade(earlier: MigrationExecutor) -> None:
    then = earlier.loader.project_state(EARLIER).apps
    user = then.get_model("accounts", "User").objects.create(
        username="ann", issuer="i", subject="s"
    )
    tenant = then.get_model("tenants", "Tenant").objects.create(
        slug="acme", display_name="Acme", namespace="dl-acme", bucket="dl-acme", provisioned=True
    )
    then.get_model("tenants", "Quota").objects.create(tenant=tenant, limit_cpu=8000, used_cpu=1000)
    then.get_model("tenants", "Membership").objects.create(tenant=tenant, user=user, role="admin")
    then.get_model("audit", "Event").objects.create(type="tenant.created", actor="root", data={})
    then.get_model("accounts", "ApiToken").objects.create(
        user=user, name="script", digest="d" * 64, expires_at=now()
    )
    then.get_model("launcher", "Service").objects.create(
        tenant=tenant,
        owner=user,
        name="nb",
        host="nb-acme-abcde",
        catalog="datalab",
        chart="jupyter",
        version="1.0.0",
        wanted="running",
        cpu=1000,
        holds_compute=True,
    )

    call_command("migrate", verbosity=0)

    kept = Tenant.objects.get(slug="acme")
    assert (kept.display_name, kept.provisioned) == ("Acme", True)
    quota = Quota.objects.get(tenant=kept)
    assert (quota.limit_cpu, quota.used_cpu) == (8000, 1000)
    assert Membership.objects.get(tenant=kept).role == "admin"
    assert Service.objects.get(tenant=kept).owner.username == "ann"
    assert ApiToken.objects.get(name="script").user.username == "ann"
    assert Event.objects.filter(type="tenant.created", actor="root").exists()


def test_the_models_are_those_of_the_migrations() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
