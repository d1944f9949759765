"""Where secrets are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from datalab.core.errors import ProviderRefused


class AccessRefused(ProviderRefused):
    """A policy says no, or the token is not known any more. The store tells neither apart,
    nor what is absent from what is forbidden.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    data: Mapping[str, str]
    version: int

    def __repr__(self) -> str:
        return f"Secret(version={self.version})"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """`accessor` names the token without being able to use it: that is what the platform keeps."""

    token: str
    accessor: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"IssuedToken(accessor={self.accessor!r}, expires_at={self.expires_at:%c})"


class SecretStore(Protocol):
    """Paths are relative to a tenant: a caller cannot name another's.

    `shared/…` belongs to the tenant, `users/<member>/…` to one member.
    Every method is idempotent and raises only ProviderError, or Conflict from `write`.
    """

    def ping(self) -> None:
        """Return within a few seconds where the store works for the platform's own login."""

    def ensure_tenant(self, tenant: str) -> None:
        """Make the tenant's policy. Nothing else is needed for its paths to work."""

    def remove_tenant(self, tenant: str) -> None:
        """Remove its policies, what lets its pods sign in, and every secret below it."""

    def members(self, tenant: str) -> "list[str]":
        """Those who have a policy, sorted. Quoted: `list` is a method here."""

    def ensure_member(self, tenant: str, member: str) -> None: ...

    def remove_member(self, tenant: str, member: str) -> None:
        """Remove the member's policy; their secrets stay until the tenant goes."""

    def list(self, tenant: str, prefix: str) -> list[str]:
        """Full paths (relative to the tenant) of all secrets below `prefix`, sorted."""

    def read(self, tenant: str, path: str) -> Secret | None: ...

    def write(
        self, tenant: str, path: str, data: Mapping[str, str], *, if_version: int | None
    ) -> int:
        """Write if the stored version is still `if_version` (0: must be new, None: whatever it is).

        Returns the new version. Conflict where somebody else was first.
        """

    def delete(self, tenant: str, path: str) -> None: ...

    def issue_token(self, tenant: str, *, member: str, display_name: str) -> IssuedToken:
        """A renewable token that reads what this member may read in this tenant, no more."""

    def renew_token(self, token: str) -> None:
        """Give it its whole lifetime again. AccessRefused where it has ended."""

    def revoke_token(self, accessor: str) -> None: ...

    def admit(self, tenant: str, *, service: str, member: str, namespace: str) -> None:
        """On a cluster: this service's pods sign in by themselves and read what a token that is
        issued for the member reads.

        Its pods are those that act as the service account called like the service, in this
        namespace; nobody else's. What was said of the service before is replaced: handed over, it
        reads nothing of its former owner.
        """

    def dismiss(self, tenant: str, service: str) -> None:
        """The reverse; what was never admitted is a success."""

    def admitted(self, tenant: str) -> Sequence[str]:
        """The services that were, sorted."""

    def read_as(self, token: str, tenant: str, path: str) -> Secret | None:
        """Read with a service's own token: the store's policy decides, not our code.

        AccessRefused where it may not, or the token has ended.
        """
