"""A tenant's place in a real OpenBao and a real S3 gateway: made, filled, taken away whole."""

from datetime import timedelta

import httpx
import pytest
from django.utils.timezone import now

from datalab.accounts.models import User
from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.providers.objects.s3 import S3Objects
from datalab.tenants import removal
from datalab.tenants.models import Membership, Tenant
from datalab.tenants.outside import Outside
from datalab.tenants.reconcile import reconcile
from tests.conftest import make_tenant
from tests.parts.juicefs import Gateway
from tests.parts.openbao import OpenBao

pytestmark = [pytest.mark.embedded, pytest.mark.django_db]


def test_nothing_of_a_deleted_tenant_is_left_outside(
    openbao: OpenBao, gateway: Gateway, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "IN_A_PASS", 4)
    store, vault = gateway.objects(), openbao.secrets()
    outside = Outside(cluster=MemoryRuntime(), objects=store, secrets=vault)
    tenant = make_tenant("short-lived")
    Membership.objects.create(tenant=tenant, user=alice, role="admin")
    reconcile(tenant, outside, now=now())
    fill(store, tenant.bucket)
    vault.write(tenant.slug, "shared/db", {"PASSWORD": "x"}, if_version=None)
    vault.write(tenant.slug, "users/alice/key", {"KEY": "y"}, if_version=None)
    assert store.count(tenant.bucket, at_most=100).objects == 10

    Tenant.objects.filter(pk=tenant.pk).update(wanted="removed", removal={"by": "root"})
    passes = 0
    while (current := Tenant.objects.filter(pk=tenant.pk).first()) is not None:
        reconcile(current, outside, now=now())
        current = Tenant.objects.filter(pk=tenant.pk).first()
        assert current is None or current.error_detail == ""
        passes += 1
    assert passes == 3
    with pytest.raises(ProviderRefused):
        store.list(tenant.bucket, "")
    assert vault.list(tenant.slug, "") == []
    assert vault.members(tenant.slug) == []


def fill(store: S3Objects, bucket: str) -> None:
    with httpx.Client(trust_env=False) as client:
        for number in range(10):
            key = f"deep/{number % 3}/file-{number}"
            url = store.upload_url(bucket, key, valid_for=timedelta(hours=1))
            assert client.put(url, content=b"12345").status_code == 200
