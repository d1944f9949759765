"""A secret store in memory, for tests. Obeys the same contract, policies included."""

import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from datalab.core.errors import Conflict, ProviderRefused
from datalab.core.names import is_label
from datalab.providers.secrets import policies
from datalab.providers.secrets.base import AccessRefused, IssuedToken, Secret
from datalab.providers.secrets.paths import is_folder, is_secret_path

PROVIDER = "secrets"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holder:
    accessor: str
    policies: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Role:
    namespace: str
    account: str
    policies: frozenset[str]


@dataclass(slots=True)
class MemorySecrets:
    _secrets: dict[tuple[str, str], Secret] = field(default_factory=dict, repr=False)
    _policies: dict[str, str] = field(default_factory=dict, repr=False)
    """Policy name to the beginning of the paths that it opens."""
    _roles: dict[str, _Role] = field(default_factory=dict, repr=False)
    """Of services whose pods sign in by themselves."""
    _holders: dict[str, _Holder] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def ping(self) -> None:
        """It is always there."""

    def ensure_tenant(self, tenant: str) -> None:
        _check_label(tenant)
        self._policies[policies.tenant_policy_name(tenant)] = f"{tenant}/shared/"

    def remove_tenant(self, tenant: str) -> None:
        _check_label(tenant)
        members = policies.member_policy_prefix(tenant)
        with self._lock:
            for name in list(self._policies):
                if name == policies.tenant_policy_name(tenant) or name.startswith(members):
                    del self._policies[name]
            for service in self.admitted(tenant):
                self.dismiss(tenant, service)
            for key in [key for key in self._secrets if key[0] == tenant]:
                del self._secrets[key]

    def members(self, tenant: str) -> "list[str]":
        _check_label(tenant)
        with self._lock:
            return policies.members_among(self._policies, tenant)

    def ensure_member(self, tenant: str, member: str) -> None:
        _check_label(tenant, member)
        self._policies[policies.member_policy_name(tenant, member)] = f"{tenant}/users/{member}/"

    def remove_member(self, tenant: str, member: str) -> None:
        _check_label(tenant, member)
        self._policies.pop(policies.member_policy_name(tenant, member), None)

    def list(self, tenant: str, prefix: str) -> list[str]:
        _check_label(tenant)
        if not is_folder(prefix):
            raise _refused_name(prefix)
        folder = prefix.rstrip("/")
        beginning = f"{folder}/" if folder else ""
        with self._lock:
            return sorted(p for t, p in self._secrets if t == tenant and p.startswith(beginning))

    def read(self, tenant: str, path: str) -> Secret | None:
        _check_path(tenant, path)
        return self._secrets.get((tenant, path))

    def write(
        self, tenant: str, path: str, data: Mapping[str, str], *, if_version: int | None
    ) -> int:
        _check_path(tenant, path)
        with self._lock:
            stored = self._secrets.get((tenant, path))
            version = stored.version if stored else 0
            if if_version is not None and if_version != version:
                raise Conflict("Somebody else has changed this secret. Load it again.")
            self._secrets[tenant, path] = Secret(data=dict(data), version=version + 1)
            return version + 1

    def delete(self, tenant: str, path: str) -> None:
        _check_path(tenant, path)
        self._secrets.pop((tenant, path), None)

    def issue_token(self, tenant: str, *, member: str, display_name: str) -> IssuedToken:
        _check_label(tenant, member)
        return self._issue(_opened_to(tenant, member))

    def _issue(self, names: frozenset[str]) -> IssuedToken:
        token, accessor = f"s.{secrets.token_urlsafe(18)}", secrets.token_urlsafe(18)
        self._holders[token] = _Holder(accessor=accessor, policies=names)
        expires_at = datetime.now(UTC) + timedelta(minutes=15)
        return IssuedToken(token=token, accessor=accessor, expires_at=expires_at)

    def renew_token(self, token: str) -> None:
        self._holder(token)

    def revoke_token(self, accessor: str) -> None:
        with self._lock:
            for token in [t for t, one in self._holders.items() if one.accessor == accessor]:
                del self._holders[token]

    def admit(self, tenant: str, *, service: str, member: str, namespace: str) -> None:
        _check_label(tenant, service, member, namespace)
        self._roles[policies.service_role_name(tenant, service)] = _Role(
            namespace=namespace, account=service, policies=_opened_to(tenant, member)
        )

    def dismiss(self, tenant: str, service: str) -> None:
        _check_label(tenant, service)
        self._roles.pop(policies.service_role_name(tenant, service), None)

    def admitted(self, tenant: str) -> Sequence[str]:
        _check_label(tenant)
        with self._lock:
            return policies.services_among(self._roles, tenant)

    def sign_in_as_pod(self, role: str, *, namespace: str, account: str) -> str:
        """The token that a pod gets which acts as this account and asks for this role."""
        found = self._roles.get(role)
        if found is None or (found.namespace, found.account) != (namespace, account):
            raise _access_refused()
        return self._issue(found.policies).token

    def read_as(self, token: str, tenant: str, path: str) -> Secret | None:
        _check_path(tenant, path)
        opened = [self._policies.get(name) for name in self._holder(token).policies]
        if not any(beginning and f"{tenant}/{path}".startswith(beginning) for beginning in opened):
            raise _access_refused()
        return self._secrets.get((tenant, path))

    def _holder(self, token: str) -> _Holder:
        holder = self._holders.get(token)
        if holder is None:
            raise _access_refused()
        return holder


def _opened_to(tenant: str, member: str) -> frozenset[str]:
    return frozenset(
        {policies.tenant_policy_name(tenant), policies.member_policy_name(tenant, member)}
    )


def _access_refused() -> AccessRefused:
    return AccessRefused("The secret store does not allow this.", provider=PROVIDER)


def _check_path(tenant: str, path: str) -> None:
    _check_label(tenant)
    if not is_secret_path(path):
        raise _refused_name(path)


def _check_label(*names: str) -> None:
    for name in names:
        if not is_label(name):
            raise _refused_name(name)


def _refused_name(name: str) -> ProviderRefused:
    return ProviderRefused(f"{name[:80]!r} is no name of a secret.", provider=PROVIDER)
