"""Setting the provider up, at each start."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.db import transaction
from oauth2_provider.models import Application

from datalab.accounts.models import User
from datalab.embedded.provider.client import client_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`groups` as in the claim: `acme:admin`, `platform-admin`."""

    username: str
    display_name: str
    email: str
    groups: Sequence[str]


@transaction.atomic
def ensure_client_and_accounts(
    accounts: Sequence[Account], *, known_passwords: Mapping[str, str]
) -> dict[str, str]:
    """The password of each account, by user name. Repeating it changes nothing.

    An account is made with a random password, which is stored as a hash only: what the caller
    has kept of the former result is `known_passwords`. For one that it has lost a new password
    is drawn. Groups and names are set once, so that a later change of them stays.
    """
    _ensure_client()
    _follow_the_address()
    return {one.username: _ensure_account(one, known_passwords) for one in accounts}


def _ensure_client() -> None:
    Application.objects.update_or_create(
        client_id=settings.OIDC_RP_CLIENT_ID,
        defaults={
            "name": "Datalab",
            "client_secret": client_secret(),
            "hash_client_secret": True,
            "client_type": Application.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
            "algorithm": Application.RS256_ALGORITHM,
            "skip_authorization": True,
            "redirect_uris": f"{settings.ORIGIN}/oidc/callback/",
            "post_logout_redirect_uris": f"{settings.ORIGIN}/",
        },
    )


def _follow_the_address() -> None:
    """The issuer's name holds the port. Who has a password here is known under the present one."""
    own = User.objects.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    own.exclude(issuer=settings.OIDC_ISSUER).update(issuer=settings.OIDC_ISSUER)


def _ensure_account(account: Account, known: Mapping[str, str]) -> str:
    user = User.objects.filter(issuer=settings.OIDC_ISSUER, username=account.username).first()
    if user is not None and account.username in known:
        return known[account.username]
    password = secrets.token_urlsafe(12)
    if user is None:
        user = User(
            username=account.username,
            issuer=settings.OIDC_ISSUER,
            subject=str(uuid.uuid4()),
            email=account.email,
            first_name=account.display_name,
        )
        user.set_password(password)
        user.save()
        user.groups.set([Group.objects.get_or_create(name=name)[0] for name in account.groups])
        return password
    user.set_password(password)
    user.save(update_fields=["password"])
    return password
