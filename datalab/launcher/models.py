import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q

from datalab.accounts.models import User
from datalab.catalog.models import KeptChart
from datalab.core.devices import Devices
from datalab.core.quantities import Resource
from datalab.core.reconciling import Reconciled, ReconciledQuerySet
from datalab.launcher.lifecycle import Change, Outcome, Phase, Wanted, phase_of
from datalab.providers.cluster.base import Observed, ReleaseRef, Step
from datalab.quotas.claim import Claim
from datalab.tenants.models import Amounts, Membership, Tenant


class ServiceQuerySet(ReconciledQuerySet["Service"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(tenant__in=Tenant.objects.visible_to(user))

    def with_revisions(self) -> Self:
        """As many queries for a page of services as for one: `Service.newest_first` asks none."""
        told = ("service_id", "number", "version", "outcome", "fingerprint")
        rows = Revision.objects.order_by("-number").only(*told)
        return self.prefetch_related(Prefetch("revisions", rows, to_attr="fetched_revisions"))

    def without_member(self) -> Self:
        """Those whose owner may not run them any more. An admin decides what becomes of them."""
        belongs = Membership.objects.runners().filter(
            tenant=OuterRef("tenant"), user=OuterRef("owner")
        )
        above = Q(owner__is_platform_admin=True, owner__is_active=True)
        return self.filter(~Exists(belongs) & ~above).exclude(wanted=Wanted.REMOVED.value)

    def pause_with_tenant(self, now: datetime) -> int:
        """Pause those that are meant to run, and remember the ones that had not failed."""
        running = self.filter(wanted=Wanted.RUNNING.value)
        return running.update(
            wanted=Wanted.PAUSED.value,
            resume_with_tenant=~Q(observed=Observed.FAILED.value),
            generation=F("generation") + 1,
            check_after=now,
        )


class Service(Reconciled):
    """A chart that was launched in a tenant, owned by one member.

    `wanted` is the user's, `observed` the runtime's, `phase` is derived from both.
    `values` are the resolved Helm values: they hold no secret, only names of secrets.
    `host` is the first label of the service's own origin, unique on the platform.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="services")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="services")
    name = models.CharField(max_length=40)
    host = models.CharField(max_length=63, unique=True)
    catalog = models.CharField(max_length=63)
    chart = models.CharField(max_length=100)
    version = models.CharField(max_length=50)
    kept = models.ForeignKey(KeptChart, models.PROTECT, null=True, related_name="+")
    """The very files it is made of. NULL: launched before they were kept, and not applied since."""
    options = models.JSONField(default=dict)
    preset = models.CharField(max_length=40, blank=True)
    """The one that it was launched by, for people to read: what it meant then is in the row."""
    placement = models.JSONField(default=dict)
    """`Placement.to_json`: on which machines it may be, and its devices by a preset."""
    values = models.JSONField(default=dict)
    secrets = models.JSONField(default=list)
    idempotency_key = models.CharField(max_length=200, null=True)  # noqa: DJ001 - NULL is never equal
    created_at = models.DateTimeField(auto_now_add=True)

    wanted = models.CharField(max_length=16, choices=[(w.value, w.name) for w in Wanted])
    restarts = models.PositiveIntegerField(default=0)
    accepted = models.CharField(max_length=64, blank=True, default="")
    """Names what the runtime was last given and took. Empty: nothing yet."""
    observed = models.CharField(
        max_length=16,
        choices=[(o.value, o.name) for o in Observed],
        default=Observed.UNKNOWN.value,
    )
    step = models.CharField(max_length=16, choices=[(s.value, s.name) for s in Step], blank=True)
    reason_code = models.CharField(max_length=64, blank=True)
    reason_message = models.TextField(blank=True)
    reason_raw = models.TextField(blank=True)
    progress = models.FloatField(null=True)
    refused = models.BooleanField(default=False)
    """The newest wanted state was refused for good: what runs, if anything does, is the one before."""

    cpu = models.BigIntegerField(default=0)
    memory = models.BigIntegerField(default=0)
    gpu = models.BigIntegerField(default=0)
    storage = models.BigIntegerField(default=0)
    devices = models.JSONField(default=dict)
    """How many of which device, by name. Whole GPUs are in `gpu` as well."""
    holds_compute = models.BooleanField(default=False)
    """Whether cpu, memory, gpu, devices are reserved now: a paused service keeps its storage only."""

    resume_with_tenant = models.BooleanField(default=False)
    """Paused by the suspension of its tenant only: it runs again when that ends."""

    secret_accessor = models.CharField(max_length=100, blank=True)
    """Names this service's own secret-store token, which is kept nowhere; on a cluster the role with
    which its pods sign in."""
    plan_again = models.BooleanField(default=False)
    """It has another owner, whose name and e-mail address its values must hold at the next start."""
    restart_to_apply = models.BooleanField(default=False)
    """A chosen secret has changed: its file is new, the running process's environment is old."""

    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="one_service_per_name"),
            models.UniqueConstraint(
                fields=["owner", "tenant", "idempotency_key"], name="one_service_per_key"
            ),
        ]
        # As lists go: newest first.
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="services_of_tenant"),
            models.Index(fields=["-created_at", "-id"], name="services_newest"),
        ]

    @property
    def ref(self) -> ReleaseRef:
        return ReleaseRef(namespace=self.tenant.namespace, name=self.name)

    @property
    def changed(self) -> bool:
        """Has the newest wanted state still to be applied?"""
        return self.generation != self.applied_generation

    @property
    def phase(self) -> Phase:
        return phase_of(
            Wanted(self.wanted),
            Observed(self.observed),
            changed=self.changed,
            step=Step(self.step) if self.step else None,
        )

    @property
    def compute(self) -> dict[Resource, int]:
        """The part of the footprint that is given back while it does not run."""
        return {Resource.CPU: self.cpu, Resource.MEMORY: self.memory, Resource.GPU: self.gpu}

    @property
    def keeps(self) -> dict[Resource, int]:
        """The part of the footprint that stays until it is removed."""
        return {Resource.STORAGE: self.storage, Resource.SERVICES: 1}

    @property
    def footprint(self) -> dict[Resource, int]:
        """What it takes of the quota while it runs."""
        return {**self.compute, **self.keeps}

    @property
    def held(self) -> dict[Resource, int]:
        """What is reserved for it now."""
        return self.footprint if self.holds_compute else self.keeps

    @property
    def newest_first(self) -> Sequence["Revision"]:
        """Its revisions."""
        fetched: list[Revision] | None = getattr(self, "fetched_revisions", None)
        return list(self.revisions.order_by("-number")) if fetched is None else fetched

    @property
    def claim(self) -> Claim:
        """What is reserved for it now, of its tenant and of its owner."""
        return self.claim_of(self.held, self.devices if self.holds_compute else {})

    @property
    def compute_claim(self) -> Claim:
        return self.claim_of(self.compute, self.devices)

    def claim_of(self, amounts: Amounts, devices: Devices) -> Claim:
        return Claim(owner_id=self.owner_id, amounts=amounts, devices=devices)

    @property
    def url(self) -> str:
        """Its own origin, with the scheme of the page's."""
        scheme = settings.ORIGIN.partition("://")[0]
        return f"{scheme}://{self.host}.{settings.SERVICE_DOMAIN}/"


