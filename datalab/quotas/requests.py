"""Asking for more: a member asks the tenant's admins, they ask the platform's."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F

from datalab.accounts.models import User
from datalab.accounts.notifications import notify
from datalab.audit.models import EventType
from datalab.audit.record import Detail, Plain, record
from datalab.core.devices import is_device
from datalab.core.errors import Conflict, InvalidInput, NotAllowed
from datalab.core.quantities import Resource
from datalab.quotas.models import DeviceQuota, MemberQuota, QuotaRequest, Scope, State
from datalab.quotas.reserve import locked
from datalab.quotas.shortage import said, written_as
from datalab.tenants.lifecycle import Role
from datalab.tenants.models import Quota, Tenant
from datalab.tenants.waking import wake

MOST_OPEN = 10
"""How many open requests one person may have in a tenant."""
ACTOR = "quota"

More = Mapping[str, int]
"""How much more of each resource or device."""


@transaction.atomic
def ask(*, tenant: Tenant, by: User, scope: Scope, more: More, reason: str) -> QuotaRequest:
    wanted = {name: units for name, units in more.items() if units > 0}
    if not wanted:
        raise InvalidInput("Say how much more of what.", fields={"resources": "asks for nothing"})
    if scope is Scope.MEMBER and any(is_device(name) for name in wanted):
        raise InvalidInput(
            "Devices are limited for the whole tenant: one of its admins can ask for more of them.",
            fields={"resources.devices": "has no limit per member"},
        )
    mine = QuotaRequest.objects.filter(tenant=tenant, user=by, state=State.OPEN.value)
    if mine.count() >= MOST_OPEN:
        raise Conflict(f"You have {MOST_OPEN} open requests here. Withdraw one first.")
    row = QuotaRequest.objects.create(
        tenant=tenant, user=by, scope=scope.value, wanted=wanted, reason=reason
    )
    _record(EventType.QUOTA_REQUESTED, row, by.username, wanted=written(wanted), reason=reason)
    notify(
        _deciders(row),
        title=f"{by.username} asks for more in {tenant.display_name}",
        text=f"{in_words(wanted)}: {reason}",
        link=_link(row),
    )
    return row


@transaction.atomic
def withdraw(*, request: QuotaRequest, by: User) -> None:
    if not QuotaRequest.objects.settle(request.pk, State.WITHDRAWN, decided_by=by.username):
        raise _settled()
    _record(EventType.QUOTA_WITHDRAWN, request, by.username)


@transaction.atomic
def grant(
    *, request: QuotaRequest, by: User, more: More, until: datetime | None, answer: str
) -> None:
    """`more` may differ from what was asked. `until` None: for good."""
    _check_decider(request, by)
    granted = {name: units for name, units in more.items() if units > 0}
    if not granted:
        raise InvalidInput("Grant something, or refuse.", fields={"resources": "grants nothing"})
    locked(request.tenant_id)
    if not QuotaRequest.objects.settle(
        request.pk,
        State.GRANTED,
        granted=granted,
        until=until,
        answer=answer,
        decided_by=by.username,
    ):
        raise _settled()
    _raise_limits(request, granted, for_good=until is None)
    _record(
        EventType.QUOTA_GRANTED,
        request,
        by.username,
        granted=written(granted),
        until=until.isoformat() if until else None,
    )
    when = f"until {until:%d %b %Y, %H:%M} UTC" if until else "for good"
    _tell(request, "You were granted more in", f"{in_words(granted)}, {when}. {answer}".strip())


@transaction.atomic
def refuse(*, request: QuotaRequest, by: User, answer: str) -> None:
    _check_decider(request, by)
    if not QuotaRequest.objects.settle(
        request.pk, State.REFUSED, answer=answer, decided_by=by.username
    ):
        raise _settled()
    _record(EventType.QUOTA_REFUSED, request, by.username, answer=answer)
    _tell(request, "Your request was refused in", answer)


def end_grants(now: datetime) -> int:
    """Each in a transaction of its own, so that a worker can be killed between any two."""
    over = QuotaRequest.objects.temporary().filter(until__lte=now).select_related("tenant", "user")
    return sum(_end(row) for row in over.order_by("until")[:200])


@transaction.atomic
def _end(request: QuotaRequest) -> bool:
    locked(request.tenant_id)
    row = QuotaRequest.objects.filter(pk=request.pk, ended=False)
    if not row.update(ended=True):
        return False
    taken = {name: -units for name, units in request.granted.items()}
    _change(request, taken)
    _record(EventType.QUOTA_GRANT_ENDED, request, ACTOR, granted=written(request.granted))
    what = in_words(request.granted)
    _tell(request, "What you were granted has ended in", f"{what}. What runs goes on.")
    return True


def _raise_limits(request: QuotaRequest, more: More, *, for_good: bool) -> None:
    """The tenant's limits are one number each; a member's grants are kept beside their limits."""
    if request.scope == Scope.TENANT:
        _change(request, more)
        return
    row, _ = MemberQuota.objects.get_or_create(tenant=request.tenant, user=request.user)
    default = MemberQuota.objects.filter(tenant=request.tenant, user=None).first()
    base = {**(default.limits if default else {}), **row.limits}
    free = [str(name) for name in more if name not in base]
    if free:
        raise Conflict(
            f"{request.user.username} has no limit of their own for {', '.join(free)}: what is "
            "tight is the tenant's quota. Ask a platform administrator for more of it."
        )
    if for_good:
        limits = {f"limit_{name}": base[Resource(name)] + units for name, units in more.items()}
        MemberQuota.objects.filter(pk=row.pk).update(**limits)
    else:
        _change(request, more)


def _change(request: QuotaRequest, more: More) -> None:
    """Add to the limits, or take away where it is negative. The caller holds the tenant's row."""
    sizes = {name: units for name, units in more.items() if not is_device(name)}
    if request.scope == Scope.MEMBER:
        granted = {f"granted_{name}": F(f"granted_{name}") + n for name, n in sizes.items()}
        MemberQuota.objects.filter(tenant=request.tenant, user=request.user).update(**granted)
        return
    if sizes:
        limits = {f"limit_{name}": F(f"limit_{name}") + n for name, n in sizes.items()}
        Quota.objects.filter(tenant=request.tenant).update(**limits)
    for name in sorted(set(more) - set(sizes)):
        row, _ = DeviceQuota.objects.get_or_create(tenant=request.tenant, name=name)
        limit = max(0, (row.limit or 0) + more[name])
        DeviceQuota.objects.filter(pk=row.pk).update(limit=limit)
    wake(request.tenant)  # its namespace has the same limits


