import hashlib
import secrets
import uuid
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from datalab.accounts.acting import ActingSession
from datalab.accounts.notifications import Notification
from datalab.accounts.reach import EVERYTHING, VERBS, Reach, known_verbs
from datalab.core.reconciling import Reconciled, ReconciledQuerySet

__all__ = [
    "ActingSession",
    "ApiToken",
    "Notification",
    "RuleSet",
    "StoredRule",
    "User",
    "digest_of",
    "new_token",
]

TOKEN_PREFIX = "dl_"  # noqa: S105 - what our tokens start with, no token


class UserQuerySet(models.QuerySet["User"]):
    def platform_admins(self) -> Self:
        """Those who can administer now."""
        return self.filter(is_platform_admin=True, is_active=True)


class PeopleManager(UserManager["User"]):
    """Django's, with our questions."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def platform_admins(self) -> UserQuerySet:
        return self.get_queryset().platform_admins()


class User(AbstractUser):
    """Known by (issuer, subject): an e-mail address can change hands.

    `reach` is no column: it says how far what somebody showed goes. Behind a token that does not
    include the platform, `is_platform_admin` is False in memory, so that every rule which asks for
    it holds for tokens, too.
    """

    reach: Reach = EVERYTHING

    issuer = models.CharField(max_length=255, blank=True)
    subject = models.CharField(max_length=255, blank=True)
    is_platform_admin = models.BooleanField(default=False)
    """By hand, or by a group at the last sign-in."""
    platform_admin_by_hand = models.BooleanField(default=False)
    email_verified = models.BooleanField(default=False)
    """The issuer vouches for the e-mail address."""
    issuer_groups = models.JSONField(default=list, blank=True)
    """As the issuer named them at the last sign-in: changed group rules are applied to these."""
    groups_seen_at = models.DateTimeField(null=True)

    objects = PeopleManager()  # type: ignore[misc]  # django-stubs knows the parent's only

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"],
                condition=~models.Q(subject=""),
                name="one_user_per_subject",
            ),
        ]

    @property
    def stands_above_tenants(self) -> bool:
        """A platform administrator, also behind a token for some tenants only."""
        return self.is_platform_admin or self.reach.above

    def within(self, reach: Reach) -> Self:
        """The same person, reaching no further than that."""
        self.reach = reach
        self.is_platform_admin = self.is_platform_admin and reach.includes_the_platform
        return self

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.reach.is_everything:
            raise RuntimeError(
                "A person behind a narrow token is not the whole row: fetch it anew."
            )
        super().save(*args, **kwargs)


class StoredRule(models.Model):
    """A rule of the group mapping that is edited in the page: see group_rules.py."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    pattern = models.CharField(max_length=200)
    tenant = models.CharField(max_length=40, blank=True)
    role = models.CharField(max_length=20)
    description = models.CharField(max_length=200, blank=True)
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField(default=now)
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["created_at", "id"]


class RuleSet(Reconciled):
    """The one row that says whether the rules in force have reached everybody who is known."""

    ONLY = 1
    id = models.PositiveSmallIntegerField(primary_key=True)
    changed_by = models.CharField(max_length=150, blank=True)

    objects = ReconciledQuerySet["RuleSet"].as_manager()

    @classmethod
    def lock(cls) -> None:
        """Until the end of the transaction. SQLite's are IMMEDIATE and wait by themselves."""
        cls.objects.get_or_create(pk=cls.ONLY)
        cls.objects.select_for_update().get(pk=cls.ONLY)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, at: datetime) -> Self:
        """Not expired, of an active person, and reaching something that the person is in."""
        alive = (
            Q(all_tenants=True)
            | Q(user__is_platform_admin=True, pk__in=TokenTenant.objects.values("token"))
            | Q(
                pk__in=TokenTenant.objects.filter(
                    token__user__memberships__tenant_id=F("tenant_id")
                ).values("token")
            )
        )
        return self.filter(alive, expires_at__gt=at, user__is_active=True)

    def reaching(self, tenant_id: UUID) -> Self:
        """Made for this tenant, or for all of a person that is in it."""
        return self.filter(
            Q(pk__in=TokenTenant.objects.filter(tenant_id=tenant_id).values("token"))
            | Q(all_tenants=True, user__in=User.objects.filter(memberships__tenant_id=tenant_id))
        )


def every_verb() -> list[str]:
    return list(VERBS)


class ApiToken(models.Model):
    """What a script signs in with. Only a hash of it is kept.

    It is for all tenants of its owner, or for those in `limits`, and never for more than the owner
    may at the moment of the call.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=45, blank=True, default="")
    verbs = models.JSONField(default=every_verb)
    all_tenants = models.BooleanField(default=True)

    objects = ApiTokenQuerySet.as_manager()

    @property
    def reach(self) -> Reach:
        tenants = None
        if not self.all_tenants:
            tenants = frozenset(one.tenant_id for one in self.limits.all())
        return Reach(
            verbs=known_verbs(self.verbs),
            tenants=tenants,
            above=self.user.is_platform_admin,
            until=self.expires_at,
        )


class TokenTenant(models.Model):
    """A tenant that a token is for. An id, no foreign key: accounts know nothing of tenants."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="limits")
    tenant_id = models.UUIDField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token", "tenant_id"], name="one_limit_per_tenant"),
        ]


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Tokens are random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()
