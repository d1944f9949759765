"""Puts the demo's tenants and accounts in place. What somebody changed since stays changed."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from datalab.accounts.actions import create_token
from datalab.accounts.models import ApiToken, User, digest_of
from datalab.embedded.demo import ACCOUNTS, EVERYTHING, LIMITS, TENANTS, DemoAccount
from datalab.embedded.installation import Installation, read_json, write_private
from datalab.embedded.provider.actions import Account, ensure_client_and_accounts
from datalab.tenants.actions import create_tenant
from datalab.tenants.lifecycle import Kind
from datalab.tenants.members import set_member
from datalab.tenants.models import Tenant

SEEDED_BY = "make up"
_TOKEN_NAME = "demo"  # noqa: S105 - what it is called
_TOKEN_DAYS = timedelta(days=90)
_TOKEN_LEFT = timedelta(days=7)
"""A start draws a new token where the old one would end sooner."""


def seed(installation: Installation) -> None:
    """Repeating it changes nothing. Writes what `up` prints to `installation.accounts`, 0600."""
    kept = {one["username"]: one for one in read_json(installation.accounts).get("accounts", [])}
    # All or nothing: what a killed start has left half done would stay so.
    with transaction.atomic():
        accounts = _ensure(kept)
    write_private(installation.accounts, json.dumps({"accounts": accounts}))


def _ensure(kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    passwords = ensure_client_and_accounts(
        [_at_provider(account) for account in ACCOUNTS],
        known_passwords={name: one["password"] for name, one in kept.items()},
    )
    first_time = not Tenant.objects.exists()
    if first_time:
        _make_tenants()
    return [
        _described(account, passwords[account.username], kept, first_time=first_time)
        for account in ACCOUNTS
    ]


def _at_provider(account: DemoAccount) -> Account:
    return Account(
        username=account.username,
        display_name=account.display_name,
        email=f"{account.username}@{account.tenant or 'datalab'}.example",
        groups=[account.group],
    )


def _make_tenants() -> None:
    for tenant in TENANTS:
        create_tenant(
            slug=tenant.slug,
            display_name=tenant.display_name,
            kind=Kind.PORTFOLIO_COMPANY,
            limits=LIMITS,
            by=SEEDED_BY,
        )


def _described(
    account: DemoAccount, password: str, kept: Mapping[str, Any], *, first_time: bool
) -> dict[str, Any]:
    user = User.objects.get(username=account.username, issuer=settings.OIDC_ISSUER)
    if first_time:
        _give_role(user, account)
    return {
        "username": account.username,
        "password": password,
        "tenant": account.tenant,
        "role": str(account.role or EVERYTHING),
        "token": _token_of(user, kept.get(account.username, {}).get("token", "")),
    }


def _give_role(user: User, account: DemoAccount) -> None:
    """What the first sign-in would give, now: a token must work before anybody signed in."""
    if account.tenant is None or account.role is None:
        user.is_platform_admin = True
        user.save(update_fields=["is_platform_admin"])
        return
    set_member(
        tenant=Tenant.objects.get(slug=account.tenant),
        user=user,
        role=account.role,
        by=SEEDED_BY,
        from_groups=True,
    )


def _token_of(user: User, kept: str) -> str:
    at = now()
    usable = ApiToken.objects.usable(at + _TOKEN_LEFT).filter(user=user)
    if kept and usable.filter(digest=digest_of(kept)).exists():
        return kept
    return create_token(user=user, name=_TOKEN_NAME, valid_for=_TOKEN_DAYS, now=at)[1]
