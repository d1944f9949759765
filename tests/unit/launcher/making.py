"""Rows as they are in the middle of a service's life."""

from typing import Any

from datalab.accounts.models import User
from datalab.catalog.plan import find_chart
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service
from datalab.tenants.models import Tenant


def notebook(tenant: Tenant, owner: User, **more: Any) -> Service:
    """One that is to run, on one core. It reserves nothing."""
    return Service.objects.create(
        tenant=tenant,
        owner=owner,
        name="notebook",
        host="notebook-acme-abcde",
        catalog="datalab",
        chart="jupyter",
        version=find_chart("datalab", "jupyter", None).version,
        wanted=Wanted.RUNNING.value,
        cpu=1000,
        **more,
    )
