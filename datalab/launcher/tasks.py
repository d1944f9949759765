"""Celery's way in. A task takes an id, is safe to repeat, and decides nothing."""

import structlog
from celery import shared_task
from django.utils.timezone import now

from datalab.catalog import kept
from datalab.launcher import admissions, credentials, leading, metering, owner
from datalab.launcher.drift import mend_drift
from datalab.launcher.lifecycle import LATER
from datalab.launcher.models import Service
from datalab.launcher.reconcile import reconcile
from datalab.providers import registry
from datalab.tenants.models import Tenant

log = structlog.get_logger(__name__)


@shared_task
def reconcile_service(service_id: str) -> bool:
    """False where another worker has it: that one looks again, or the sweep does."""
    if not Service.objects.claim(service_id, now()):
        return False
    service = Service.objects.select_related("tenant", "owner").get(pk=service_id)
    reconcile(service, registry.cluster_runtime(), now=now())
    return True


@shared_task
def reconcile_due_services() -> None:
    """The safety net: a lost message only delays a service, never strands it."""
    if not leading.somebody_watches(now()):
        Service.objects.look_within(LATER, now())
    at = now()
    for pk in Service.objects.due(at).unclaimed(at).to_queue(at):
        reconcile_service.delay(str(pk))


@shared_task
def refresh_secrets() -> None:
    credentials.refresh_secrets()


@shared_task
def refresh_secrets_of(tenant_id: str, path: str) -> None:
    credentials.refresh_secrets_of(tenant_id, path)


@shared_task
def pause_services_without_member() -> None:
    owner.pause_without_member()


@shared_task
def mend_admissions() -> None:
    admissions.mend_all()


@shared_task
def forget_unused_charts() -> None:
    kept.forget_unused()


@shared_task
def mend_quota_drift() -> None:
    for tenant in Tenant.objects.all():
        wrong = mend_drift(tenant)
        if wrong:
            log.error("quota_drift_mended", tenant=tenant.slug, drift=wrong)


@shared_task
def mend_usage_drift() -> None:
    """Open intervals that do not say what services hold: found, mended and told."""
    for service_id in metering.drift():
        if metering.keep(service_id):
            log.error("usage_drift_mended", service_id=str(service_id))
