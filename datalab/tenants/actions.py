"""What can be done with tenants. Each action writes what is wanted and returns."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from django.db import IntegrityError, transaction
from django.utils.timezone import now

from datalab.audit.models import EventType
from datalab.audit.record import Detail, record
from datalab.core.errors import Conflict, InvalidInput
from datalab.core.later import after_commit
from datalab.core.names import TENANT_MAX, is_label
from datalab.core.quantities import Resource, to_units
from datalab.tenants.lifecycle import Kind
from datalab.tenants.models import Amounts, FormerTenant, Quota, Tenant
from datalab.tenants.slugs import candidates
from datalab.tenants.tasks import reconcile_tenant

SLUG_RESTS = timedelta(days=30)
"""How long nobody gets a deleted tenant's slug."""

DEFAULT_LIMITS: Amounts = {
    Resource.CPU: to_units(Resource.CPU, "16"),
    Resource.MEMORY: to_units(Resource.MEMORY, "64Gi"),
    Resource.GPU: 0,
    Resource.STORAGE: to_units(Resource.STORAGE, "500Gi"),
    Resource.SERVICES: 20,
}
"""What a new tenant may use where nobody has said: a handful of people at work."""


def create_tenant(
    *,
    slug: str | None = None,
    display_name: str,
    kind: Kind,
    limits: Amounts,
    by: str,
    group: str = "",
) -> Tenant:
    """Write the tenant; a worker provisions its namespace, bucket and secret path.

    Without a slug one is made of the display name.
    """
    if slug is not None and not is_label(slug, longest=TENANT_MAX):
        raise InvalidInput(
            "A tenant's name is lower-case letters, digits and hyphens, and starts with a letter.",
            fields={"slug": f"at most {TENANT_MAX} characters, such as acme-robotics"},
        )
    new = Tenant(display_name=display_name, kind=kind.value, group=group, check_after=now())
    # Of two people who make one of the same name at once the second gets the next name.
    for name in [slug] if slug is not None else islice(_free_slugs(display_name), 5):
        if not is_taken(name) and _insert(new, name, {**DEFAULT_LIMITS, **limits}, by):
            return new
    raise Conflict(f"A tenant named {slug or display_name} exists already: choose another name.")


def suggest_slug(display_name: str) -> str:
    """What a tenant of that display name would be called if it were made now."""
    return next(_free_slugs(display_name))


def _free_slugs(display_name: str) -> Iterator[str]:
    return (one for one in candidates(display_name) if not is_taken(one))


def is_taken(slug: str) -> bool:
    """Also for a while after its tenant was deleted."""
    lately = FormerTenant.objects.filter(slug=slug, deleted_at__gt=now() - SLUG_RESTS)
    return Tenant.objects.filter(slug=slug).exists() or lately.exists()


@transaction.atomic
def _insert(new: Tenant, slug: str, limits: Amounts, by: str) -> bool:
    """False where the name is not free."""
    new.slug, new.namespace, new.bucket = slug, f"dl-{slug}", f"dl-{slug}"
    try:
        with transaction.atomic():
            new.save(force_insert=True)
    except IntegrityError:
        return False
    Quota.objects.create(tenant=new, **{f"limit_{r}": n for r, n in limits.items()})
    record(EventType.TENANT_CREATED, actor=by, tenant_id=new.id, after=described(new), tenant=slug)
    after_commit(reconcile_tenant.delay, str(new.id))
    return True


@transaction.atomic
def change_tenant(
    *,
    tenant: Tenant,
    by: str,
    display_name: str | None = None,
    kind: Kind | None = None,
    group: str | None = None,
) -> Tenant:
    """What is None stays. The slug never changes: buckets and addresses are called by it."""
    current = Tenant.objects.select_for_update().get(pk=tenant.pk)
    before = described(current)
    current.display_name = current.display_name if display_name is None else display_name
    current.kind = current.kind if kind is None else kind.value
    current.group = current.group if group is None else group
    after = described(current)
    if after != before:
        current.save(update_fields=["display_name", "kind", "group"])
        record(
            EventType.TENANT_CHANGED,
            actor=by,
            tenant_id=current.id,
            before=before,
            after=after,
            tenant=current.slug,
        )
    return current


def described(tenant: Tenant) -> dict[str, Detail]:
    """What people decide about a tenant, for the audit."""
    return {"display_name": tenant.display_name, "kind": tenant.kind, "group": tenant.group}
