"""Drive everybody's rights towards what the group rules give them, from their last seen groups."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from datalab.accounts.models import RuleSet, User
from datalab.accounts.profile import Grants, GroupRule, grants_of
from datalab.accounts.signals import grants_replaced
from datalab.audit.models import EventType
from datalab.audit.record import record

AT_A_TIME = 200
RECHECK = timedelta(hours=1)


def apply_rules(rules: Sequence[GroupRule], *, now: datetime) -> None:
    """Person by person: killed at any step, it begins anew and does what is left to do."""
    row = RuleSet.objects.get(pk=RuleSet.ONLY)
    last = 0
    while True:
        people = User.objects.filter(pk__gt=last, groups_seen_at__isnull=False).order_by("pk")
        found = list(people[:AT_A_TIME])
        for user in found:
            replace_grants(user, grants_of(user.issuer_groups, rules), by=row.changed_by)
        if len(found) < AT_A_TIME:
            break
        last = found[-1].pk
    same = RuleSet.objects.filter(pk=row.pk)
    same.update(claimed_until=None, applied_generation=row.generation)
    # Where somebody has changed a rule meanwhile, the row stays due.
    same.filter(generation=row.generation).update(check_after=now + RECHECK)


@transaction.atomic
def replace_grants(user: User, grants: Grants, *, by: str) -> None:
    """What groups give, and nothing that is older."""
    wanted = grants.platform_admin or user.platform_admin_by_hand
    row = User.objects.filter(pk=user.pk).exclude(is_platform_admin=wanted)
    if row.update(is_platform_admin=wanted):
        record(
            EventType.PLATFORM_ADMIN_CHANGED,
            actor=by,
            before={"is_platform_admin": not wanted},
            after={"is_platform_admin": wanted},
            member=user.username,
            source="groups",
        )
        user.is_platform_admin = wanted
        if not wanted:
            _note_missing_admin(by)
    grants_replaced.send(User, user=user, grants=grants, by=by)


def _note_missing_admin(by: str) -> None:
    """The issuer is believed, also where it takes the last one. The installation's rules remain."""
    if not User.objects.platform_admins().exists():
        record(EventType.PLATFORM_WITHOUT_ADMIN, actor=by, name="platform")
