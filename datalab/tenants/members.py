"""Who belongs to a tenant: what is asked of it by people, and what the issuer's groups say."""

from django.db import transaction

from datalab.accounts.models import User
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from datalab.tenants.lifecycle import PAUSED, RUNNERS, Fate, Role, ServicesFate, Wanted
from datalab.tenants.models import KeptOut, Membership, Tenant
from datalab.tenants.signals import rights_lost
from datalab.tenants.waking import wake


@transaction.atomic
def add_member(*, tenant: Tenant, username: str, role: Role, by: User) -> Membership:
    """By hand: it stays whatever the groups say."""
    check_may_grant(tenant, role, by)
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise NotFound("Nobody of that name has signed in yet. Invite them by e-mail address.")
    if Membership.objects.filter(tenant=tenant, user=user).exists():
        raise Conflict(f"{username} is a member already: change the role instead.")
    let_in(tenant=tenant, user=user)
    return set_member(tenant=tenant, user=user, role=role, by=by.username)


@transaction.atomic
def change_role(
    *, tenant: Tenant, username: str, role: Role, by: User, fate: Fate = PAUSED
) -> Membership:
    check_may_grant(tenant, role, by)
    row = membership_of(tenant, username)
    if role is not Role.ADMIN:
        _check_another_admin(row)
    if role.value not in RUNNERS:
        _check_heir(row, fate)
    changed = set_member(
        tenant=tenant,
        user=row.user,
        role=role,
        by=by.username,
        from_groups=row.from_groups,
        fate=fate,
    )
    Membership.objects.filter(pk=row.pk).update(role_by_hand=row.from_groups)
    changed.refresh_from_db()
    return changed


@transaction.atomic
def dismiss(*, tenant: Tenant, username: str, by: User, fate: Fate) -> None:
    """Remove a member for good: a group does not bring them back, only an admin does."""
    check_may_grant(tenant, Role.VIEWER, by)
    row = membership_of(tenant, username)
    _check_another_admin(row)
    _check_heir(row, fate)
    remove_member(tenant=tenant, user=row.user, by=by.username, fate=fate)
    # Also who was added by hand: a group of theirs may grant the same.
    KeptOut.objects.get_or_create(tenant=tenant, user=row.user, defaults={"by": by.username[:150]})


@transaction.atomic
def set_member(
    *,
    tenant: Tenant,
    user: User,
    role: Role,
    by: str,
    from_groups: bool = False,
    invited: bool = False,
    fate: Fate = PAUSED,
) -> Membership:
    """Add a member, or change the role of one."""
    before = Membership.objects.filter(tenant=tenant, user=user).first()
    if before is not None and before.role == role.value:
        return before
    membership, created = Membership.objects.update_or_create(
        tenant=tenant,
        user=user,
        defaults={"role": role.value, "from_groups": from_groups},
        create_defaults={"role": role.value, "from_groups": from_groups, "invited": invited},
    )
    record(
        EventType.MEMBER_ADDED if created else EventType.MEMBER_CHANGED,
        actor=by,
        tenant_id=tenant.id,
        before={"role": before.role} if before else None,
        after={"role": role.value},
        member=user.username,
        source=membership.source.value,
    )
    if before is not None and role.value not in RUNNERS:
        rights_lost.send(Membership, tenant=tenant, user=user, fate=fate, by=by)
    wake(tenant)  # members have policies of their own in the secret store
    return membership


@transaction.atomic
def remove_member(*, tenant: Tenant, user: User, by: str, fate: Fate = PAUSED) -> None:
    """Their access ends with the row: every request and open connection is checked against it."""
    row = Membership.objects.filter(tenant=tenant, user=user).first()
    if row is None or not Membership.objects.filter(pk=row.pk).delete()[0]:
        return
    record(
        EventType.MEMBER_REMOVED,
        actor=by,
        tenant_id=tenant.id,
        before={"role": row.role, "source": row.source.value},
        member=user.username,
        services=fate.services.value,
        handed_over_to=fate.heir,
    )
    rights_lost.send(Membership, tenant=tenant, user=user, fate=fate, by=by)
    wake(tenant)  # members have policies of their own in the secret store


