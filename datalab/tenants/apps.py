"""Tenants hear who has signed in: what an issuer's groups say about memberships is done here."""

from typing import Any

from django.apps import AppConfig

from datalab.accounts.profile import Grants
from datalab.accounts.signals import signed_in


class TenantsConfig(AppConfig):
    name = "datalab.tenants"

    def ready(self) -> None:
        signed_in.connect(take_grants, dispatch_uid="tenants.take_grants")


def take_grants(sender: Any, *, user: Any, grants: Grants, **_: Any) -> None:
    from datalab.tenants.lifecycle import Role  # noqa: PLC0415 - models come later
    from datalab.tenants.members import replace_group_grants  # noqa: PLC0415

    roles = {tenant: Role(role) for tenant, role in grants.tenants.items()}
    replace_group_grants(user=user, grants=roles, by=user.username)
