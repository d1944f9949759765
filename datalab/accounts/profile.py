"""From what an issuer says about a person to what they may do here. Pure, and default-deny."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from datalab.accounts.patterns import LONGEST_GROUP
from datalab.providers.identity.base import Identity

PLATFORM_ADMIN = "platform-admin"
MOST_GROUPS = 1000
ROLES = ("admin", "member", "viewer")
"""The roles a group may give, the highest first."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule:
    """Groups that match `pattern` as a whole give `role` in `tenant`.

    `{name}` in tenant or role stands for the group of that name in the pattern. The role
    `platform-admin` needs no tenant.
    """

    pattern: re.Pattern[str]
    tenant: str
    role: str

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """ValueError with a sentence where the rule cannot be one."""
        if unknown := set(raw) - {"pattern", "tenant", "role"}:
            raise ValueError(f"unknown key {sorted(unknown)[0]!r}")
        try:
            pattern = re.compile(str(raw["pattern"]))
        except re.error as error:
            raise ValueError(f"pattern is no regular expression: {error}") from None
        except KeyError:
            raise ValueError("pattern is missing") from None
        return cls.of(pattern, tenant=str(raw.get("tenant") or ""), role=str(raw.get("role", "")))

    @classmethod
    def of(cls, pattern: re.Pattern[str], *, tenant: str, role: str) -> Self:
        """ValueError with a sentence where tenant or role do not fit."""
        rule = cls(pattern=pattern, tenant=tenant, role=role)
        rule._check()
        return rule

    def _check(self) -> None:
        used = {*_PLACEHOLDER.findall(self.tenant), *_PLACEHOLDER.findall(self.role)}
        if missing := used - set(self.pattern.groupindex):
            raise ValueError(f"the pattern has no group named {sorted(missing)[0]!r}")
        if not _PLACEHOLDER.search(self.role) and self.role not in {*ROLES, PLATFORM_ADMIN}:
            raise ValueError(f"role must be one of {', '.join(ROLES)} or {PLATFORM_ADMIN}")
        if self.role != PLATFORM_ADMIN and not self.tenant:
            raise ValueError("tenant is missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """`tenants` maps a tenant's slug to a role of ROLES. False where nothing was granted at all."""

    platform_admin: bool = False
    tenants: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.platform_admin or bool(self.tenants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    identity: Identity
    grants: Grants


def parse_rules(raw: Iterable[Mapping[str, Any]]) -> tuple[GroupRule, ...]:
    return tuple(GroupRule.parse(one) for one in raw)


def profile_from(identity: Identity, rules: Sequence[GroupRule]) -> Profile:
    return Profile(identity=identity, grants=grants_of(identity.groups, rules))


def grants_of(groups: Sequence[str], rules: Sequence[GroupRule]) -> Grants:
    """What these groups give; of several roles in a tenant the highest counts."""
    tenants: dict[str, str] = {}
    platform_admin = False
    for tenant, role in _matches(remembered(groups), rules):
        if role == PLATFORM_ADMIN:
            platform_admin = True
        elif role in ROLES and tenant:
            tenants[tenant] = min(role, tenants.get(tenant, role), key=ROLES.index)
    return Grants(platform_admin=platform_admin, tenants=tenants)


def remembered(groups: Sequence[str]) -> list[str]:
    """As many as are looked at and kept: an issuer may say anything."""
    return [one for one in groups if len(one) <= LONGEST_GROUP][:MOST_GROUPS]


def _matches(groups: Sequence[str], rules: Sequence[GroupRule]) -> Iterable[tuple[str, str]]:
    for group in groups:
        for rule in rules:
            if matched := rule.pattern.fullmatch(group):
                yield _filled(rule.tenant, matched), _filled(rule.role, matched)


def _filled(template: str, matched: re.Match[str]) -> str:
    return _PLACEHOLDER.sub(lambda name: matched[name[1]] or "", template)