@transaction.atomic
def let_in_again(*, tenant: Tenant, username: str, by: User) -> None:
    """Groups count again, from the next sign-in."""
    check_may_grant(tenant, Role.VIEWER, by)
    user = User.objects.filter(username=username).first()
    if user is None or not let_in(tenant=tenant, user=user):
        raise NotFound("This person is not kept out.")
    record(EventType.MEMBER_LET_IN, actor=by.username, tenant_id=tenant.id, member=username)


def let_in(*, tenant: Tenant, user: User) -> bool:
    """Groups count again for this person. False where they always did."""
    return bool(KeptOut.objects.filter(tenant=tenant, user=user).delete()[0])


@transaction.atomic
def replace_group_grants(*, user: User, grants: dict[str, Role], by: str) -> None:
    """Make the memberships that came from groups equal to `grants` (tenant slug to role).

    A membership given by hand stays, and is not lowered by a group. The issuer is believed also
    where it takes a tenant's last admin away: whoever has left must not keep the key. Platform
    administrators administer that tenant then, and it is written down.
    """
    held = {
        one.tenant.slug: one
        for one in Membership.objects.filter(user=user).select_related("tenant")
    }
    kept_out = set(KeptOut.objects.filter(user=user).values_list("tenant__slug", flat=True))
    concerned = {*grants, *(slug for slug, one in held.items() if one.from_groups)}
    for tenant in Tenant.objects.filter(slug__in=concerned).order_by("pk"):
        role = None if tenant.slug in kept_out else grants.get(tenant.slug)
        _follow_groups(tenant, user, held.get(tenant.slug), role, by)


def _follow_groups(
    tenant: Tenant, user: User, held: Membership | None, role: Role | None, by: str
) -> None:
    if held is not None and not held.from_groups:
        return
    if role is None:
        remove_member(tenant=tenant, user=user, by=by)
    elif tenant.wanted == Wanted.REMOVED.value:
        return
    elif held is None or not held.role_by_hand:
        set_member(tenant=tenant, user=user, role=role, by=by, from_groups=True)
    if held is not None and held.role == Role.ADMIN.value:
        note_missing_admin(tenant, by)


def note_missing_admin(tenant: Tenant, by: str) -> None:
    if not tenant.memberships.admins().exists():
        record(EventType.TENANT_WITHOUT_ADMIN, actor=by, tenant_id=tenant.id, tenant=tenant.slug)


def check_may_grant(tenant: Tenant, role: Role, by: User) -> None:
    """Nobody gives more than they hold, and holds it now: the border was passed before the lock.

    Whoever changes members of a tenant does it one after the other, so that two admins cannot
    remove each other. SQLite's transactions are IMMEDIATE and wait by themselves.
    """
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    actor = User.objects.filter(pk=by.pk, is_active=True).first()
    if actor is None:
        raise NotAllowed("Your account is locked.")
    if actor.is_platform_admin:
        return
    held = Membership.objects.filter(tenant=tenant, user=actor).first()
    if held is None:
        raise NotFound("No such tenant.")
    if held.role != Role.ADMIN.value or not Role(held.role).includes(role):
        raise NotAllowed(f"This needs the role {Role.ADMIN} in {tenant.slug}; ask its admin.")


def membership_of(tenant: Tenant, username: str) -> Membership:
    row = tenant.memberships.select_related("user").filter(user__username=username).first()
    if row is None:
        raise NotFound("No such member.")
    return row


def _check_another_admin(row: Membership) -> None:
    others = Membership.objects.filter(tenant_id=row.tenant_id).admins().exclude(pk=row.pk)
    if row.role == Role.ADMIN.value and not others.exists():
        raise Conflict("A tenant keeps at least one admin: make somebody else one first.")


def _check_heir(row: Membership, fate: Fate) -> None:
    if fate.services is not ServicesFate.HAND_OVER:
        return
    members = Membership.objects.filter(tenant_id=row.tenant_id).runners().exclude(pk=row.pk)
    if not members.filter(user__username=fate.heir).exists():
        text = "must be another member or admin of this tenant"
        raise InvalidInput(f"hand_over_to: {text}", fields={"hand_over_to": text})
