"""A tenant's quota row. Taking of it and saying why it does not fit is in `datalab.quotas`."""

from datalab.tenants.models import Quota, Tenant


def quota_of(tenant: Tenant) -> Quota:
    return Quota.objects.get(tenant=tenant)
