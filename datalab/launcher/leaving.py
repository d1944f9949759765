"""What happens to services when their whole tenant is deleted."""

from typing import Any

from django.db import transaction
from django.utils.timezone import now

from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.later import after_commit
from datalab.core.quantities import Resource, in_words
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service
from datalab.launcher.tasks import reconcile_service
from datalab.launcher.timeline import note_change
from datalab.providers import registry
from datalab.providers.cluster.base import Volume
from datalab.tenants.models import Tenant
from datalab.tenants.signals import Told


def list_services(sender: Any, *, tenant: Tenant, **_: Any) -> Told:
    services = Service.objects.filter(tenant=tenant).select_related("owner").order_by("name")
    things = [
        {
            "kind": "services",
            "name": service.name,
            "owner": service.owner.username,
            "detail": f"{in_words(Resource.STORAGE, service.storage)} of its own storage",
        }
        for service in services
    ]
    there = {service.name for service in services}
    return Told(things=things + _left_by_removed_ones(tenant, there))


def _left_by_removed_ones(tenant: Tenant, there: set[str]) -> list[dict[str, str]]:
    """Volumes that were kept when their service was removed. ProviderError where nobody can tell."""
    return [
        {"kind": "volumes", "name": volume.name, "owner": "", "detail": _left_by(volume)}
        for volume in registry.cluster_runtime().volumes(tenant.namespace, beside=there)
    ]


def _left_by(volume: Volume) -> str:
    size = "" if volume.size is None else f"{in_words(Resource.STORAGE, volume.size)}, "
    return f"{size}kept when {volume.release} was removed"


def remove_all(sender: Any, *, tenant: Tenant, by: str, **_: Any) -> int:
    """How many are still there. Called until none is; the runtime says when one is absent."""
    services = Service.objects.filter(tenant=tenant)
    for service in services.exclude(wanted=Wanted.REMOVED.value):
        _remove(service, by)
    return services.count()


@transaction.atomic
def _remove(service: Service, by: str) -> None:
    row = Service.objects.filter(pk=service.pk).exclude(wanted=Wanted.REMOVED.value)
    if not row.update(wanted=Wanted.REMOVED.value):
        return
    Service.objects.filter(pk=service.pk).wake(now())
    note_change(Service.objects.get(pk=service.pk))
    record(
        EventType.SERVICE_REMOVED,
        actor=by,
        tenant_id=service.tenant_id,
        before={"wanted": service.wanted},
        after={"wanted": Wanted.REMOVED.value},
        service=service.name,
        chart=service.chart,
        cause="tenant deleted",
    )
    after_commit(reconcile_service.delay, str(service.pk))
