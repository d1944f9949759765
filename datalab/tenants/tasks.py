"""Celery's way in. A task takes an id, is safe to repeat, and decides nothing."""

from celery import shared_task
from django.utils.timezone import now

from datalab.providers import registry
from datalab.tenants.models import Tenant
from datalab.tenants.outside import Outside
from datalab.tenants.reconcile import reconcile


@shared_task
def reconcile_tenant(tenant_id: str) -> None:
    """Where a pass leaves more to do at once, such as a large bucket, the next one follows."""
    if not Tenant.objects.claim(tenant_id, now()):
        return
    reconcile(Tenant.objects.get(pk=tenant_id), _outside(), now=now())
    if Tenant.objects.due(now()).filter(pk=tenant_id, failures=0).exists():
        reconcile_tenant.delay(tenant_id)


@shared_task
def reconcile_due_tenants() -> None:
    """The safety net: a lost message only delays a tenant, never strands it."""
    at = now()
    for pk in Tenant.objects.due(at).unclaimed(at).to_queue(at):
        reconcile_tenant.delay(str(pk))


def _outside() -> Outside:
    return Outside(
        cluster=registry.cluster_runtime(),
        objects=registry.object_store(),
        secrets=registry.secret_store(),
    )
