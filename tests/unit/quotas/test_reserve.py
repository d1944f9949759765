import threading
from collections.abc import Mapping

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datalab.accounts.models import User
from datalab.core.errors import QuotaExceeded
from datalab.core.quantities import Resource
from datalab.quotas.actions import set_limits, set_own_limits
from datalab.quotas.claim import Claim
from datalab.quotas.models import DeviceQuota, MemberQuota
from datalab.quotas.reserve import give_back, move, reserve
from datalab.tenants.models import Tenant
from datalab.tenants.quota import quota_of

GI = 1024**3
GPU, SLICE = "nvidia.com/gpu", "nvidia.com/mig-1g.5gb"


def claim(owner: User, devices: Mapping[str, int] | None = None, **amounts: int) -> Claim:
    return Claim(
        owner_id=owner.pk,
        amounts={Resource(name): amount for name, amount in amounts.items()},
        devices=devices or {},
    )


def limit_gpus(tenant: Tenant, gpu: int, **devices: int | None) -> None:
    named = {{"whole": GPU, "slice": SLICE}[name]: limit for name, limit in devices.items()}
    set_limits(tenant=tenant, limits={Resource.GPU: gpu}, devices=named, by="root")


def limit(tenant: Tenant, member: User | None, **limits: int | None) -> None:
    own = {Resource(name): most for name, most in limits.items()}
    set_own_limits(tenant=tenant, member=member, limits=own, by="alice")


def used(tenant: Tenant) -> dict[str, int]:
    counted = {str(r): n for r, n in quota_of(tenant).used.items() if n}
    rows = DeviceQuota.objects.filter(tenant=tenant, used__gt=0)
    return {**counted, **{row.name: row.used for row in rows}}


def of_member(tenant: Tenant, user: User) -> dict[str, int]:
    row = MemberQuota.objects.get(tenant=tenant, user=user)
    return {str(r): n for r, n in row.used.items() if n}


def test_a_reservation_takes_all_of_it(acme: Tenant, bob: User) -> None:
    reserve(acme, claim(bob, cpu=2000, memory=4 * GI, services=1))
    assert used(acme) == {"cpu": 2000, "memory": 4 * GI, "services": 1}


def test_without_devices_and_member_limits_it_is_one_update(acme: Tenant, bob: User) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        reserve(acme, claim(bob, cpu=2000, memory=4 * GI, services=1))
        give_back(acme, claim(bob, cpu=2000, memory=4 * GI, services=1))
    assert [query["sql"].split()[0] for query in queries] == ["UPDATE", "UPDATE"]


def test_a_refusal_takes_nothing_and_says_what_is_missing(acme: Tenant, bob: User) -> None:
    with pytest.raises(QuotaExceeded) as refusal:
        reserve(acme, claim(bob, cpu=1000, memory=17 * GI))
    assert [one.resource for one in refusal.value.resources] == ["memory"]
    assert refusal.value.resources[0].asked == "17Gi"
    assert refusal.value.resources[0].available == "16Gi"
    assert used(acme) == {}


def test_another_tenants_quota_is_untouched(acme: Tenant, globex: Tenant, bob: User) -> None:
    reserve(acme, claim(bob, cpu=8000))
    reserve(globex, claim(bob, cpu=8000))
    give_back(acme, claim(bob, cpu=8000))
    assert used(globex) == {"cpu": 8000}


def test_giving_some_back_while_asking_for_other_things_is_one_step(
    acme: Tenant, bob: User
) -> None:
    reserve(acme, claim(bob, cpu=8000, memory=GI))
    reserve(acme, claim(bob, cpu=-6000, memory=GI))
    assert used(acme) == {"cpu": 2000, "memory": 2 * GI}


def test_slices_and_whole_gpus_are_counted_each_by_name(acme: Tenant, bob: User) -> None:
    limit_gpus(acme, 2, slice=3)
    reserve(acme, claim(bob, {GPU: 1}, gpu=1))
    reserve(acme, claim(bob, {SLICE: 2}))
    assert used(acme) == {"gpu": 1, GPU: 1, SLICE: 2}
    give_back(acme, claim(bob, {GPU: 1}, gpu=1))
    give_back(acme, claim(bob, {SLICE: 2}))
    assert used(acme) == {}


