"""The open intervals say what services hold: through a whole life, a crash, and another's meddling."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.launcher import metering, reservation
from datalab.launcher.models import Service
from datalab.launcher.tasks import mend_usage_drift, reconcile_due_services
from datalab.tenants.models import Quota, Tenant
from datalab.usage.models import UsageInterval

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("acme")]
ClientOf = Callable[[User], APIClient]
URL = "/api/v1/tenants/acme/services"
BODY: dict[str, Any] = {
    "chart": "jupyter",
    "name": "notebook",
    "resources": {"cpu": "1", "memory": "2Gi"},
}


@pytest.fixture
def client(client_of: ClientOf, bob: User) -> APIClient:
    return client_of(bob)


@pytest.fixture
def service(client: APIClient) -> Service:
    assert client.post(URL, BODY, format="json").status_code == 202
    return Service.objects.get()


def settle() -> None:
    Service.objects.update(check_after=now())
    reconcile_due_services()


def opened() -> dict[str, tuple[int, int, int]]:
    rows = UsageInterval.objects.open()
    assert rows.count() == rows.values("service_id", "holding").distinct().count()
    return {row.holding: (row.cpu, row.memory, row.storage) for row in rows}


def test_a_launch_opens_what_it_reserved(service: Service) -> None:
    assert opened() == {"compute": (1000, 2048, 0), "storage": (0, 0, 10240)}
    row = UsageInterval.objects.filter(holding="compute").get()
    assert (row.tenant, row.owner, row.chart, row.service) == ("acme", "bob", "jupyter", "notebook")


def test_a_refused_launch_opens_nothing(client: APIClient) -> None:
    Quota.objects.update(limit_cpu=500)
    assert client.post(URL, BODY, format="json").status_code == 409
    assert not UsageInterval.objects.exists()


def test_a_paused_service_uses_its_storage_only(client: APIClient, service: Service) -> None:
    settle()
    client.post(f"{URL}/notebook/pause")
    settle()
    assert set(opened()) == {"storage"}
    client.post(f"{URL}/notebook/resume")
    settle()
    assert set(opened()) == {"compute", "storage"}
    assert UsageInterval.objects.filter(holding="compute").count() == 2
    assert UsageInterval.objects.filter(holding="storage").count() == 1


def test_another_size_is_another_interval(client: APIClient, service: Service) -> None:
    change = {"resources": {"cpu": "2", "memory": "2Gi"}}
    assert client.patch(f"{URL}/notebook", change, format="json").status_code == 202
    assert opened()["compute"] == (2000, 2048, 0)
    closed = UsageInterval.objects.exclude(ended_at=None).get()
    assert (closed.cpu, closed.holding) == (1000, "compute")


def test_what_is_removed_uses_nothing_more_and_its_past_stays(
    client: APIClient, service: Service, acme: Tenant, bob: User
) -> None:
    client.delete(f"{URL}/notebook")
    settle()
    settle()
    assert not Service.objects.exists()
    assert opened() == {}
    assert UsageInterval.objects.filter(owner="bob", tenant="acme").count() == 2


def test_a_transaction_that_is_rolled_back_has_used_nothing(service: Service) -> None:
    with transaction.atomic():
        reservation.drop_all(service)
        transaction.set_rollback(True)
    assert set(opened()) == {"compute", "storage"}


def test_telling_it_twice_changes_nothing(service: Service) -> None:
    for _ in range(3):
        reservation.drop_compute(service)
        assert metering.keep(service.pk) == 0
    assert UsageInterval.objects.count() == 2


def test_the_database_lets_only_one_be_open(service: Service) -> None:
    row = UsageInterval.objects.filter(holding="compute").get()
    row.pk = None
    with pytest.raises(IntegrityError):
        row.save(force_insert=True)


def test_another_owner_uses_it_from_then_on(service: Service, alice: User) -> None:
    Service.objects.update(owner=alice)
    assert metering.keep(service.pk) == 4
    assert {row.owner for row in UsageInterval.objects.open()} == {"alice"}
    assert {row.owner for row in UsageInterval.objects.exclude(ended_at=None)} == {"bob"}


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda: UsageInterval.objects.all().delete(), id="one is missing"),
        pytest.param(
            lambda: UsageInterval.objects.filter(holding="compute").update(cpu=1), id="wrong amount"
        ),
        pytest.param(
            lambda: UsageInterval.objects.update(ended_at=now()), id="closed, but still held"
        ),
    ],
)
def test_drift_is_found_mended_and_then_gone(
    damage: Callable[[], object], service: Service
) -> None:
    assert list(metering.drift()) == []
    damage()
    assert list(metering.drift()) == [service.pk]
    mend_usage_drift()
    assert list(metering.drift()) == []
    assert opened() == {"compute": (1000, 2048, 0), "storage": (0, 0, 10240)}


def test_an_interval_of_a_service_that_is_gone_is_ended(service: Service) -> None:
    Service.objects.all().delete()
    mend_usage_drift()
    assert opened() == {}


def test_an_interval_never_ends_before_it_began(service: Service) -> None:
    later = now() + timedelta(hours=1)
    UsageInterval.objects.update(started_at=later)
    with transaction.atomic():
        reservation.drop_all(service)
    assert {row.ended_at for row in UsageInterval.objects.all()} == {later}


def test_a_service_that_is_handed_over_is_used_by_its_new_owner(
    client_of: ClientOf, alice: User, service: Service
) -> None:
    answer = client_of(alice).post(f"{URL}/notebook/hand-over", {"to": "alice"}, format="json")
    assert answer.status_code == 202
    assert {row.owner for row in UsageInterval.objects.open()} == {"alice"}
