"""Who may use which tool: asked at the door, and again while a connection lasts.

Plain functions of the database, run in the thread pool.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from datalab.accounts.authentication import user_of_bearer
from datalab.accounts.models import TOKEN_PREFIX, ApiToken, User, digest_of
from datalab.accounts.reach import Verb
from datalab.core.errors import NotAllowed, NotFound, NotSignedIn, TenantSuspended
from datalab.gate.models import OPENERS, DoorPass
from datalab.gate.tickets import Right, RightKind, Ticket
from datalab.launcher.lifecycle import Phase, Wanted
from datalab.launcher.models import Service
from datalab.tenants.models import Membership
from datalab.tenants.scope import check_active

NO_SUCH_TOOL = "There is no such tool, or it is not yours."
VIEWERS_LOOK_ON = "A viewer sees a tenant's tools but cannot open them; ask its admin for more."
ONLY_READS = "This token only reads. To open a tool it needs the verb write."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Somebody may come in. `wanted` says whether there is anything to come in to."""

    ticket: Ticket
    wanted: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a service is, for somebody who may use it but cannot reach it."""

    name: str
    phase: Phase
    message: str
    suspended: bool = False
    """Its tenant is, or is being deleted: `message` says so, and nobody in it can change that."""


def enter_with_pass(label: str, secret: str, at: datetime) -> Entry | None:
    """None for any pass that does not open this service, whatever the cause."""
    held = (
        DoorPass.objects.good(at)
        .filter(digest=digest_of(secret), service__host=label)
        .select_related("service__tenant", "user")
        .first()
    )
    if held is None:
        return None
    right = Right(kind=RightKind.PASS, id=str(held.id), service=str(held.service_id))
    return _entry(held.service, held.user, right)


def enter_with_token(label: str, token: str, at: datetime, *, address: str = "") -> Entry:
    """Raises NotSignedIn for a bad token, NotFound for another tenant's service.

    Whoever is in a tool acts with the tenant's data: that is to write.
    """
    user = user_of_bearer(token, address=address)
    if Verb.WRITE not in user.reach.verbs:
        raise NotAllowed(ONLY_READS)
    row = ApiToken.objects.usable(at).filter(digest=digest_of(token)).first()
    if row is None:
        raise NotSignedIn("This token was revoked.")
    service = find_tool(user, label)
    return _entry(
        service, user, Right(kind=RightKind.TOKEN, id=str(row.id), service=str(service.id))
    )


def is_our_token(token: str) -> bool:
    """Other tokens are the tool's own business."""
    return token.startswith(TOKEN_PREFIX)


def find_tool(user: User, label: str) -> Service:
    """The service at that host, if the user may open it. Raises NotFound or NotAllowed."""
    service = (
        Service.objects.visible_to(user)
        .exclude(wanted=Wanted.REMOVED.value)
        .select_related("tenant")
        .filter(host=label)
        .first()
    )
    if service is None or not user.is_active:
        raise NotFound(NO_SUCH_TOOL)
    if not may_open(user, service):
        raise NotAllowed(VIEWERS_LOOK_ON)
    return service


def tenant_at(label: str) -> UUID | None:
    """Whose tool the host stands for, whoever asks. None where there is none."""
    services = Service.objects.filter(host=label).exclude(wanted=Wanted.REMOVED.value)
    return services.values_list("tenant_id", flat=True).first()


def may_open(user: User, service: Service) -> bool:
    if user.stands_above_tenants:
        return True
    return Membership.objects.filter(user=user, tenant=service.tenant_id, role__in=OPENERS).exists()


def still_good(rights: Collection[Right], at: datetime) -> set[Right]:
    """Those whose connections may go on: the right is there and the service is meant to run."""
    by_kind: dict[RightKind, set[Right]] = {kind: set() for kind in RightKind}
    for right in rights:
        by_kind[right.kind].add(right)
    return _good_passes(by_kind[RightKind.PASS], at) | _good_tokens(by_kind[RightKind.TOKEN], at)


def standing_of(service_id: str) -> Standing | None:
    """None where it is gone."""
    service = Service.objects.select_related("tenant").filter(pk=service_id).first()
    if service is None or service.wanted == Wanted.REMOVED.value:
        return None
    try:
        check_active(service.tenant)
    except TenantSuspended as why:
        return Standing(name=service.name, phase=service.phase, message=why.detail, suspended=True)
    return Standing(name=service.name, phase=service.phase, message=service.reason_message)


def insiders(
    users: Iterable[int], tenants: Iterable[UUID], *, roles: Collection[str]
) -> set[tuple[int, UUID]]:
    """Which of the users are, in which of the tenants, in one of the roles. Admins stand above."""
    users, tenants = set(users), set(tenants)
    members = Membership.objects.filter(user__in=users, tenant__in=tenants, role__in=roles)
    found = set(members.values_list("user_id", "tenant_id"))
    admins = User.objects.filter(pk__in=users, is_active=True, is_platform_admin=True)
    found.update((pk, one) for pk in admins.values_list("pk", flat=True) for one in tenants)
    return found


def _good_passes(rights: set[Right], at: datetime) -> set[Right]:
    if not rights:
        return set()
    held = DoorPass.objects.good(at).filter(
        pk__in=[right.id for right in rights], service__wanted=Wanted.RUNNING.value
    )
    rows = held.values_list("id", "service_id")
    return rights & {
        Right(kind=RightKind.PASS, id=str(pk), service=str(service)) for pk, service in rows
    }


def _good_tokens(rights: set[Right], at: datetime) -> set[Right]:
    if not rights:
        return set()
    rows = ApiToken.objects.usable(at).filter(pk__in=[right.id for right in rights])
    tokens = {str(row.pk): row for row in rows.select_related("user").prefetch_related("limits")}
    services = Service.objects.filter(
        pk__in=[right.service for right in rights], wanted=Wanted.RUNNING.value
    )
    tenants = {str(pk): tenant for pk, tenant in services.values_list("pk", "tenant_id")}
    owners = (row.user_id for row in tokens.values())
    inside = insiders(owners, tenants.values(), roles=OPENERS)

    def is_good(token: ApiToken, tenant: UUID) -> bool:
        return (token.user_id, tenant) in inside and token.reach.covers(tenant)

    return {
        right
        for right in rights
        if right.id in tokens
        and right.service in tenants
        and is_good(tokens[right.id], tenants[right.service])
    }


def _entry(service: Service, user: User, right: Right) -> Entry:
    ticket = Ticket(right=right, ref=service.ref, username=user.username)
    return Entry(ticket=ticket, wanted=Wanted(service.wanted))
