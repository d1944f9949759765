"""What a request asks for, and who sees what of it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TypeVar

from rest_framework.request import Request

from datalab.accounts.models import User
from datalab.core.errors import InvalidInput
from datalab.tenants.lifecycle import Role
from datalab.tenants.models import Tenant
from datalab.usage.amounts import month_of
from datalab.usage.models import UsageInterval
from datalab.usage.report import Asked, Group, Key, Period, Report, folded

MOST_DAYS = {Period.DAY: 400, Period.MONTH: 3660}
OTHERS: Key = ("", "Others")
_DAY = timedelta(days=1)
Chosen = TypeVar("Chosen", Period, Group)


def asked_of(
    request: Request, *, tenant: Tenant | None, groups: Mapping[str, Group], today: date
) -> Asked:
    """`from` and `to` are days, both included; without them this month so far."""
    query = request.query_params
    by = _choice(query.get("by") or "day", {one.value: one for one in Period}, "by")
    group = _choice(query.get("group_by") or next(iter(groups)), groups, "group_by")
    until = _day(query.get("to"), "to", today) + _DAY
    since = _day(query.get("from"), "from", month_of(until - _DAY))
    if since >= until:
        raise InvalidInput("`from` is after `to`.", fields={"from": "must not be later than `to`"})
    most = MOST_DAYS[by]
    if (until - since).days > most:
        text = f"at most {most} days by {by}"
        raise InvalidInput(f"Too long a time: {text}.", fields={"from": text})
    return Asked(
        since=since, until=until, by=by, group=group, tenant_id=tenant.id if tenant else None
    )


def seen_by(found: Report, asked: Asked, *, user: User, role: Role) -> Report:
    """An admin sees everybody; others the tenant's sums and, by name, only themselves.

    By chart nobody is named. What others used is one row, so that the sum stays the tenant's.
    """
    if role is Role.ADMIN or asked.group is Group.CHART:
        return found
    if asked.group is Group.MEMBER:
        return folded(found, keep={user.username}, into=OTHERS)
    mine = UsageInterval.objects.filter(owner_id=user.pk)
    keep = {str(one) for one in mine.values_list("service_id", flat=True).distinct()}
    return folded(found, keep=keep, into=OTHERS)


def _day(text: str | None, name: str, default: date) -> date:
    if not text:
        return default
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _not_a_day(name) from None
    if not 2000 <= day.year <= 2999:
        raise _not_a_day(name)
    return day


def _not_a_day(name: str) -> InvalidInput:
    return InvalidInput(f"{name}: a day such as 2026-11-30.", fields={name: "such as 2026-11-30"})


def _choice(text: str, choices: Mapping[str, Chosen], name: str) -> Chosen:
    if text not in choices:
        known = ", ".join(choices)
        raise InvalidInput(f"{name}: one of {known}.", fields={name: f"one of {known}"})
    return choices[text]
