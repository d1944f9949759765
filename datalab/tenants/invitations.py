"""Invitations by e-mail address: made, sent again, taken back, and accepted at the sign-in."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.timezone import now

from datalab.accounts.models import User, digest_of
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from datalab.providers.identity.base import Identity
from datalab.tenants.lifecycle import Role
from datalab.tenants.members import check_may_grant, let_in, set_member
from datalab.tenants.models import Invitation, InvitationQuerySet, Membership, Tenant

MOST_PENDING = 200


@transaction.atomic
def invite(
    *, tenant: Tenant, email: str, role: Role, valid_for: timedelta, by: User
) -> tuple[Invitation, str]:
    """The invitation, and the link which nobody can read again."""
    check_may_grant(tenant, role, by)
    address = checked_address(email)
    if tenant.invitations.pending().count() >= MOST_PENDING:
        raise Conflict(f"{MOST_PENDING} invitations are pending. Take some back first.")
    token = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            row = Invitation.objects.create(
                tenant=tenant,
                email=address,
                role=role.value,
                digest=digest_of(token),
                invited_by=by,
                expires_at=now() + valid_for,
            )
    except IntegrityError:
        raise Conflict(f"{address} is invited already: send that invitation again.") from None
    _record(EventType.INVITATION_SENT, row, by.username, role=role.value)
    return row, link_to(token)


@transaction.atomic
def send_again(
    *, tenant: Tenant, invitation_id: UUID, valid_for: timedelta, by: User
) -> tuple[Invitation, str]:
    """A new link and a new period, in the name of whoever sends it now. The old link ends."""
    row = _pending(tenant, invitation_id)
    check_may_grant(tenant, Role(row.role), by)
    token = secrets.token_urlsafe(32)
    same = Invitation.objects.pending().filter(pk=row.pk)
    if not same.update(digest=digest_of(token), invited_by=by, expires_at=now() + valid_for):
        raise NotFound("There is no such invitation.")
    row.refresh_from_db()
    _record(EventType.INVITATION_SENT_AGAIN, row, by.username, role=row.role)
    return row, link_to(token)


@transaction.atomic
def revoke(*, tenant: Tenant, invitation_id: UUID, by: User) -> None:
    check_may_grant(tenant, Role.VIEWER, by)
    row = _pending(tenant, invitation_id)
    if not Invitation.objects.pending().filter(pk=row.pk).update(revoked_at=now()):
        raise NotFound("There is no such invitation.")
    _record(EventType.INVITATION_REVOKED, row, by.username, role=row.role)


@transaction.atomic
def accept_all(*, user: User) -> None:
    """At a sign-in: whatever waits for this verified address is theirs now."""
    if user.is_active and user.email_verified:
        for row in _open_for(user.email).select_related("tenant"):
            _accept(row, user)


@transaction.atomic
def accept_link(*, token: str, user: User) -> Tenant:
    """For somebody who was signed in already. The link alone is not enough: the address counts."""
    row = Invitation.objects.select_related("tenant").filter(digest=digest_of(token)).first()
    if row is None:
        raise NotFound("There is no such invitation, or a newer one was sent.")
    if row.accepted_by_id == user.pk:
        return row.tenant
    theirs = user.email_verified and address_of(user.email) == row.email
    if not theirs:
        raise NotAllowed(
            "This invitation is for another e-mail address, or your identity provider does not "
            "vouch for yours. Sign in with the account of the invited address."
        )
    if not _open_for(user.email).filter(pk=row.pk).exists() or not _accept(row, user):
        raise Conflict("This invitation was used, taken back, or is too old. Ask for a new one.")
    return row.tenant


def is_invited(identity: Identity, user: User | None) -> bool:
    """Whether somebody without any group may come in: as a member by hand, or invited."""
    if user is not None and Membership.objects.filter(user=user, from_groups=False).exists():
        return True
    return identity.email_verified and _open_for(identity.email).exists()


def address_of(email: str) -> str:
    """As two addresses are compared: without case, where that is plain.

    Other scripts have letters that fold into Latin ones, and so into somebody else's address.
    """
    return email.lower() if email.isascii() else email


def checked_address(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        email = ""
    if not email or not email.isascii() or len(email) > 254:
        text = "must be an e-mail address in plain letters"
        raise InvalidInput(f"email: {text}", fields={"email": text})
    return address_of(email)


def link_to(token: str) -> str:
    return f"{settings.ORIGIN}/invitation/{token}"


def _accept(row: Invitation, user: User) -> bool:
    """Once, whoever is first. What somebody holds already is not lowered."""
    if (
        not Invitation.objects.pending()
        .filter(pk=row.pk)
        .update(accepted_by=user, accepted_at=now())
    ):
        return False
    held = Membership.objects.filter(tenant=row.tenant, user=user).first()
    role = Role(row.role)
    let_in(tenant=row.tenant, user=user)
    if held is None or not Role(held.role).includes(role):
        set_member(tenant=row.tenant, user=user, role=role, by=user.username, invited=True)
    # From here on it does not hang on a group, which may not let them in tomorrow.
    Membership.objects.filter(tenant=row.tenant, user=user).update(
        from_groups=False, role_by_hand=False, invited=True
    )
    _record(EventType.INVITATION_ACCEPTED, row, user.username, role=row.role)
    return True


def _open_for(email: str) -> InvitationQuerySet:
    found: InvitationQuerySet = Invitation.objects.open(now())
    return found.filter(~Q(email=""), email=address_of(email))


def _pending(tenant: Tenant, invitation_id: UUID) -> Invitation:
    row = Invitation.objects.pending().filter(tenant=tenant, pk=invitation_id).first()
    if row is None:
        raise NotFound("There is no such invitation.")
    return row


def _record(event: EventType, row: Invitation, actor: str, *, role: str) -> None:
    record(
        event,
        actor=actor,
        tenant_id=row.tenant_id,
        name=row.email,
        invited_by=row.invited_by.username,
        role=role,
    )
