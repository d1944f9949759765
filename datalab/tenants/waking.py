from django.utils.timezone import now

from datalab.core.later import after_commit
from datalab.tenants.models import Tenant
from datalab.tenants.tasks import reconcile_tenant


def wake(tenant: Tenant) -> None:
    """What it should be has changed: a worker makes it true once that is committed."""
    Tenant.objects.filter(pk=tenant.pk).wake(now())
    after_commit(reconcile_tenant.delay, str(tenant.pk))
