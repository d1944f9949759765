"""Who may read what, as the store enforces it. Pure; the text of OpenBao's and Vault's policies.

KV v2 puts `data/` or `metadata/` between mount and path, and `list` counts on `metadata/` only.
Every rule ends in `/*`: `alpha*` would match `alpha2` too.
https://openbao.org/docs/concepts/policies/
"""

from collections.abc import Iterable

from datalab.core.names import is_label

TENANT_PREFIX = "tenant-"
TOKEN_ROLE = "service"  # noqa: S105 - a role's name
TOKEN_PERIOD = "15m"  # noqa: S105 - a duration
POD_AUDIENCE = "vault"
"""Of the tokens with which pods sign in: no other token of theirs is good here, nor this elsewhere."""
POD_TOKEN_LASTS = "20m"  # noqa: S105 - a duration
_JOINER = ".member-"
_SERVICE_JOINER = ".service-"
"""A slug has no dot, so no tenant can be called like another tenant's member or service."""


def tenant_policy_name(tenant: str) -> str:
    return f"{TENANT_PREFIX}{_checked(tenant)}"


def member_policy_name(tenant: str, member: str) -> str:
    return f"{member_policy_prefix(tenant)}{_checked(member)}"


def member_policy_prefix(tenant: str) -> str:
    return f"{tenant_policy_name(tenant)}{_JOINER}"


def members_among(policies: Iterable[str], tenant: str) -> list[str]:
    """Whose policies in this tenant are among these names, sorted."""
    prefix = member_policy_prefix(tenant)
    return sorted(name.removeprefix(prefix) for name in policies if name.startswith(prefix))


def service_role_name(tenant: str, service: str) -> str:
    """The role with which one service's pods sign in."""
    return f"{_service_role_prefix(tenant)}{_checked(service)}"


def services_among(roles: Iterable[str], tenant: str) -> list[str]:
    """Which of this tenant's services have a role among these names, sorted."""
    prefix = _service_role_prefix(tenant)
    return sorted(name.removeprefix(prefix) for name in roles if name.startswith(prefix))


def service_role(tenant: str, *, service: str, member: str, namespace: str) -> dict[str, object]:
    """For the pods that act as the account called like the service, in this namespace only.

    One role for each service, not one for all of a member's: nothing has to be read, changed and
    written back when services come and go, so that no two workers can undo each other's change.
    https://openbao.org/api-docs/auth/kubernetes/#createupdate-role
    """
    return {
        "bound_service_account_names": [_checked(service)],
        "bound_service_account_namespaces": [_checked(namespace)],
        "audience": POD_AUDIENCE,
        "token_policies": [tenant_policy_name(tenant), member_policy_name(tenant, member)],
        "token_ttl": POD_TOKEN_LASTS,
    }


def _service_role_prefix(tenant: str) -> str:
    return f"{tenant_policy_name(tenant)}{_SERVICE_JOINER}"


def tenant_policy(mount: str, tenant: str) -> str:
    """What every service of a tenant may: read what its members share."""
    _checked(tenant)
    return (
        f'path "{mount}/data/{tenant}/shared/*"     {{ capabilities = ["read"] }}\n'
        f'path "{mount}/metadata/{tenant}/shared/*" {{ capabilities = ["read", "list"] }}\n'
    )


def member_policy(mount: str, tenant: str, member: str) -> str:
    """What one member's services may besides: read what is that member's own."""
    _checked(tenant)
    _checked(member)
    return (
        f'path "{mount}/data/{tenant}/users/{member}/*"     {{ capabilities = ["read"] }}\n'
        f'path "{mount}/metadata/{tenant}/users/{member}/*" {{ capabilities = ["read", "list"] }}\n'
    )


def platform_policy(mount: str, kubernetes_auth: str = "kubernetes") -> str:
    """What the platform may: secrets and policies of tenants, and tokens that hold only those.

    The roles at `auth/<kubernetes_auth>` are for the platform on a cluster.
    """
    writing = '["create", "read", "update", "delete"]'
    rules = {
        f"{mount}/data/+/shared/*": writing,
        f"{mount}/data/+/users/+/*": writing,
        f"{mount}/metadata/*": '["read", "list", "delete"]',
        f"sys/policies/acl/{TENANT_PREFIX}*": writing,
        "sys/policies/acl": '["list"]',
        "sys/policies/acl/": '["list"]',
        f"auth/token/create/{TOKEN_ROLE}": '["create", "update"]',
        "auth/token/revoke-accessor": '["update"]',
        "auth/token/lookup-accessor": '["update"]',
        f"auth/{kubernetes_auth}/role/{TENANT_PREFIX}*": writing,
        f"auth/{kubernetes_auth}/role": '["list"]',
        f"auth/{kubernetes_auth}/role/": '["list"]',
    }
    return _text(rules)


def operator_policy(mount: str) -> str:
    """For upgrades only: a later release may need another mount, role, or wider platform policy.

    A self-initialized server has no root token, so this is the one way back in. Whoever holds it
    can grant anything: no running part of the platform does, only whoever installs an upgrade.
    It is no way to the secrets themselves, until it grants that, and the audit log shows it.
    """
    everything = '["create", "read", "update", "delete", "list", "sudo"]'
    rules = {
        "sys/policies/acl/*": everything,
        "sys/mounts/*": everything,
        "sys/mounts": '["read"]',
        "sys/auth/*": everything,
        "sys/auth": '["read"]',
        "sys/rotate": '["update", "sudo"]',
        f"{mount}/config": everything,
        "auth/token/roles/*": everything,
        "auth/approle/role/*": everything,
        "auth/kubernetes/*": everything,
    }
    return _text(rules)


def token_role() -> dict[str, object]:
    """Tokens for services. Orphans: they do not die with the platform's own token."""
    return {
        "allowed_policies_glob": [f"{TENANT_PREFIX}*"],
        "orphan": True,
        "renewable": True,
        "token_period": TOKEN_PERIOD,
    }


def _text(rules: dict[str, str]) -> str:
    return "".join(
        f'path "{path}" {{ capabilities = {capabilities} }}\n'
        for path, capabilities in rules.items()
    )


def _checked(name: str) -> str:
    if not is_label(name):
        raise ValueError(f"{name[:80]!r} is not a name of a tenant or member")
    return name
