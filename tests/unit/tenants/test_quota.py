import threading

import pytest
from django.db import connection

from datalab.core.errors import QuotaExceeded
from datalab.core.quantities import Resource
from datalab.tenants import quota
from datalab.tenants.models import Quota, Tenant

GI = 1024**3


def test_a_reservation_takes_all_of_it(acme: Tenant) -> None:
    quota.reserve(acme, {Resource.CPU: 2000, Resource.MEMORY: 4 * GI, Resource.SERVICES: 1})
    used = quota.quota_of(acme).used
    assert (used[Resource.CPU], used[Resource.MEMORY], used[Resource.SERVICES]) == (2000, 4 * GI, 1)


def test_a_refusal_takes_nothing_and_says_what_is_missing(acme: Tenant) -> None:
    with pytest.raises(QuotaExceeded) as refusal:
        quota.reserve(acme, {Resource.CPU: 1000, Resource.MEMORY: 17 * GI})
    assert [one.resource for one in refusal.value.resources] == ["memory"]
    assert refusal.value.resources[0].asked == "17Gi"
    assert refusal.value.resources[0].available == "16Gi"
    assert quota.quota_of(acme).used[Resource.CPU] == 0


def test_another_tenants_quota_is_untouched(acme: Tenant, globex: Tenant) -> None:
    quota.reserve(acme, {Resource.CPU: 8000})
    quota.reserve(globex, {Resource.CPU: 8000})
    quota.give_back(acme, {Resource.CPU: 8000})
    assert quota.quota_of(globex).used[Resource.CPU] == 8000


def test_giving_some_back_while_asking_for_other_things_is_one_step(acme: Tenant) -> None:
    quota.reserve(acme, {Resource.CPU: 8000, Resource.MEMORY: GI})
    quota.reserve(acme, {Resource.CPU: -6000, Resource.MEMORY: GI})
    used = quota.quota_of(acme).used
    assert (used[Resource.CPU], used[Resource.MEMORY]) == (2000, 2 * GI)


@pytest.mark.django_db(transaction=True)
def test_fifty_threads_never_take_more_than_there_is(acme: Tenant) -> None:
    taken: list[bool] = []

    def take() -> None:
        try:
            taken.extend(Quota.objects.reserve(acme.id, {Resource.CPU: 100}) for _ in range(10))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (taken.count(True), taken.count(False)) == (80, 420)
    assert quota.quota_of(acme).used[Resource.CPU] == 8000
