"""Tenants hear of groups: what an issuer's groups say about memberships is done here."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete

from datalab.accounts.profile import Grants
from datalab.accounts.signals import asked_in, grants_replaced, signed_in
from datalab.providers.identity.base import Identity


class TenantsConfig(AppConfig):
    name = "datalab.tenants"

    def ready(self) -> None:
        post_delete.connect(
            end_tokens, sender="tenants.Membership", dispatch_uid="tenants.end_tokens"
        )
        grants_replaced.connect(take_grants, dispatch_uid="tenants.take_grants")
        signed_in.connect(take_invitations, dispatch_uid="tenants.take_invitations")
        asked_in.connect(vouch, dispatch_uid="tenants.vouch")


def take_grants(sender: Any, *, user: Any, grants: Grants, by: str, **_: Any) -> None:
    from datalab.tenants.lifecycle import Role  # noqa: PLC0415 - models come later
    from datalab.tenants.members import replace_group_grants  # noqa: PLC0415

    roles = {tenant: Role(role) for tenant, role in grants.tenants.items()}
    replace_group_grants(user=user, grants=roles, by=by)


def end_tokens(sender: Any, *, instance: Any, **_: Any) -> None:
    """However a membership ends: a row that goes takes the tokens' way along."""
    from datalab.tenants.tokens import forget_tenant_of  # noqa: PLC0415 - models come later

    forget_tenant_of(user_id=instance.user_id, tenant_id=instance.tenant_id)


def take_invitations(sender: Any, *, user: Any, identity: Identity, **_: Any) -> None:
    from datalab.tenants.invitations import accept_all  # noqa: PLC0415

    accept_all(user=user)


def vouch(sender: Any, *, identity: Identity, user: Any, **_: Any) -> bool:
    from datalab.tenants.invitations import is_invited  # noqa: PLC0415

    return is_invited(identity, user)
