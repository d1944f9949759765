"""Who would get, lose and keep what by other group rules, before they are saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datalab.accounts.group_rules import administers
from datalab.accounts.models import User
from datalab.accounts.profile import GroupRule, grants_of
from datalab.tenants.lifecycle import Role
from datalab.tenants.models import KeptOut, Membership, Tenant

MOST_SHOWN = 200
PLATFORM = ""
"""Stands for the whole platform where rights are named by tenant."""
PLATFORM_ADMIN = "platform-admin"

Rights = Mapping[str, str]
"""Tenant's slug to role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one person's rights become. Each is a tenant and a role."""

    username: str
    display_name: str
    gains: Sequence[tuple[str, str]]
    loses: Sequence[tuple[str, str]]
    keeps: Sequence[tuple[str, str]]


@dataclass(slots=True, kw_only=True)
class Preview:
    """`unseen` have not signed in since their groups are remembered: nobody can say yet."""

    changes: list[Change] = field(default_factory=list)
    changed: int = 0
    unchanged: int = 0
    unseen: int = 0
    unknown_tenants: list[str] = field(default_factory=list)
    without_admin: list[str] = field(default_factory=list)
    platform_admins: int = 0


def preview(rules: Sequence[GroupRule]) -> Preview:
    """By the groups that everybody had at their last sign-in."""
    found = Preview()
    tenants = set(Tenant.objects.values_list("slug", flat=True))
    named, admins = set[str](), set[str]()
    held, kept_out = _memberships(), _kept_out()
    for user in User.objects.order_by("username").iterator():
        mine = held.get(user.pk, {})
        before = {slug: row.role for slug, row in mine.items()}
        after = before
        if user.groups_seen_at is None:
            found.unseen += 1
        else:
            granted = grants_of(user.issuer_groups, rules).tenants
            named |= set(granted)
            after = _after(mine, granted, tenants - kept_out.get(user.pk, set()))
        above = user.is_active and administers(user, rules)
        found.platform_admins += above
        admins |= {slug for slug, role in after.items() if user.is_active and role == Role.ADMIN}
        _note(found, user, _whole(user.is_platform_admin, before), _whole(above, after))
    found.unknown_tenants = sorted(named - tenants)
    found.without_admin = sorted(tenants - admins)
    return found


def _after(mine: Mapping[str, Membership], granted: Rights, open_to: set[str]) -> dict[str, str]:
    """As members.replace_group_grants would leave it."""
    stays = {slug: row.role for slug, row in mine.items() if not row.from_groups}
    for slug, role in granted.items():
        row = mine.get(slug)
        if slug in open_to and slug not in stays:
            stays[slug] = row.role if row is not None and row.role_by_hand else role
    return stays


def _whole(is_platform_admin: bool, rights: Rights) -> dict[str, str]:  # noqa: FBT001
    return {**rights, **({PLATFORM: PLATFORM_ADMIN} if is_platform_admin else {})}


def _note(found: Preview, user: User, before: Rights, after: Rights) -> None:
    if before == after:
        found.unchanged += 1
        return
    found.changed += 1
    if len(found.changes) < MOST_SHOWN:
        old, new = set(before.items()), set(after.items())
        found.changes.append(
            Change(
                username=user.username,
                display_name=user.get_full_name(),
                gains=sorted(new - old),
                loses=sorted(old - new),
                keeps=sorted(old & new),
            )
        )


def _memberships() -> dict[int, dict[str, Membership]]:
    held: dict[int, dict[str, Membership]] = {}
    for row in Membership.objects.select_related("tenant"):
        held.setdefault(row.user_id, {})[row.tenant.slug] = row
    return held


def _kept_out() -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for user, slug in KeptOut.objects.values_list("user_id", "tenant__slug"):
        found.setdefault(user, set()).add(slug)
    return found
