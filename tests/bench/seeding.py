"""Tenants with services, many at once. Import it after Django is set up."""

from django.db import connection

from datalab.accounts.models import User
from datalab.launcher.models import Service
from datalab.tenants.models import Membership, Quota, Tenant

PER_TENANT = 10
A_PAGE = 50
"""So many tenants without a service: a page of tenants is full at every size."""
NAMED = "unit-"
BIG = "big"
"""A tenant with more services than a page shows, whatever the size."""
OF_THE_BIG_ONE = 100


def fill(size: int) -> User:
    """Until there are `size` services in a tenth as many tenants. The platform administrator."""
    root, _ = User.objects.get_or_create(username="bench-root", is_platform_admin=True)
    if not Tenant.objects.exists():
        _make([BIG], OF_THE_BIG_ONE)
        _make([f"idle-{number}" for number in range(A_PAGE)], services=0)
    there = Tenant.objects.filter(slug__startswith=NAMED).count()
    _make([name_of(number) for number in range(there, size // PER_TENANT)], PER_TENANT)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # what autovacuum would have done by then
    return root


def name_of(number: int) -> str:
    return f"{NAMED}{number:04}"


def _make(slugs: list[str], services: int) -> None:
    tenants = [
        Tenant(slug=slug, display_name=slug, namespace=slug, bucket=slug, provisioned=True)
        for slug in slugs
    ]
    Tenant.objects.bulk_create(tenants, batch_size=200)
    Quota.objects.bulk_create([Quota(tenant=one) for one in tenants], batch_size=200)
    owners = [User(username=slug, issuer="bench", subject=slug) for slug in slugs]
    User.objects.bulk_create(owners, batch_size=200)
    both = list(zip(tenants, owners, strict=True))
    Membership.objects.bulk_create(
        [Membership(tenant=one, user=owner, role="admin") for one, owner in both], batch_size=200
    )
    Service.objects.bulk_create(
        [_service(one, owner, number) for one, owner in both for number in range(services)],
        batch_size=200,
    )


def _service(tenant: Tenant, owner: User, number: int) -> Service:
    return Service(
        tenant=tenant,
        owner=owner,
        name=f"tool-{number}",
        host=f"tool-{number}-{tenant.slug}",
        catalog="datalab",
        chart="jupyter",
        version="1.0.0",
        values={"resources": {"limits": {"cpu": "1", "memory": "2Gi"}}},
        wanted="running",
        observed="running",
        generation=1,
        applied_generation=1,
    )
