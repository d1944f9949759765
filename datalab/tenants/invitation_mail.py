"""The mail that brings somebody their invitation. The link goes to the mail server and nowhere else."""

from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings

from datalab.accounts.models import User
from datalab.core.errors import DatalabError
from datalab.providers import registry
from datalab.providers.mail.base import Mail
from datalab.tenants.lifecycle import Role
from datalab.tenants.models import Invitation

MOST_AN_HOUR = 100
"""Mails of one tenant: the platform's name is not for who wants to write to the whole world."""
AGAIN_AFTER = timedelta(minutes=5)
NO_SERVER = "This platform has no mail server."
TOO_MANY = f"{MOST_AN_HOUR} invitations of this tenant were mailed within the last hour."
JUST_NOW = "A mail went there a moment ago; its link has ended with this one."
_AS = {
    Role.ADMIN: "an administrator",
    Role.MEMBER: "a member",
    Role.VIEWER: "a viewer",
}

log = structlog.get_logger(__name__)


def mail_invitation(row: Invitation, link: str, *, at: datetime) -> str:
    """Once the invitation is committed. Empty where a mail server has taken it, else why not."""
    sender = registry.mail_sender()
    if sender is None:
        return NO_SERVER
    refused = _too_often(row, at)
    if refused:
        return refused
    try:
        sender.send(
            mail_for(
                to=row.email,
                tenant=row.tenant.display_name,
                role=Role(row.role),
                inviter=_named(row.invited_by),
                link=link,
                until=row.expires_at,
            )
        )
    except DatalabError as error:
        log.warning("invitation_not_mailed", code=error.code, why=error.detail)
        return error.detail
    Invitation.objects.filter(pk=row.pk).update(mailed_at=at)
    return ""


def mail_for(*, to: str, tenant: str, role: Role, inviter: str, link: str, until: datetime) -> Mail:
    """Pure. Names are what people have chosen: each becomes a piece of one line."""
    tenant, inviter = _line(tenant), _line(inviter)
    ends = until.astimezone(UTC)
    day = f"{ends:%A}, {ends.day} {ends:%B %Y} at {ends:%H:%M} UTC"
    text = f"""\
Hello,

{inviter} invites you to {tenant} on Datalab, as {_AS[role]}.

To accept, open this link and sign in with the account of {to}:

{link}

The invitation can be used once and ends on {day}. For anybody with another address the link opens nothing.

If you did not expect this mail, you can ignore it.

-- \n\
Datalab, {settings.ORIGIN}
"""
    return Mail(to=to, subject=f"{inviter} invites you to {tenant} on Datalab", text=text)


def _too_often(row: Invitation, at: datetime) -> str:
    of_tenant = Invitation.objects.filter(tenant=row.tenant_id)
    if of_tenant.mailed_since(at - AGAIN_AFTER).filter(email=row.email).exists():
        return JUST_NOW
    if of_tenant.mailed_since(at - timedelta(hours=1)).count() >= MOST_AN_HOUR:
        return TOO_MANY
    return ""


def _named(user: User) -> str:
    """With the address that the issuer vouches for, so that who is invited knows who it is."""
    name = user.get_full_name() or user.username
    return f"{name} ({user.email})" if user.email and user.email_verified else name


def _line(text: str) -> str:
    """Neither line breaks nor what changes how the rest is read, such as marks of direction."""
    return "".join(one if one.isprintable() else " " for one in " ".join(text.split()))