def _check_decider(request: QuotaRequest, by: User) -> None:
    """The view has seen to it that `by` is an admin of the tenant at least."""
    if request.scope == Scope.TENANT and not by.is_platform_admin:
        raise NotAllowed("Only a platform administrator decides about the tenant's own limits.")


def _deciders(request: QuotaRequest) -> Iterable[User]:
    if request.scope == Scope.TENANT:
        return User.objects.filter(is_platform_admin=True, is_active=True)
    admins = {"memberships__tenant": request.tenant, "memberships__role": Role.ADMIN.value}
    return User.objects.filter(is_active=True, **admins)


def _link(request: QuotaRequest) -> str:
    return f"/t/{request.tenant.slug}/quota"


def _tell(request: QuotaRequest, title: str, text: str) -> None:
    name = request.tenant.display_name
    notify([request.user], title=f"{title} {name}", text=text, link=_link(request))


def _settled() -> Conflict:
    return Conflict("This request has been decided or withdrawn meanwhile.")


def written(more: More) -> dict[str, Plain]:
    return {name: written_as(name, units) for name, units in more.items()}


def in_words(more: More) -> str:
    """Such as `4 more cpu, 2 GiB more memory`."""
    return ", ".join(f"{said(name, units)} more {name}" for name, units in more.items())


def _record(event: EventType, request: QuotaRequest, actor: str, **data: Detail) -> None:
    record(
        event,
        actor=actor,
        tenant_id=request.tenant_id,
        member=request.user.username,
        before=None,
        after=None,
        scope=request.scope,
        request=str(request.pk),
        **data,
    )
