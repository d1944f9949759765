import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from datalab.accounts.models import User
from datalab.core.quantities import Resource
from datalab.core.reconciling import Reconciled, ReconciledQuerySet
from datalab.tenants.counters import take
from datalab.tenants.lifecycle import RUNNERS, Kind, Role, Source, State, Wanted, state_of

Amounts = Mapping[Resource, int]
"""How much of each resource, in the units of `datalab.core.quantities`."""


class TenantQuerySet(ReconciledQuerySet["Tenant"]):
    def visible_to(self, user: User) -> Self:
        """Those that the user is in, or stands above, and that their token reaches."""
        rows = self.all() if user.stands_above_tenants else self.filter(memberships__user=user)
        return rows if user.reach.tenants is None else rows.filter(pk__in=user.reach.tenants)

    def narrowed(
        self, *, search: str = "", group: str = "", kind: str = "", state: str = ""
    ) -> Self:
        """Those that a list was asked for. Empty: all."""
        rows = self
        if search:
            rows = rows.filter(
                Q(display_name__icontains=search)
                | Q(slug__icontains=search)
                | Q(group__icontains=search)
            )
        if group:
            rows = rows.filter(group=group)
        if kind:
            rows = rows.filter(kind=kind)
        return rows.in_state(State(state)) if state else rows

    def in_state(self, state: State) -> Self:
        """Those of which `Tenant.state` is this."""
        match state:
            case State.DELETING:
                return self.filter(wanted=Wanted.REMOVED.value)
            case State.SUSPENDED:
                return self.filter(wanted=Wanted.SUSPENDED.value)
            case State.ACTIVE | State.PROVISIONING:
                ready = state is State.ACTIVE
                return self.filter(wanted=Wanted.ACTIVE.value, provisioned=ready)

    def for_lists(self) -> Self:
        """With all that a list shows of each, in the same query however many there are."""
        members = Membership.objects.filter(tenant=OuterRef("pk")).order_by().values("tenant")
        counted = members.annotate(count=Count("pk")).values("count")
        return self.select_related("quota").annotate(members=Coalesce(Subquery(counted), 0))


class Tenant(Reconciled):
    """A business unit or portfolio company: one namespace, one bucket, one secret path, one quota.

    `slug` names it everywhere outside; `provisioned` says that all of that exists.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    slug = models.CharField(max_length=40, unique=True)
    display_name = models.CharField(max_length=200)
    kind = models.CharField(
        max_length=32, choices=[(k.value, k.name) for k in Kind], default=Kind.BUSINESS_UNIT.value
    )
    namespace = models.CharField(max_length=63, unique=True)
    bucket = models.CharField(max_length=63, unique=True)
    group = models.CharField(max_length=100, blank=True, db_index=True)
    """A parent's name, for reports over several tenants. It grants nothing."""
    wanted = models.CharField(
        max_length=16, choices=[(w.value, w.name) for w in Wanted], default=Wanted.ACTIVE.value
    )
    suspended_reason = models.CharField(max_length=500, blank=True)
    suspended_by = models.CharField(max_length=255, blank=True)
    suspended_at = models.DateTimeField(null=True)
    remove_after = models.DateTimeField(null=True)
    """Being deleted, with a time to think it over: nothing is destroyed before."""
    removal_step = models.CharField(max_length=16, blank=True)
    removal = models.JSONField(default=dict)
    """Who asked when to delete it, what was there then, and how far that is: for people."""
    provisioned = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-created_at", "-id"], name="tenants_newest")]

    @property
    def state(self) -> State:
        return state_of(Wanted(self.wanted), provisioned=self.provisioned)


class FormerTenant(models.Model):
    """What is left of a deleted tenant: who it was, so that its audit trail can still be read.

    Its slug is given to nobody else for a while: credentials that were handed out for its bucket
    live on for up to an hour, and addresses are remembered for longer.
    """

    id = models.UUIDField(primary_key=True)
    slug = models.CharField(max_length=40)
    display_name = models.CharField(max_length=200)
    kind = models.CharField(max_length=32)
    group = models.CharField(max_length=100, blank=True)
    totals = models.JSONField(default=dict)
    deleted_by = models.CharField(max_length=255)
    created_at = models.DateTimeField()
    """Of the tenant."""
    deleted_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["slug", "deleted_at"], name="former_by_slug")]


