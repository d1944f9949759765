"""What there is while the routes are asked: two tenants, a service in each, secrets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.timezone import now

from datalab.accounts.models import ApiToken, User, digest_of
from datalab.accounts.reach import Verb
from datalab.launcher.models import Service
from datalab.providers import registry
from datalab.tenants.models import Tenant


@dataclass(frozen=True, kw_only=True)
class World:
    """alice runs acme, bob works there and owns `service`, carol looks on; mallory runs globex.

    dave has signed in once and belongs nowhere.
    """

    acme: Tenant
    globex: Tenant
    service: Service
    foreign_service: Service
    token: ApiToken
    """bob's"""
    foreign_token: ApiToken

    def user(self, name: str) -> User:
        return User.objects.get(username=name)


def make_service(tenant: Tenant, owner: User, name: str) -> Service:
    return Service.objects.create(
        tenant=tenant,
        owner=owner,
        name=name,
        host=f"{name}-{tenant.slug}-abcde",
        catalog="datalab",
        chart="jupyter",
        version="1.0.0",
        wanted="running",
        observed="running",
        generation=1,
        applied_generation=1,
    )


def make_token(
    owner: User,
    token: str,
    *,
    verbs: Iterable[Verb] = tuple(Verb),
    tenants: Iterable[Tenant] | None = None,
) -> ApiToken:
    row = ApiToken.objects.create(
        user=owner,
        name="script",
        digest=digest_of(token),
        expires_at=now() + timedelta(days=1),
        verbs=[str(verb) for verb in verbs],
        all_tenants=tenants is None,
    )
    for tenant in tenants or ():
        row.limits.create(tenant_id=tenant.pk)
    return row


def refill_outside(world: World) -> None:
    """The database is rolled back after each call; what is outside of it is made anew."""
    registry._build.cache_clear()  # noqa: SLF001 - as in conftest
    for tenant in (world.acme, world.globex):
        registry.cluster_runtime().ensure_namespace(tenant.namespace, quota={})
        registry.object_store().ensure_bucket(tenant.bucket)
        registry.secret_store().ensure_tenant(tenant.slug)
        registry.secret_store().write(tenant.slug, "shared/db", {"PASSWORD": "x"}, if_version=None)
