"""Celery's way in. A task takes an id, is safe to repeat, and decides nothing."""

from celery import shared_task
from django.utils.timezone import now

from datalab.providers import registry
from datalab.tenants.models import Tenant
from datalab.tenants.reconcile import Outside, reconcile


@shared_task
def reconcile_tenant(tenant_id: str) -> None:
    if Tenant.objects.claim(tenant_id, now()):
        reconcile(Tenant.objects.get(pk=tenant_id), _outside(), now=now())


@shared_task
def reconcile_due_tenants() -> None:
    """The safety net: a lost message only delays a tenant, never strands it."""
    for pk in Tenant.objects.due(now()).values_list("pk", flat=True)[:100]:
        reconcile_tenant.delay(str(pk))


def _outside() -> Outside:
    return Outside(
        cluster=registry.cluster_runtime(),
        objects=registry.object_store(),
        secrets=registry.secret_store(),
    )