class MembershipQuerySet(models.QuerySet["Membership"]):
    def admins(self) -> Self:
        """Those who can administer now: a locked person cannot."""
        return self.filter(role=Role.ADMIN.value, user__is_active=True)

    def runners(self) -> Self:
        """Those who may own services."""
        return self.filter(role__in=RUNNERS, user__is_active=True)


class Membership(models.Model):
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(r.value, r.name) for r in Role])
    from_groups = models.BooleanField(default=False)
    """Granted by the identity provider's groups, so replaced at each sign-in."""
    role_by_hand = models.BooleanField(default=False)
    """An admin has chosen the role: groups no longer change it, but still end the membership."""
    invited = models.BooleanField(default=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_per_user"),
        ]

    @property
    def source(self) -> Source:
        if self.from_groups:
            return Source.GROUPS
        return Source.INVITATION if self.invited else Source.HAND


class KeptOut(models.Model):
    """Somebody whom an admin has removed although a group would let them in again."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="kept_out")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="kept_out_once"),
        ]


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def pending(self) -> Self:
        """Neither used nor taken back, but perhaps too old."""
        return self.filter(accepted_at=None, revoked_at=None)

    def mailed_since(self, at: datetime) -> Self:
        return self.filter(mailed_at__gt=at)

    def open(self, at: datetime) -> Self:
        """Those that let somebody in now: whoever has invited must still be able to."""
        administers = Membership.objects.admins().filter(
            tenant=OuterRef("tenant"), user=OuterRef("invited_by")
        )
        above = Q(invited_by__is_platform_admin=True, invited_by__is_active=True)
        rows = self.pending().filter(expires_at__gt=at, tenant__wanted=Wanted.ACTIVE.value)
        return rows.filter(above | Exists(administers))


class Invitation(models.Model):
    """For whoever signs in with this verified e-mail address: once, and until it expires.

    Who that was is kept as the user, so as (issuer, subject). Of the link only a hash is kept; it
    leads to the right page and opens nothing by itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="invitations")
    email = models.CharField(max_length=254)
    role = models.CharField(max_length=16, choices=[(r.value, r.name) for r in Role])
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    """When a mail server has last taken the link. None: never."""

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="one_pending_invitation_per_address",
            ),
        ]


class QuotaManager(models.Manager["Quota"]):
    def reserve(self, tenant_id: uuid.UUID, asked: Amounts, *, alone: bool = False) -> bool:
        """Take all of it or nothing, in one conditional UPDATE. False where it does not fit."""
        return take(self.model, tenant_id, asked, alone=alone)

    def give_back(self, tenant_id: uuid.UUID, held: Amounts, *, alone: bool = False) -> bool:
        """False where no row was there to change."""
        return take(self.model, tenant_id, {r: -n for r, n in held.items()}, alone=alone)


class Quota(models.Model):
    """A tenant's limits and what is reserved of them: millicores, bytes, pieces."""

    tenant = models.OneToOneField(Tenant, models.CASCADE, related_name="quota")
    limit_cpu = models.BigIntegerField(default=0)
    limit_memory = models.BigIntegerField(default=0)
    limit_gpu = models.BigIntegerField(default=0)
    limit_storage = models.BigIntegerField(default=0)
    limit_services = models.BigIntegerField(default=0)
    used_cpu = models.BigIntegerField(default=0)
    used_memory = models.BigIntegerField(default=0)
    used_gpu = models.BigIntegerField(default=0)
    used_storage = models.BigIntegerField(default=0)
    used_services = models.BigIntegerField(default=0)
    counts_members = models.BooleanField(default=False)
    """Some member has a limit of their own, so that what each member holds is counted, too."""

    objects = QuotaManager()

    @property
    def limits(self) -> dict[Resource, int]:
        return {resource: getattr(self, f"limit_{resource}") for resource in Resource}

    @property
    def used(self) -> dict[Resource, int]:
        return {resource: getattr(self, f"used_{resource}") for resource in Resource}
