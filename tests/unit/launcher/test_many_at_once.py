"""Fifty threads launch twenty services each, in one tenant: nothing is sold twice."""

import threading
import time
from collections import Counter

import pytest
from django.db import connection
from django.db.models import Count, Sum

from datalab.accounts.models import User
from datalab.core.errors import QuotaExceeded
from datalab.launcher.actions import Order, launch_service
from datalab.launcher.models import Service
from datalab.tenants.models import Quota, Tenant

THREADS, EACH, ROOM = 50, 20, 60
CPU, MEMORY = 500, 512 * 1024**2
SECONDS = 240
"""Half a minute on two idle cores; these do other things too."""

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(SECONDS + 60)]


def test_a_thousand_launches_at_once_take_what_there_is_and_no_more(
    acme: Tenant, bob: User
) -> None:
    Quota.objects.filter(tenant=acme).update(
        limit_services=10**6, limit_cpu=10**9, limit_memory=ROOM * MEMORY, limit_storage=2**60
    )
    outcomes: Counter[str] = Counter()
    order = Order(
        catalog="datalab",
        chart="jupyter",
        version=None,
        name="",
        resources={"cpu": "500m", "memory": "512Mi"},
        values={},
        secrets=(),
    )

    def launch_all() -> None:
        try:
            for _ in range(EACH):
                outcomes[outcome(acme, bob, order)] += 1
        finally:
            connection.close()

    began = time.monotonic()
    threads = [threading.Thread(target=launch_all) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began

    assert outcomes == {"launched": ROOM, "refused": THREADS * EACH - ROOM}
    held = Service.objects.filter(tenant=acme).aggregate(
        services=Count("pk"), cpu=Sum("cpu"), memory=Sum("memory"), storage=Sum("storage")
    )
    quota = Quota.objects.get(tenant=acme)
    assert {name: getattr(quota, f"used_{name}") for name in held} == held
    assert quota.used_memory <= quota.limit_memory
    assert took < SECONDS


def outcome(tenant: Tenant, user: User, order: Order) -> str:
    """Anything but a launch and a typed refusal is named as it is, and fails the test."""
    try:
        launch_service(tenant=tenant, by=user, order=order)
    except QuotaExceeded:
        return "refused"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
        return f"{type(error).__name__}: {error}"
    return "launched"
