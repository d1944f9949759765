"""Whatever is done in whatever order: no limit is passed, and each counter is the sum of its rows."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from datalab.accounts.models import User
from datalab.core.errors import QuotaExceeded
from datalab.core.quantities import Resource
from datalab.launcher import reservation
from datalab.launcher.drift import mend_drift
from datalab.launcher.models import Service
from datalab.quotas.actions import set_limits, set_own_limits
from datalab.quotas.claim import Claim
from datalab.quotas.models import DeviceQuota, MemberQuota
from datalab.quotas.reserve import reserve
from datalab.tenants.models import Quota, Tenant
from tests.conftest import make_tenant, make_user

GPU, SLICE = "nvidia.com/gpu", "nvidia.com/mig-1g.5gb"
SIZES = st.fixed_dictionaries(
    {
        "cpu": st.integers(1, 5) | st.just(0),
        "memory": st.integers(0, 5),
        "storage": st.integers(0, 5),
        GPU: st.integers(0, 2),
        SLICE: st.integers(0, 2),
    }
)
LIMIT = st.integers(0, 12)
PLACE = st.integers(0, 30)
"""Which of the services there are, counted round."""


class Reservations(RuleBasedStateMachine):
    """Two members of one tenant launch, resize, pause, resume, hand over and remove."""

    def __init__(self) -> None:
        super().__init__()
        self._undo = transaction.atomic()
        self._undo.__enter__()
        self.tenant: Tenant = make_tenant("machine")
        self.users: list[User] = [make_user("ann"), make_user("ben")]
        self.launched = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._undo.__exit__(None, None, None)

    @initialize(limit=st.integers(4, 12), devices=st.integers(0, 3))
    def begin(self, limit: int, devices: int) -> None:
        limits = dict.fromkeys(Resource, limit)
        set_limits(tenant=self.tenant, limits=limits, devices={SLICE: devices}, by="root")

    @rule(sizes=SIZES, who=st.integers(0, 1))
    def launch(self, sizes: dict[str, int], who: int) -> None:
        amounts, devices = split(sizes)
        with self.one_step():
            owner = self.users[who]
            reserve(self.tenant, Claim(owner_id=owner.pk, amounts=amounts, devices=devices))
            self.launched += 1
            Service.objects.create(
                tenant=self.tenant,
                owner=owner,
                name=f"s{self.launched}",
                host=f"s{self.launched}",
                chart="jupyter",
                version="1",
                wanted="running",
                holds_compute=True,
                **columns(amounts, devices),
            )

    @precondition(lambda self: self.launched)
    @rule(place=PLACE, sizes=SIZES)
    def resize(self, place: int, sizes: dict[str, int]) -> None:
        amounts, devices = split(sizes)
        for service in self.one(place):
            with self.one_step():
                reservation.resize(service, amounts, devices)
                Service.objects.filter(pk=service.pk).update(**columns(amounts, devices))

    @precondition(lambda self: self.launched)
    @rule(place=PLACE)
    def pause(self, place: int) -> None:
        for service in self.one(place):
            reservation.drop_compute(service)

    @precondition(lambda self: self.launched)
    @rule(place=PLACE)
    def resume(self, place: int) -> None:
        for service in self.one(place):
            with self.one_step():
                reservation.take_compute(service)

    @precondition(lambda self: self.launched)
    @rule(place=PLACE, who=st.integers(0, 1))
    def hand_over(self, place: int, who: int) -> None:
        for service in self.one(place):
            with self.one_step():
                reservation.move_to(service, self.users[who])

    @precondition(lambda self: self.launched)
    @rule(place=PLACE)
    def remove(self, place: int) -> None:
        for service in self.one(place):
            reservation.drop_all(service)
            reservation.drop_all(service)

    @rule(limit=LIMIT, devices=st.none() | st.integers(0, 3))
    def change_the_tenants_limits(self, limit: int, devices: int | None) -> None:
        limits = dict.fromkeys(Resource, limit)
        set_limits(tenant=self.tenant, limits=limits, devices={GPU: devices}, by="root")

    @rule(limit=st.none() | LIMIT, who=st.none() | st.integers(0, 1))
    def change_a_members_limits(self, limit: int | None, who: int | None) -> None:
        member = None if who is None else self.users[who]
        limits = dict.fromkeys((Resource.CPU, Resource.SERVICES), limit)
        set_own_limits(tenant=self.tenant, member=member, limits=limits, by="ann")

    @invariant()
    def counters_are_the_sum_of_the_rows(self) -> None:
        assert mend_drift(self.tenant) == {}

    def one(self, place: int) -> list[Service]:
        rows = list(Service.objects.filter(tenant=self.tenant).order_by("created_at"))
        return [rows[place % len(rows)]] if rows else []

    def one_step(self) -> Any:
        return OneStep(self.tenant)


class OneStep:
    """A transaction that may be refused; where it is not, no counter that grew is past its limit."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._before = counters(tenant)
        self._inner = transaction.atomic()

    def __enter__(self) -> None:
        self._inner.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self._inner.__exit__(kind, error, trace)
        after = counters(self._tenant)
        if isinstance(error, QuotaExceeded):
            used = {name: one for name, (one, _) in after.items()}
            assert used == {name: self._before[name][0] for name in used if name in self._before}
            return True
        for name, (used_now, limit) in after.items():
            grown = used_now > self._before.get(name, (0, None))[0]
            assert not grown or limit is None or used_now <= limit, f"{name}: {used_now} of {limit}"
        return False


def counters(tenant: Tenant) -> dict[str, tuple[int, int | None]]:
    """What is used of each limit, and the limit."""
    quota = Quota.objects.get(tenant=tenant)
    found: dict[str, tuple[int, int | None]] = {
        str(r): (quota.used[r], quota.limits[r]) for r in Resource
    }
    for device in DeviceQuota.objects.filter(tenant=tenant):
        whole = device.limit is None and device.name == GPU
        limit = None if whole else device.limit or 0
        if device.used or device.limit is not None:
            found[device.name] = (device.used, limit)
    if quota.counts_members:
        rows = {row.user_id: row for row in MemberQuota.objects.filter(tenant=tenant)}
        for row in rows.values():
            limits = row.effective(rows.get(None))
            if row.user_id is not None and any(row.used.values()):
                for r in Resource:
                    found[f"{row.user_id} {r}"] = (row.used[r], limits.get(r))
    return found


def split(sizes: dict[str, int]) -> tuple[dict[Resource, int], dict[str, int]]:
    devices = {name: sizes[name] for name in (GPU, SLICE) if sizes[name]}
    amounts = {
        Resource.CPU: sizes["cpu"],
        Resource.MEMORY: sizes["memory"],
        Resource.GPU: sizes[GPU],
        Resource.STORAGE: sizes["storage"],
        Resource.SERVICES: 1,
    }
    return amounts, devices


def columns(amounts: dict[Resource, int], devices: dict[str, int]) -> dict[str, Any]:
    sizes = {str(r): n for r, n in amounts.items() if r is not Resource.SERVICES}
    return {**sizes, "devices": devices}


@pytest.mark.django_db
def test_no_limit_is_passed_and_each_counter_is_the_sum_of_its_rows() -> None:
    run_state_machine_as_test(
        Reservations,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
