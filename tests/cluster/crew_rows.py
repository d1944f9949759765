"""What a test does in the crew's database by itself, each a process of its own.

python -m tests.cluster.crew_rows seed NUMBER MARK | drift
"""

# ruff: noqa: E402 - models can be imported once Django is set up

import json
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.core.management import call_command
from django.utils.timezone import now

from datalab.accounts.actions import create_token
from datalab.accounts.models import User
from datalab.launcher.drift import drift
from datalab.providers import registry
from datalab.providers.charts.binary import install_helm
from datalab.tenants.models import Membership, Quota, Tenant
from tests.cluster.layout import HELM
from tests.parts.kubernetes import patiently


def seed(number: str, mark: str) -> Mapping[str, Any]:
    """Tenants with their namespaces, one member in all of them, and that one's token."""
    call_command("migrate", verbosity=0)
    install_helm(HELM)
    cara = User.objects.create_user("cara", issuer="https://crew.test", subject="cara")
    _, token = create_token(user=cara, name="crew", valid_for=timedelta(days=1), now=now())
    slugs = [f"{mark}-{index}" for index in range(int(number))]
    for slug in slugs:
        tenant = Tenant.objects.create(
            slug=slug, display_name=slug, namespace=slug, bucket=slug, provisioned=True
        )
        Quota.objects.create(tenant=tenant, **{f"limit_{name}": 10**15 for name in _LIMITED})
        Membership.objects.create(tenant=tenant, user=cara, role="member")
        patiently(lambda slug=slug: registry.cluster_runtime().ensure_namespace(slug, quota={}))  # type: ignore[misc]
    return {"token": token, "tenants": slugs}


_LIMITED = ("cpu", "memory", "gpu", "storage", "services")


def show_drift() -> Mapping[str, Any]:
    """What the counters of each tenant's quota do not say as its rows do."""
    found = {tenant.slug: drift(tenant) for tenant in Tenant.objects.all()}
    return {slug: wrong for slug, wrong in found.items() if wrong}


def main() -> None:
    what, *words = sys.argv[1:]
    said = seed(*words) if what == "seed" else show_drift()
    print(json.dumps(said))  # noqa: T201


if __name__ == "__main__":
    main()
