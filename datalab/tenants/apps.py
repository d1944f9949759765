"""Tenants hear who has signed in: what an issuer's groups say about memberships is done here."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete

from datalab.accounts.profile import Grants
from datalab.accounts.signals import signed_in


class TenantsConfig(AppConfig):
    name = "datalab.tenants"

    def ready(self) -> None:
        signed_in.connect(take_grants, dispatch_uid="tenants.take_grants")
        post_delete.connect(
            end_tokens, sender="tenants.Membership", dispatch_uid="tenants.end_tokens"
        )


def take_grants(sender: Any, *, user: Any, grants: Grants, **_: Any) -> None:
    from datalab.tenants.lifecycle import Role  # noqa: PLC0415 - models come later
    from datalab.tenants.members import replace_group_grants  # noqa: PLC0415

    roles = {tenant: Role(role) for tenant, role in grants.tenants.items()}
    replace_group_grants(user=user, grants=roles, by=user.username)


def end_tokens(sender: Any, *, instance: Any, **_: Any) -> None:
    """However a membership ends: a row that goes takes the tokens' way along."""
    from datalab.tenants.tokens import forget_tenant_of  # noqa: PLC0415 - models come later

    forget_tenant_of(user_id=instance.user_id, tenant_id=instance.tenant_id)
