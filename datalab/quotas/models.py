import uuid
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from datalab.core.devices import LONGEST, is_whole
from datalab.core.quantities import Resource
from datalab.tenants.models import Amounts, Tenant


class DeviceQuotaQuerySet(models.QuerySet["DeviceQuota"]):
    def reserve(self, tenant_id: uuid.UUID, name: str, amount: int) -> bool:
        """Take it or nothing, in one conditional UPDATE. The caller holds the tenant's row.

        Without a limit of its own a whole GPU is bounded by the resource gpu; a slice is refused.
        """
        if amount > 0 and is_whole(name):
            self.get_or_create(tenant_id=tenant_id, name=name)
        rows = self.filter(tenant_id=tenant_id, name=name)
        if amount > 0:
            fits = Q(used__lte=F("limit") - amount)
            rows = rows.filter(fits | Q(limit=None) if is_whole(name) else fits)
        return rows.update(used=F("used") + amount) == 1 or amount <= 0


class DeviceQuota(models.Model):
    """How many of one kind of device a tenant may hold, and holds.

    `limit` None: of whole GPUs as many as the resource gpu allows, of everything else none.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="device_quotas")
    name = models.CharField(max_length=LONGEST)
    limit = models.BigIntegerField(null=True)
    used = models.BigIntegerField(default=0)

    objects = DeviceQuotaQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="one_quota_per_device"),
        ]


class MemberQuotaQuerySet(models.QuerySet["MemberQuota"]):
    def of(self, tenant_id: uuid.UUID, user_id: int) -> Self:
        """The member's own row and that of the tenant's default, as far as there are."""
        return self.filter(Q(user=user_id) | Q(user=None), tenant_id=tenant_id)

    def reserve(self, tenant_id: uuid.UUID, user_id: int, asked: Amounts) -> bool:
        """Take it or nothing, in one conditional UPDATE. The caller holds the tenant's row.

        Whoever changes a limit holds that row, too, so the limits read here are still true.
        """
        rows = {row.user_id: row for row in self.of(tenant_id, user_id)}
        own = rows.get(user_id) or self.create(tenant_id=tenant_id, user_id=user_id)
        limits = own.effective(rows.get(None))
        fits = {f"used_{r}__lte": limits[r] - n for r, n in asked.items() if n > 0 and r in limits}
        taken = {f"used_{r}": F(f"used_{r}") + n for r, n in asked.items()}
        return self.filter(pk=own.pk, **fits).update(**taken) == 1

    def give_back(self, tenant_id: uuid.UUID, user_id: int, held: Amounts) -> None:
        returned = {f"used_{r}": F(f"used_{r}") - n for r, n in held.items()}
        self.filter(tenant_id=tenant_id, user_id=user_id).update(**returned)


class MemberQuota(models.Model):
    """One member's own limits, and what they hold of the tenant's quota where that is counted.

    `user` None: the default of all members of the tenant. A limit that is None says nothing: the
    default counts, and without one only the tenant's limits do. `granted_*` is what has been
    granted on top until a date.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="member_quotas")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="member_quotas"
    )
    limit_cpu = models.BigIntegerField(null=True)
    limit_memory = models.BigIntegerField(null=True)
    limit_gpu = models.BigIntegerField(null=True)
    limit_storage = models.BigIntegerField(null=True)
    limit_services = models.BigIntegerField(null=True)
    granted_cpu = models.BigIntegerField(default=0)
    granted_memory = models.BigIntegerField(default=0)
    granted_gpu = models.BigIntegerField(default=0)
    granted_storage = models.BigIntegerField(default=0)
    granted_services = models.BigIntegerField(default=0)
    used_cpu = models.BigIntegerField(default=0)
    used_memory = models.BigIntegerField(default=0)
    used_gpu = models.BigIntegerField(default=0)
    used_storage = models.BigIntegerField(default=0)
    used_services = models.BigIntegerField(default=0)

    objects = MemberQuotaQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="one_quota_per_member"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(user=None), name="one_default_per_tenant"
            ),
        ]

    @property
    def limits(self) -> dict[Resource, int]:
        """Its own limits, without those that are None."""
        return {r: n for r in Resource if (n := getattr(self, f"limit_{r}")) is not None}

    @property
    def granted(self) -> dict[Resource, int]:
        return {resource: getattr(self, f"granted_{resource}") for resource in Resource}

    @property
    def used(self) -> dict[Resource, int]:
        return {resource: getattr(self, f"used_{resource}") for resource in Resource}

    def effective(self, default: "MemberQuota | None") -> dict[Resource, int]:
        """What holds for this member now; a resource without a limit of its own is left out."""
        base = {**(default.limits if default else {}), **self.limits}
        return {resource: limit + self.granted[resource] for resource, limit in base.items()}


class Scope(StrEnum):
    """Whose limit is to be raised, and so who decides: an admin of the tenant, or of the platform."""

    MEMBER = "member"
    TENANT = "tenant"


SCOPES = [scope.value for scope in Scope]


class State(StrEnum):
    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class QuotaRequestQuerySet(models.QuerySet["QuotaRequest"]):
    def settle(self, pk: uuid.UUID, state: State, **more: Any) -> bool:
        """False where somebody else was faster."""
        row = self.filter(pk=pk, state=State.OPEN.value)
        return row.update(state=state.value, decided_at=now(), **more) == 1

    def temporary(self) -> Self:
        """Granted until a date, and still counted."""
        return self.filter(state=State.GRANTED.value, until__isnull=False, ended=False)

    def counted(self, tenant_id: uuid.UUID) -> dict[str, int]:
        """What is granted to the tenant until a date, by resource or device."""
        total: dict[str, int] = {}
        rows = self.temporary().filter(tenant_id=tenant_id, scope=Scope.TENANT.value)
        for granted in rows.values_list("granted", flat=True):
            for name, units in granted.items():
                total[name] = total.get(name, 0) + units
        return total


class QuotaRequest(models.Model):
    """Somebody asks for more, and what has become of it.

    `wanted` and `granted` are how much more of each resource or device, in the platform's units.
    `until` None: granted for good. `ended`: that date has passed and the limit is as before.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="quota_requests")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="quota_requests"
    )
    scope = models.CharField(max_length=16, choices=[(s.value, s.name) for s in Scope])
    wanted = models.JSONField()
    reason = models.CharField(max_length=1000)
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(
        max_length=16, choices=[(s.value, s.name) for s in State], default=State.OPEN.value
    )
    granted = models.JSONField(default=dict)
    until = models.DateTimeField(null=True)
    ended = models.BooleanField(default=False)
    answer = models.CharField(max_length=1000, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)

    objects = QuotaRequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="requests_of_tenant"),
            models.Index(fields=["state", "-created_at", "-id"], name="requests_in_state"),
        ]


class Capacity(models.Model):
    """What a platform administrator says that there is; it counts before what the runtime tells.

    `name` is cpu, memory, storage or that of a device.
    """

    name = models.CharField(max_length=LONGEST, primary_key=True)
    amount = models.BigIntegerField()


class RoomTold(models.Model):
    """What machines have left, as the watcher last saw it: `Room.to_json` by `Placement.place`.

    One row: it is written as a whole.
    """

    name = models.CharField(max_length=20, primary_key=True)
    told = models.JSONField()
    at = models.DateTimeField()


def by_name(rows: Iterable[DeviceQuota]) -> dict[str, DeviceQuota]:
    return {row.name: row for row in rows}
