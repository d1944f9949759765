"""On a cluster: which services' pods sign in to the secret store by themselves, and as whose.

What binds a pod to a member is its service account: each release brings one that is called like
it, names are unique in a tenant, and a pod that gets any token acts as its own (see catalog.pods).
The store is told account and namespace at every start, and the reverse before a name is free again.
"""

import structlog

from datalab.core.errors import ProviderError
from datalab.core.names import slug
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service
from datalab.providers import registry
from datalab.providers.secrets.policies import service_role_name
from datalab.tenants.models import Tenant

log = structlog.get_logger(__name__)


def admit(service: Service) -> None:
    """Before its pods start. Handed over, it may have lost all secrets: then nobody is let in."""
    if not service.secrets:
        dismiss(service)
        return
    store, tenant = registry.secret_store(), service.tenant
    # The tenant's reconciler makes it too, and may not have come to a new member yet.
    member = slug(service.owner.username)
    store.ensure_member(tenant.slug, member)
    _note(service, service_role_name(tenant.slug, service.name))
    store.admit(tenant.slug, service=service.name, member=member, namespace=tenant.namespace)


def dismiss(service: Service) -> None:
    """Nothing is asked where it was never let in: without secrets a tool needs no secret store."""
    service.refresh_from_db(fields=["secret_accessor"])
    if service.secret_accessor:
        registry.secret_store().dismiss(service.tenant.slug, service.name)
        _note(service, "")


def _note(service: Service, role: str) -> None:
    """Before it is written and after it is deleted: what is not noted is not there."""
    service.secret_accessor = role
    Service.objects.filter(pk=service.pk).update(secret_accessor=role)


def mend(tenant: Tenant) -> list[str]:
    """Make it again as the rows say. Returns the services of which the store said otherwise."""
    # The store first: what is admitted after this has had its row before.
    admitted = set(registry.secret_store().admitted(tenant.slug))
    rows = Service.objects.filter(tenant=tenant).exclude(secrets=[])
    named = set(rows.values_list("name", flat=True))
    for name in sorted(admitted - named):
        registry.secret_store().dismiss(tenant.slug, name)
    missing = [one for one in _running(tenant) if one.name not in admitted]
    for service in missing:
        admit(service)
    return sorted((admitted - named) | {service.name for service in missing})


def mend_all() -> None:
    """It ends where the store does not answer: the next round is due in minutes."""
    if not registry.cluster_runtime().injects_credentials:
        return
    for tenant in Tenant.objects.filter(provisioned=True):
        try:
            wrong = mend(tenant)
        except ProviderError as error:
            log.warning("admissions_not_mended", tenant=tenant.slug, code=error.code)
            return
        if wrong:
            log.error("admissions_mended", tenant=tenant.slug, services=wrong)


def _running(tenant: Tenant) -> list[Service]:
    """Those that have been applied: the others are let in by their start."""
    rows = Service.objects.filter(tenant=tenant, wanted=Wanted.RUNNING.value).exclude(secrets=[])
    applied = rows.filter(applied_generation__gt=0).select_related("tenant", "owner")
    return list(applied)
