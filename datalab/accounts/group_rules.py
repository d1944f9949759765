"""Which groups give what: the installation's rules, and those that are edited in the page.

The installation's are regular expressions in a setting, always in force and only read here: so
nobody can lock everybody out. The page's are added to them. They have no order: what all rules
give adds up, and of several roles in a tenant the highest counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from datalab.accounts import patterns
from datalab.accounts.models import RuleSet, StoredRule, User
from datalab.accounts.profile import (
    GroupRule,
    Profile,
    grants_of,
    parse_rules,
    profile_from,
)
from datalab.accounts.tasks import apply_group_rules
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.errors import Conflict, InvalidInput, NotFound
from datalab.core.later import after_commit
from datalab.providers.identity.base import Identity

MOST_RULES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A rule as somebody has written it."""

    pattern: str
    tenant: str
    role: str
    description: str = ""

    def as_rule(self) -> GroupRule:
        """ValueError with a sentence where it cannot be one."""
        return GroupRule.of(patterns.compiled(self.pattern), tenant=self.tenant, role=self.role)


def installed() -> tuple[GroupRule, ...]:
    return parse_rules(settings.GROUP_RULES)


def in_force() -> tuple[GroupRule, ...]:
    return (*installed(), *(draft_of(row).as_rule() for row in StoredRule.objects.all()))


def profile_of(identity: Identity) -> Profile:
    return profile_from(identity, in_force())


def draft_of(row: StoredRule) -> Draft:
    return Draft(pattern=row.pattern, tenant=row.tenant, role=row.role, description=row.description)


def checked(drafts: Sequence[Draft]) -> tuple[GroupRule, ...]:
    """All of them as rules, or InvalidInput that names the wrong one."""
    if len(drafts) > MOST_RULES:
        raise InvalidInput(f"At most {MOST_RULES} rules can be kept.")
    rules = []
    for number, draft in enumerate(drafts):
        try:
            rules.append(draft.as_rule())
        except ValueError as error:
            where = f"rules[{number}]" if len(drafts) > 1 else "pattern"
            raise InvalidInput(f"{draft.pattern}: {error}.", fields={where: str(error)}) from None
    return tuple(rules)


@transaction.atomic
def create_rule(*, draft: Draft, by: User) -> StoredRule:
    _change_together()
    checked([draft])
    if StoredRule.objects.count() >= MOST_RULES:
        raise Conflict(f"There are {MOST_RULES} rules already. Delete one that is not used.")
    row = StoredRule.objects.create(**_columns(draft), changed_by=by.username)
    record(
        EventType.GROUP_RULE_CREATED, actor=by.username, after=_columns(draft), name=draft.pattern
    )
    _apply(by)
    return row


@transaction.atomic
def change_rule(*, rule_id: UUID, draft: Draft, by: User) -> StoredRule:
    _change_together()
    row = find(rule_id)
    before = _columns(draft_of(row))
    checked([draft])
    StoredRule.objects.filter(pk=row.pk).update(
        **_columns(draft), changed_by=by.username, changed_at=now()
    )
    record(
        EventType.GROUP_RULE_CHANGED,
        actor=by.username,
        before=before,
        after=_columns(draft),
        name=draft.pattern,
    )
    _apply(by)
    row.refresh_from_db()
    return row


@transaction.atomic
def delete_rule(*, rule_id: UUID, by: User) -> None:
    _change_together()
    row = find(rule_id)
    before = _columns(draft_of(row))
    row.delete()
    record(EventType.GROUP_RULE_DELETED, actor=by.username, before=before, name=before["pattern"])
    _apply(by)


def find(rule_id: UUID) -> StoredRule:
    row = StoredRule.objects.filter(pk=rule_id).first()
    if row is None:
        raise NotFound("There is no such rule.")
    return row


def administers(user: User, rules: Sequence[GroupRule]) -> bool:
    """Whether they would be a platform administrator by these rules, or are one by hand."""
    if user.platform_admin_by_hand:
        return True
    if user.groups_seen_at is None:
        return user.is_platform_admin
    return administers_by_groups(user, rules)


def administers_by_groups(user: User, rules: Sequence[GroupRule]) -> bool:
    return grants_of(user.issuer_groups, rules).platform_admin


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "pattern": draft.pattern,
        "tenant": draft.tenant,
        "role": draft.role,
        "description": draft.description,
    }


def _change_together() -> None:
    """One change of rules or of platform administrators after the other."""
    RuleSet.lock()


def _apply(by: User) -> None:
    """To everybody who is known, and not only at their next sign-in. Refused without an admin."""
    rules = in_force()
    if not any(administers(one, rules) for one in User.objects.filter(is_active=True)):
        raise Conflict(
            "No platform administrator would be left. Give the right to somebody by hand first."
        )
    RuleSet.objects.filter(pk=RuleSet.ONLY).update(changed_by=by.username)
    RuleSet.objects.filter(pk=RuleSet.ONLY).wake(now())
    after_commit(apply_group_rules.delay)