class ServiceEvent(models.Model):
    """One line of a service's timeline; also what wakes the event streams. Never updated."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+")
    service_id = models.UUIDField()
    phase = models.CharField(max_length=16)
    reason_code = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)
    raw = models.TextField(blank=True)
    progress = models.FloatField(null=True)

    class Meta:
        # As a timeline goes.
        indexes = [models.Index(fields=["service_id", "id"], name="events_of_service")]


class Revision(models.Model):
    """What a service was made of, from one change to the next. Only its outcome is written later.

    `origin` is the number of the revision that it was rolled back to.
    """

    id = models.BigAutoField(primary_key=True)
    service = models.ForeignKey(Service, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    change = models.CharField(max_length=16, choices=[(c.value, c.name) for c in Change])
    origin = models.PositiveIntegerField(null=True)
    version = models.CharField(max_length=50)
    kept = models.ForeignKey(KeptChart, models.PROTECT, null=True, related_name="+")
    options = models.JSONField(default=dict)
    preset = models.CharField(max_length=40, blank=True)
    placement = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64)
    """The same for what is made of the same chart with the same options."""
    cpu = models.BigIntegerField(default=0)
    memory = models.BigIntegerField(default=0)
    gpu = models.BigIntegerField(default=0)
    storage = models.BigIntegerField(default=0)
    devices = models.JSONField(default=dict)
    outcome = models.CharField(
        max_length=16,
        choices=[(o.value, o.name) for o in Outcome],
        default=Outcome.PENDING.value,
    )
    reason = models.TextField(blank=True)
    """Why it failed, for people. Empty where it did not."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "number"], name="one_revision_per_number")
        ]


class LeaseQuerySet(models.QuerySet["Lease"]):
    def take(self, name: str, holder: str, now: datetime) -> bool:
        """Take it, or keep it for as long again; False while another one has it.

        Clocks that differ by some seconds let two hold it for those seconds: what it is for must
        bear that.
        """
        free = Q(holder=holder) | Q(until__lt=now)
        row = self.filter(free, name=name)
        if row.update(holder=holder, until=now + HELD_FOR):
            return True
        nobody = Lease(name=name, holder="", until=now - HELD_FOR)
        self.bulk_create([nobody], ignore_conflicts=True)
        return bool(row.update(holder=holder, until=now + HELD_FOR))

    def give_back(self, name: str, holder: str, now: datetime) -> None:
        self.filter(name=name, holder=holder).update(until=now)

    def is_held(self, name: str, now: datetime) -> bool:
        return self.filter(name=name, until__gte=now).exists()


HELD_FOR = timedelta(seconds=12)
"""So long after its last word a holder counts as dead."""


class Lease(models.Model):
    """What one process at a time may do, of several that could."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=120)
    until = models.DateTimeField()

    objects = LeaseQuerySet.as_manager()


class ServiceCredential(models.Model):
    """The token with which one running service asks for its bucket's keys. Hashed."""

    service = models.OneToOneField(Service, models.CASCADE, related_name="credential")
    digest = models.CharField(max_length=64, unique=True)
