"""Device limits once more at the runtime: what a tenant's namespace is told, and when."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.utils.timezone import now

from datalab.accounts.models import User
from datalab.core.quantities import Resource
from datalab.providers import registry
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.quotas import requests
from datalab.quotas.actions import set_limits
from datalab.quotas.models import DeviceQuota, QuotaRequest, Scope
from datalab.tenants.models import Quota, Tenant
from datalab.tenants.tasks import reconcile_tenant

GPU, AMD, SLICE = "nvidia.com/gpu", "amd.com/gpu", "nvidia.com/mig-1g.5gb"


def limit(tenant: Tenant, *, gpu: int | None = None, **devices: int | None) -> None:
    named = {{"whole": GPU, "amd": AMD, "slice": SLICE}[key]: n for key, n in devices.items()}
    limits = {} if gpu is None else {Resource.GPU: gpu}
    set_limits(tenant=tenant, limits=limits, devices=named, by="root")


def told(tenant: Tenant) -> Mapping[str, str]:
    """What its namespace is limited to, after a worker's next pass."""
    reconcile_tenant(str(tenant.pk))
    runtime = registry.cluster_runtime()
    assert isinstance(runtime, MemoryRuntime)
    return runtime.namespaces[tenant.namespace]


def is_due(tenant: Tenant) -> bool:
    return Tenant.objects.due(now()).filter(pk=tenant.pk).exists()


def test_each_limit_is_told_by_the_devices_name(acme: Tenant) -> None:
    limit(acme, gpu=3, whole=2, slice=4)
    found = told(acme)
    assert (found["gpu"], found[GPU], found[SLICE]) == ("3", "2", "4")


def test_a_limit_that_is_changed_or_taken_away_is_told_at_the_next_pass(acme: Tenant) -> None:
    told(acme)
    for most, said in ((2, "2"), (5, "5"), (None, "0")):
        limit(acme, slice=most)
        assert is_due(acme)
        assert told(acme)[SLICE] == said
        assert not is_due(acme)


@pytest.mark.parametrize(
    ("gpu", "own", "said"),
    [
        pytest.param(3, None, "3", id="without one of its own all GPUs together"),
        pytest.param(3, 1, "1", id="its own"),
        pytest.param(3, 9, "3", id="its own beyond that of all"),
    ],
)
def test_a_whole_gpu_is_bounded_by_all_of_them_too(
    acme: Tenant, gpu: int, own: int | None, said: str
) -> None:
    limit(acme, gpu=gpu, amd=own)
    assert told(acme)[AMD] == said


def test_a_slice_that_only_another_tenant_may_have_is_none_of_this_ones(
    acme: Tenant, globex: Tenant
) -> None:
    limit(globex, slice=2, amd=1)
    limit(acme, gpu=1)
    found = told(acme)
    assert (found[SLICE], found[AMD]) == ("0", "1")


def test_what_is_held_above_a_lowered_limit_may_start_again(acme: Tenant) -> None:
    limit(acme, slice=1)
    DeviceQuota.objects.filter(tenant=acme).update(used=3)
    Quota.objects.filter(tenant=acme).update(limit_cpu=1000, used_cpu=2500)
    found = told(acme)
    assert (found[SLICE], found["cpu"]) == ("3", "2500m")


def test_what_is_granted_until_a_date_is_told_and_so_is_its_end(
    acme: Tenant, alice: User, bob: User
) -> None:
    User.objects.filter(pk=bob.pk).update(is_platform_admin=True)
    bob.refresh_from_db()
    told(acme)
    asked = requests.ask(tenant=acme, by=alice, scope=Scope.TENANT, more={SLICE: 2}, reason="x")
    until = now() + timedelta(days=1)
    requests.grant(request=asked, by=bob, more={SLICE: 2}, until=until, answer="")
    assert is_due(acme)
    assert told(acme)[SLICE] == "2"
    QuotaRequest.objects.update(until=now())
    assert requests.end_grants(now()) == 1
    assert is_due(acme)
    assert told(acme)[SLICE] == "0"
