"""Who and what a new embedded platform has to try things with."""

from collections.abc import Mapping
from dataclasses import dataclass

from datalab.core.quantities import Resource, to_units
from datalab.tenants.lifecycle import Role

EVERYTHING = "platform-admin"
"""The role, and the group, of an account that stands above the tenants."""
LIMITS: Mapping[Resource, int] = {
    Resource.CPU: to_units(Resource.CPU, "8"),
    Resource.MEMORY: to_units(Resource.MEMORY, "16Gi"),
    Resource.GPU: 0,
    Resource.STORAGE: to_units(Resource.STORAGE, "100Gi"),
    Resource.SERVICES: 10,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTenant:
    slug: str
    display_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """`role` is None for the platform's administrator."""

    username: str
    display_name: str
    tenant: str | None
    role: Role | None

    @property
    def group(self) -> str:
        return f"{self.tenant}:{self.role}" if self.role else EVERYTHING


TENANTS = (
    DemoTenant(slug="acme", display_name="Acme Robotics"),
    DemoTenant(slug="globex", display_name="Globex Energy"),
)
ACCOUNTS = (
    DemoAccount(username="alice", display_name="Alice", tenant="acme", role=Role.ADMIN),
    DemoAccount(username="bob", display_name="Bob", tenant="acme", role=Role.MEMBER),
    DemoAccount(username="carol", display_name="Carol", tenant="acme", role=Role.VIEWER),
    DemoAccount(username="mallory", display_name="Mallory", tenant="globex", role=Role.ADMIN),
    DemoAccount(username="erin", display_name="Erin", tenant="globex", role=Role.MEMBER),
    DemoAccount(username="admin", display_name="Platform administrator", tenant=None, role=None),
)