@pytest.mark.parametrize(
    ("gpu", "limits", "devices", "short"),
    [
        pytest.param(1, {}, {GPU: 2}, "gpu", id="more whole ones than the number of GPUs"),
        pytest.param(4, {"whole": 1}, {GPU: 2}, GPU, id="more than this kind's own limit"),
        pytest.param(4, {}, {SLICE: 1}, SLICE, id="a slice that nobody has allowed"),
        pytest.param(4, {"slice": 1}, {SLICE: 2}, SLICE, id="more slices than there are"),
        pytest.param(4, {"slice": None}, {SLICE: 1}, SLICE, id="a slice whose limit was removed"),
    ],
)
def test_a_device_beyond_its_limit_takes_nothing_at_all(
    acme: Tenant, bob: User, gpu: int, limits: dict[str, int], devices: dict[str, int], short: str
) -> None:
    limit_gpus(acme, gpu, **limits)
    with pytest.raises(QuotaExceeded) as refusal:
        reserve(acme, claim(bob, devices, cpu=1000, gpu=devices.get(GPU, 0)))
    assert [one.resource for one in refusal.value.resources] == [short]
    assert used(acme) == {}


def test_a_members_own_limit_refuses_and_says_whose_it_is(acme: Tenant, bob: User) -> None:
    limit(acme, bob, cpu=2000)
    reserve(acme, claim(bob, cpu=1500, services=1))
    with pytest.raises(QuotaExceeded) as refusal:
        reserve(acme, claim(bob, cpu=1000, services=1))
    short = refusal.value.resources[0]
    assert (short.resource, short.whose, short.limit, short.available) == (
        "cpu", "member", "2", "500m",
    )  # fmt: skip
    assert "your own limit in Acme" in refusal.value.detail
    assert used(acme) == {"cpu": 1500, "services": 1}
    assert of_member(acme, bob) == {"cpu": 1500, "services": 1}


def test_the_default_holds_for_whoever_has_no_limit_of_their_own(
    acme: Tenant, alice: User, bob: User
) -> None:
    limit(acme, None, cpu=1000)
    limit(acme, alice, cpu=4000)
    reserve(acme, claim(alice, cpu=4000))
    with pytest.raises(QuotaExceeded):
        reserve(acme, claim(bob, cpu=1500))


def test_of_two_limits_the_tighter_one_is_named(acme: Tenant, alice: User, bob: User) -> None:
    limit(acme, bob, cpu=4000)
    reserve(acme, claim(alice, cpu=7000))
    with pytest.raises(QuotaExceeded) as refusal:
        reserve(acme, claim(bob, cpu=5000))
    assert [(one.whose, one.available) for one in refusal.value.resources] == [("tenant", "1")]


def test_what_was_taken_before_is_given_back_after_the_first_limit(acme: Tenant, bob: User) -> None:
    """Rows of services are counted when the counting begins; here there are none."""
    limit(acme, bob, cpu=4000)
    reserve(acme, claim(bob, cpu=3000))
    limit(acme, bob, cpu=None)
    give_back(acme, claim(bob, cpu=3000))
    limit(acme, bob, cpu=4000)
    assert of_member(acme, bob) == {}


def test_a_hand_over_moves_the_use_where_there_is_room(
    acme: Tenant, alice: User, bob: User
) -> None:
    limit(acme, None, cpu=2000)
    reserve(acme, claim(bob, cpu=1500))
    move(acme, claim(bob, cpu=1500), to=alice.pk)
    assert (of_member(acme, alice), of_member(acme, bob)) == ({"cpu": 1500}, {})
    reserve(acme, claim(bob, cpu=1000))
    with pytest.raises(QuotaExceeded, match="who would get it"):
        move(acme, claim(bob, cpu=1000), to=alice.pk)
    assert (of_member(acme, alice), of_member(acme, bob)) == ({"cpu": 1500}, {"cpu": 1000})


def in_threads(count: int, work: object) -> None:
    def run() -> None:
        try:
            work()  # type: ignore[operator]
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("cpu", "slices", "own", "fit"),
    [
        pytest.param(100, 0, None, 80, id="the tenant's cpu"),
        pytest.param(10, 1, None, 60, id="a device"),
        pytest.param(10, 0, 700, 70, id="a member's own limit"),
    ],
)
def test_fifty_threads_never_take_more_than_there_is(
    acme: Tenant, bob: User, cpu: int, slices: int, own: int | None, fit: int
) -> None:
    limit_gpus(acme, 0, slice=60)
    if own:
        limit(acme, bob, cpu=own)
    taken: list[bool] = []
    one = claim(bob, {SLICE: slices} if slices else {}, cpu=cpu)

    def take() -> None:
        for _ in range(10):
            try:
                reserve(acme, one)
            except QuotaExceeded:
                taken.append(False)
            else:
                taken.append(True)

    in_threads(50, take)
    assert (taken.count(True), taken.count(False)) == (fit, 500 - fit)
    assert used(acme) == {"cpu": fit * cpu, **({SLICE: fit} if slices else {})}
