"""Whose a service is, and what becomes of it when its owner may not run it any more."""

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from datalab.accounts.models import User
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.errors import Conflict, InvalidInput
from datalab.core.later import after_commit
from datalab.launcher import metering
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service
from datalab.launcher.owner import end_use
from datalab.launcher.reservation import move_to
from datalab.launcher.tasks import reconcile_service
from datalab.launcher.timeline import note_change
from datalab.providers.secrets.paths import USERS
from datalab.tenants.lifecycle import Fate, ServicesFate
from datalab.tenants.models import Membership, Tenant


def settle(*, tenant: Tenant, user: User, fate: Fate, by: str) -> None:
    """What an admin has decided on about the services of somebody who leaves. In a transaction."""
    left = Service.objects.filter(tenant=tenant, owner=user).exclude(wanted=Wanted.REMOVED.value)
    heir = _heir(tenant, fate.heir) if fate.services is ServicesFate.HAND_OVER else None
    for service in left.select_related("tenant", "owner"):
        if heir is not None:
            _give(service, heir, by)
        elif fate.services is ServicesFate.REMOVE:
            end_use(service, Wanted.REMOVED, by=by)
        elif service.wanted == Wanted.RUNNING:
            end_use(service, Wanted.PAUSED, by=by)
        _wake(service)


def pause_all_of(user: User, *, by: str) -> None:
    """In whatever tenant they are: the person is locked. In a transaction."""
    for service in Service.objects.filter(owner=user, wanted=Wanted.RUNNING.value):
        end_use(service, Wanted.PAUSED, by=by)
        _wake(service)


@transaction.atomic
def hand_over(*, service: Service, to: str, by: User) -> None:
    """It restarts as the heir's own, without any personal secret of the former owner."""
    current = Service.objects.select_for_update(of=("self",)).get(pk=service.pk)
    if current.wanted == Wanted.REMOVED:
        raise Conflict("This service is being removed.")
    heir = _heir(current.tenant, to)
    if heir.pk != current.owner_id:
        _give(current, heir, by.username)
        _wake(current)


def _heir(tenant: Tenant, username: str) -> User:
    runners = Membership.objects.runners().filter(tenant=tenant, user__username=username)
    row = runners.select_related("user").first()
    if row is None:
        raise InvalidInput(
            "Services are handed over to a member or admin of the same tenant.",
            fields={"to": "is no member who may run services"},
        )
    return row.user


def _give(service: Service, heir: User, by: str) -> None:
    personal = [path for path in service.secrets if path.startswith(f"{USERS}/")]
    move_to(service, heir)
    row = Service.objects.filter(pk=service.pk)
    row.update(
        secrets=[path for path in service.secrets if path not in personal],
        plan_again=True,
        restarts=F("restarts") + 1,
    )
    row.wake(now())
    metering.keep(service.pk)
    note_change(row.get())
    record(
        EventType.SERVICE_HANDED_OVER,
        actor=by,
        tenant_id=service.tenant_id,
        before={"owner": service.owner.username},
        after={"owner": heir.username},
        service=service.name,
        chart=service.chart,
        personal_dropped=len(personal),
    )


def _wake(service: Service) -> None:
    after_commit(reconcile_service.delay, str(service.pk))
