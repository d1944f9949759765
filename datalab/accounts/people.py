"""What platform administrators decide about people: who may come in, and who stands above."""

from django.db import transaction

from datalab.accounts.group_rules import administers_by_groups, in_force
from datalab.accounts.models import RuleSet, User
from datalab.accounts.signals import locked
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.errors import Conflict, NotAllowed, NotFound


@transaction.atomic
def change(
    *,
    username: str,
    by: User,
    is_active: bool | None = None,
    is_platform_admin: bool | None = None,
) -> None:
    """All of it or nothing. What is None stays."""
    if is_platform_admin is not None:
        set_platform_admin(username=username, wanted=is_platform_admin, by=by)
    if is_active is not None:
        set_active(username=username, active=is_active, by=by)


@transaction.atomic
def set_active(*, username: str, active: bool, by: User) -> User:
    """Locked, a person loses everything at once: page, API, tokens and open tools."""
    user = _found(username, by)
    if user.is_active == active:
        return user
    if not active:
        if user.pk == by.pk:
            raise Conflict("You cannot lock yourself. Ask another platform administrator.")
        _check_another(user, "lock")
    User.objects.filter(pk=user.pk).update(is_active=active)
    user.is_active = active
    record(
        EventType.PERSON_UNLOCKED if active else EventType.PERSON_LOCKED,
        actor=by.username,
        before={"is_active": not active},
        after={"is_active": active},
        member=user.username,
    )
    if not active:
        locked.send(User, user=user, by=by.username)
    return user


@transaction.atomic
def set_platform_admin(*, username: str, wanted: bool, by: User) -> User:
    """By hand, so that it does not depend on groups."""
    user = _found(username, by)
    if user.platform_admin_by_hand == wanted and user.is_platform_admin == wanted:
        return user
    if not wanted:
        if user.is_platform_admin and not user.platform_admin_by_hand:
            raise Conflict(
                "A group of theirs gives this right. Change the group mapping, or their groups."
            )
        _check_another(user, "take this right from")
    before = {"is_platform_admin": user.is_platform_admin, "by_hand": user.platform_admin_by_hand}
    user.platform_admin_by_hand = wanted
    user.is_platform_admin = wanted or administers_by_groups(user, in_force())
    user.save(update_fields=["platform_admin_by_hand", "is_platform_admin"])
    record(
        EventType.PLATFORM_ADMIN_CHANGED,
        actor=by.username,
        before=before,
        after={"is_platform_admin": user.is_platform_admin, "by_hand": wanted},
        member=user.username,
        source="hand",
    )
    return user


def _found(username: str, by: User) -> User:
    """One such change after the other, by somebody who may still make it."""
    RuleSet.lock()
    if not User.objects.platform_admins().filter(pk=by.pk).exists():
        raise NotAllowed("Only a platform administrator can do this.")
    return find(username)


def find(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise NotFound("There is nobody of that name.")
    return user


def _check_another(user: User, verb: str) -> None:
    others = User.objects.platform_admins().exclude(pk=user.pk)
    if user.is_platform_admin and user.is_active and not others.exists():
        raise Conflict(f"You cannot {verb} the last platform administrator.")
