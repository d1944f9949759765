"""What hangs on whose a service is: whether it may start, and the values that name the owner."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.catalog.context import secret_for
from datalab.catalog.plan import ChartVersion, LaunchRequest, plan_launch
from datalab.catalog.references import UNDEFINED
from datalab.catalog.values import value_at
from datalab.core.errors import Conflict
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service
from datalab.launcher.timeline import note_change
from datalab.providers.cluster.placement import Placement

PLATFORM = "platform"
"""The actor where nobody asked."""
AT_A_TIME = 100


def check_owner(service: Service) -> None:
    """Before it is started: Conflict where its owner may not run it."""
    if Service.objects.filter(pk=service.pk).without_member().exists():
        raise Conflict(
            f"{service.owner.username} may not run services in this tenant any more. An admin can "
            "hand this one over to another member, or remove it."
        )


def request_of(
    service: Service,
    *,
    chart: ChartVersion | None = None,
    resources: Mapping[str, str | int] | None = None,
    values: Mapping[str, Any] | None = None,
) -> LaunchRequest:
    """What was asked for when it was launched, but for what is given. `chart` None: the same files.

    Its preset stays what it was then, be it offered still or not; other resources are without it.
    """
    options = dict(service.options)
    kept: dict[str, Any] = {
        "preset": service.preset,
        "placement": Placement.from_json(service.placement),
    }
    return LaunchRequest(
        catalog=service.catalog,
        chart=service.chart,
        version=chart.version if chart else service.version,
        digest=chart.digest if chart else service.kept_id or "",
        name=service.name,
        host=service.host,
        resources=options.get("resources", {}) if resources is None else resources,
        values=options.get("values", {}) if values is None else values,
        secrets=service.secrets,
        **(kept if resources is None else {}),
    )


def plan_for_owner(service: Service) -> None:
    """After it was handed over: its values name the new owner, and the secrets that are left.

    And where the installation has changed how chosen secrets reach a tool, which its values say.
    """
    if not service.plan_again and _gets_secrets_as_planned(service):
        return
    plan = plan_launch(tenant=service.tenant, user=service.owner, request=request_of(service))
    same = Service.objects.filter(pk=service.pk, owner=service.owner)
    same = same.filter(plan_again=service.plan_again)
    same.update(values=plan.values, kept=plan.chart.digest, plan_again=False)
    service.values, service.plan_again = plan.values, False
    service.kept_id = plan.chart.digest


def _gets_secrets_as_planned(service: Service) -> bool:
    name = secret_for(service.name, service.secrets)
    planned = value_at(("datalab", "secretName"), service.values)
    return bool(planned == name or (planned is UNDEFINED and not name))


@transaction.atomic
def pause_without_member() -> int:
    """The net: also what was launched in the very moment in which its owner left."""
    running = Service.objects.without_member().filter(wanted=Wanted.RUNNING.value)
    found = list(running[:AT_A_TIME])
    for service in found:
        end_use(service, Wanted.PAUSED, by=PLATFORM)
    return len(found)


def end_use(service: Service, wanted: Wanted, *, by: str) -> None:
    """Pause or remove it because of its owner. In a transaction; the row is due at once."""
    row = Service.objects.filter(pk=service.pk)
    row.update(wanted=wanted.value)
    row.wake(now())
    note_change(row.get())
    event = EventType.SERVICE_PAUSED if wanted is Wanted.PAUSED else EventType.SERVICE_REMOVED
    record(
        event,
        actor=by,
        tenant_id=service.tenant_id,
        service=service.name,
        chart=service.chart,
        because="its owner may not run it any more",
    )
