"""What can be done with tenants. Each action writes what is wanted and returns."""

from functools import partial

from django.db import IntegrityError, transaction
from django.utils.timezone import now

from datalab.accounts.models import User
from datalab.audit.models import EventType
from datalab.audit.record import Detail, record
from datalab.core.errors import Conflict, InvalidInput
from datalab.core.names import TENANT_MAX, is_label
from datalab.core.quantities import from_units
from datalab.tenants.lifecycle import Kind, Role
from datalab.tenants.models import Amounts, Membership, Quota, Tenant
from datalab.tenants.tasks import reconcile_tenant


@transaction.atomic
def create_tenant(*, slug: str, display_name: str, kind: Kind, limits: Amounts, by: str) -> Tenant:
    """Write the tenant; a worker provisions its namespace, bucket and secret path."""
    if not is_label(slug, longest=TENANT_MAX):
        raise InvalidInput(
            "A tenant's name is lower-case letters, digits and hyphens, and starts with a letter.",
            fields={"slug": f"at most {TENANT_MAX} characters, such as acme-robotics"},
        )
    try:
        with transaction.atomic():
            tenant = Tenant.objects.create(
                slug=slug,
                display_name=display_name,
                kind=kind.value,
                namespace=f"dl-{slug}",
                bucket=f"dl-{slug}",
                check_after=now(),
            )
    except IntegrityError as error:
        raise Conflict(f"A tenant named {slug} exists already.") from error
    Quota.objects.create(tenant=tenant, **{f"limit_{r}": n for r, n in limits.items()})
    record(EventType.TENANT_CREATED, actor=by, tenant_id=tenant.id, tenant=slug)
    transaction.on_commit(partial(reconcile_tenant.delay, str(tenant.id)), robust=True)
    return tenant


@transaction.atomic
def set_member(
    *, tenant: Tenant, user: User, role: Role, by: str, from_groups: bool = False
) -> Membership:
    """Add a member, or change the role of one."""
    before = Membership.objects.filter(tenant=tenant, user=user).first()
    if before is not None and before.role == role.value:
        return before
    membership, created = Membership.objects.update_or_create(
        tenant=tenant, user=user, defaults={"role": role.value, "from_groups": from_groups}
    )
    record(
        EventType.MEMBER_ADDED if created else EventType.MEMBER_CHANGED,
        actor=by,
        tenant_id=tenant.id,
        before={"role": before.role} if before else None,
        after={"role": role.value},
        member=user.username,
    )
    _reprovision(tenant)
    return membership


@transaction.atomic
def remove_member(*, tenant: Tenant, user: User, by: str) -> None:
    """Their access ends with the row: every request and open connection is checked against it."""
    removed, _ = Membership.objects.filter(tenant=tenant, user=user).delete()
    if not removed:
        return
    record(EventType.MEMBER_REMOVED, actor=by, tenant_id=tenant.id, member=user.username)
    _reprovision(tenant)


@transaction.atomic
def set_limits(*, tenant: Tenant, limits: Amounts, by: str) -> Quota:
    """Below what is used is allowed: it only stops new launches."""
    quota = Quota.objects.select_for_update().get(tenant=tenant)
    before = _amounts(quota)
    Quota.objects.filter(tenant=tenant).update(**{f"limit_{r}": n for r, n in limits.items()})
    quota.refresh_from_db()
    after = _amounts(quota)
    record(
        EventType.QUOTA_CHANGED,
        actor=by,
        tenant_id=tenant.id,
        before=before,
        after=after,
    )
    return quota


@transaction.atomic
def replace_group_grants(*, user: User, grants: dict[str, Role], by: str) -> None:
    """Make the memberships that came from groups equal to `grants` (tenant slug to role).

    A membership given by hand stays, and is not lowered by a group.
    """
    known = {tenant.slug: tenant for tenant in Tenant.objects.filter(slug__in=grants)}
    held = Membership.objects.filter(user=user).select_related("tenant")
    by_hand = {one.tenant.slug for one in held if not one.from_groups}
    for one in held:
        if one.from_groups and one.tenant.slug not in grants:
            remove_member(tenant=one.tenant, user=user, by=by)
    for slug, tenant in known.items():
        if slug not in by_hand:
            set_member(tenant=tenant, user=user, role=grants[slug], by=by, from_groups=True)


def _amounts(quota: Quota) -> dict[str, Detail]:
    return {str(r): from_units(r, n) for r, n in quota.limits.items()}


def _reprovision(tenant: Tenant) -> None:
    """Members have policies of their own in the secret store."""
    Tenant.objects.filter(pk=tenant.pk).wake(now())
    transaction.on_commit(partial(reconcile_tenant.delay, str(tenant.id)), robust=True)
