"""Secrets in OpenBao or HashiCorp Vault: KV version 2, one mount for all tenants.

Written against the API that both share: https://openbao.org/api-docs/secret/kv/kv-v2/
Deleting removes every version of a secret, so nothing of it stays behind.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import hvac
from hvac import exceptions as vault_errors

from datalab.core.errors import Conflict, ProviderRefused
from datalab.core.names import is_label
from datalab.providers.secrets import policies
from datalab.providers.secrets.base import IssuedToken, Secret
from datalab.providers.secrets.paths import is_folder, is_secret_path
from datalab.providers.secrets.vault_session import (
    PROVIDER,
    Body,
    VaultSession,
    found,
    is_lost_race,
)


class VaultSecrets:
    """`secret_id` is asked at each login: a mounted file with it may have been replaced.

    `kubernetes_auth` is where the server's Kubernetes sign-in is mounted; empty where there is none.
    """

    def __init__(
        self,
        *,
        address: str,
        role_id: str,
        secret_id: Callable[[], str],
        mount: str = "datalab",
        ca_file: str = "",
        kubernetes_auth: str = "",
    ) -> None:
        self._mount = mount
        self._roles = f"auth/{kubernetes_auth}/role" if kubernetes_auth else ""
        self._session = VaultSession(
            address=address, role_id=role_id, secret_id=secret_id, ca_file=ca_file
        )

    def __repr__(self) -> str:
        return f"VaultSecrets(mount={self._mount!r})"

    def ping(self) -> None:
        self._session.ping()

    def ensure_tenant(self, tenant: str) -> None:
        _check_label(tenant)
        name = policies.tenant_policy_name(tenant)
        self._write_policy(name, policies.tenant_policy(self._mount, tenant))

    def remove_tenant(self, tenant: str) -> None:
        # Policies first: what still runs loses its access before its secrets go.
        _check_label(tenant)
        members = policies.member_policy_prefix(tenant)
        for name in self._policies():
            if name == policies.tenant_policy_name(tenant) or name.startswith(members):
                self._remove_policy(name)
        for service in self.admitted(tenant):
            self.dismiss(tenant, service)
        for path in self.list(tenant, ""):
            self._remove(tenant, path)

    def members(self, tenant: str) -> "list[str]":
        _check_label(tenant)
        return policies.members_among(self._policies(), tenant)

    def ensure_member(self, tenant: str, member: str) -> None:
        _check_label(tenant, member)
        name = policies.member_policy_name(tenant, member)
        self._write_policy(name, policies.member_policy(self._mount, tenant, member))

    def remove_member(self, tenant: str, member: str) -> None:
        _check_label(tenant, member)
        self._remove_policy(policies.member_policy_name(tenant, member))

    def _policies(self) -> "list[str]":
        names: list[str] = self._session.as_platform(
            lambda vault: vault.sys.list_acl_policies()["data"]["keys"]
        )
        return names

    def list(self, tenant: str, prefix: str) -> list[str]:
        _check_label(tenant)
        if not is_folder(prefix):
            raise _refused_name(prefix)
        folder = prefix.rstrip("/")
        return sorted(self._below(tenant, f"{folder}/" if folder else ""))

    def read(self, tenant: str, path: str) -> Secret | None:
        _check_path(tenant, path)
        return self._session.as_platform(lambda vault: self._read(vault, tenant, path))

    def write(
        self, tenant: str, path: str, data: Mapping[str, str], *, if_version: int | None
    ) -> int:
        _check_path(tenant, path)

        def send(vault: hvac.Client) -> Body:
            try:
                written: Body = vault.secrets.kv.v2.create_or_update_secret(
                    f"{tenant}/{path}", dict(data), cas=if_version, mount_point=self._mount
                )
            except vault_errors.InvalidRequest as exc:
                if is_lost_race(exc):
                    raise Conflict("Somebody else has changed this secret. Load it again.") from exc
                raise
            return written

        return int(self._session.as_platform(send)["data"]["version"])

    def delete(self, tenant: str, path: str) -> None:
        _check_path(tenant, path)
        self._remove(tenant, path)

    def issue_token(self, tenant: str, *, member: str, display_name: str) -> IssuedToken:
        _check_label(tenant, member)
        names = [
            policies.tenant_policy_name(tenant),
            policies.member_policy_name(tenant, member),
        ]
        answer: Body = self._session.as_platform(
            lambda vault: vault.auth.token.create(
                role_name=policies.TOKEN_ROLE,
                policies=names,
                display_name=display_name,
                meta={"tenant": tenant, "member": member},
            )
        )
        issued = answer["auth"]
        return IssuedToken(
            token=issued["client_token"],
            accessor=issued["accessor"],
            expires_at=datetime.now(UTC) + timedelta(seconds=int(issued["lease_duration"])),
        )

    def renew_token(self, token: str) -> None:
        self._session.as_holder(token, lambda vault: vault.auth.token.renew_self())

    def revoke_token(self, accessor: str) -> None:
        def send(vault: hvac.Client) -> None:
            try:
                vault.auth.token.revoke_accessor(accessor)
            except vault_errors.VaultError as exc:
                # An accessor of a token that is gone already: 403 in OpenBao, 400 in older Vault.
                if "invalid accessor" not in str(exc):
                    raise

        self._session.as_platform(send)

    def admit(self, tenant: str, *, service: str, member: str, namespace: str) -> None:
        _check_label(tenant, service, member, namespace)
        if not self._roles:
            raise ProviderRefused(
                "The secret store is not set up for pods that sign in.", provider=PROVIDER
            )
        path = f"{self._roles}/{policies.service_role_name(tenant, service)}"
        role = policies.service_role(tenant, service=service, member=member, namespace=namespace)
        self._session.as_platform(lambda vault: vault.write_data(path, data=role))

    def dismiss(self, tenant: str, service: str) -> None:
        _check_label(tenant, service)
        if self._roles:
            path = f"{self._roles}/{policies.service_role_name(tenant, service)}"
            self._session.as_platform(lambda vault: vault.delete(path))

    def admitted(self, tenant: str) -> Sequence[str]:
        _check_label(tenant)
        if not self._roles:
            return []
        answer: Body | None = self._session.as_platform(lambda vault: vault.list(self._roles))
        return policies.services_among(answer["data"]["keys"], tenant) if answer else []

    def read_as(self, token: str, tenant: str, path: str) -> Secret | None:
        _check_path(tenant, path)
        return self._session.as_holder(token, lambda vault: self._read(vault, tenant, path))

    def _read(self, vault: hvac.Client, tenant: str, path: str) -> Secret | None:
        answer: Body | None = found(
            lambda: vault.secrets.kv.v2.read_secret_version(
                f"{tenant}/{path}", mount_point=self._mount, raise_on_deleted_version=True
            )
        )
        if answer is None:
            return None
        data: Mapping[str, Any] = answer["data"]["data"]
        return Secret(
            data={name: _text(value) for name, value in data.items()},
            version=int(answer["data"]["metadata"]["version"]),
        )

    def _below(self, tenant: str, folder: str) -> Iterator[str]:
        for name in self._names(tenant, folder):
            if name.endswith("/"):
                yield from self._below(tenant, folder + name)
            else:
                yield folder + name

    def _names(self, tenant: str, folder: str) -> Sequence[str]:
        answer: Body | None = self._session.as_platform(
            lambda vault: found(
                lambda: vault.secrets.kv.v2.list_secrets(
                    f"{tenant}/{folder}", mount_point=self._mount
                )
            )
        )
        return [*answer["data"]["keys"]] if answer else []

    def _remove(self, tenant: str, path: str) -> None:
        self._session.as_platform(
            lambda vault: vault.secrets.kv.v2.delete_metadata_and_all_versions(
                f"{tenant}/{path}", mount_point=self._mount
            )
        )

    def _write_policy(self, name: str, text: str) -> None:
        # Not create_or_update_policy: that is the legacy path, which our own policy does not allow.
        self._session.as_platform(lambda vault: vault.sys.create_or_update_acl_policy(name, text))

    def _remove_policy(self, name: str) -> None:
        self._session.as_platform(lambda vault: vault.sys.delete_acl_policy(name))


def _text(value: object) -> str:
    """Other programs may have stored numbers or lists: as JSON, which is how they arrived."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _check_path(tenant: str, path: str) -> None:
    """Callers check too, with better words. Here a `..` would leave the tenant."""
    _check_label(tenant)
    if not is_secret_path(path):
        raise _refused_name(path)


def _check_label(*names: str) -> None:
    for name in names:
        if not is_label(name):
            raise _refused_name(name)


def _refused_name(name: str) -> ProviderRefused:
    return ProviderRefused(f"{name[:80]!r} is no name of a secret.", provider=PROVIDER)
