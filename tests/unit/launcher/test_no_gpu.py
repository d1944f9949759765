"""Asking for a GPU where there is none is refused before anything is written or reserved."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.providers import registry
from datalab.providers.cluster.base import Capacity
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.tenants.models import Quota, Tenant

BODY = {
    "chart": "jupyter",
    "name": "notebook",
    "resources": {"cpu": "1", "memory": "2Gi", "gpu": 1},
}
LAUNCH = "/api/v1/tenants/acme/services"
PREVIEW = "/api/v1/tenants/acme/charts/datalab/jupyter/preview"


@pytest.fixture
def one_machine(acme: Tenant) -> MemoryRuntime:
    """Without a GPU, and with no other machine to come."""
    Quota.objects.filter(tenant=acme).update(limit_gpu=4)
    runtime = registry.cluster_runtime()
    assert isinstance(runtime, MemoryRuntime)
    runtime.holds = Capacity(cpu=8000, memory=2**40, storage=2**40, devices={"nvidia.com/gpu": 0})
    return runtime


@pytest.mark.parametrize("address", [LAUNCH, PREVIEW])
def test_the_answer_says_what_to_do(
    client_of: Callable[[User], APIClient],
    one_machine: MemoryRuntime,
    bob: User,
    acme: Tenant,
    address: str,
) -> None:
    answer = client_of(bob).post(address, BODY, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["detail"].startswith("There is no nvidia.com/gpu here. Ask for none, ")
    assert list(answer.json()["fields"]) == ["resources.gpu"]
    assert Quota.objects.get(tenant=acme).used_gpu == 0
    assert not acme.services.exists()


def test_where_there_is_one_it_can_be_had(
    client_of: Callable[[User], APIClient], one_machine: MemoryRuntime, bob: User
) -> None:
    one_machine.holds = Capacity(cpu=1, memory=1, storage=1, devices={"nvidia.com/gpu": 1})
    assert client_of(bob).post(LAUNCH, BODY, format="json").status_code == 202
