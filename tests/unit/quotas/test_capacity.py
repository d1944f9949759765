from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.core.errors import ProviderUnavailable
from datalab.providers import registry
from datalab.providers.cluster.base import Capacity
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.quotas.capacity import overview
from datalab.tenants.models import Tenant

GI = 1024**3
GPU, SLICE = "nvidia.com/gpu", "nvidia.com/mig-1g.5gb"
ClientOf = Callable[[User], APIClient]

pytestmark = pytest.mark.usefixtures("acme", "globex")


@pytest.fixture
def root(db: None) -> APIClient:
    client = APIClient()
    client.force_authenticate(User.objects.create_user("root", is_platform_admin=True))
    return client


def rows(client: APIClient) -> dict[str, tuple[object, ...]]:
    """capacity, who says so, promised, used, overcommit"""
    keys = ("capacity", "told_by", "promised", "used", "overcommit")
    found = client.get("/api/v1/capacity").json()["resources"]
    return {one["resource"]: tuple(one[key] for key in keys) for one in found}


def machine(**has: object) -> None:
    """The next answer of the runtime."""
    runtime = registry.cluster_runtime()
    assert isinstance(runtime, MemoryRuntime)
    plain: dict[str, object] = {"cpu": None, "memory": None, "storage": None, "devices": {}}
    runtime.holds = Capacity(**{**plain, **has})  # type: ignore[arg-type]


def test_what_is_promised_is_the_sum_of_all_limits(root: APIClient) -> None:
    machine(cpu=8000, memory=64 * GI, devices={GPU: 2, SLICE: 4})
    root.put(
        "/api/v1/tenants/acme/quota",
        {"limits": {"gpu": 2, "devices": {GPU: 2, SLICE: 8}}},
        format="json",
    )
    found = rows(root)
    assert found["cpu"] == ("8", "runtime", "16", "0", 2.0)
    assert found["memory"] == ("64Gi", "runtime", "32Gi", "0", 0.5)
    assert found["storage"] == (None, "nobody", "200Gi", "0", None)
    assert found["gpu"] == ("2", "runtime", "2", "0", 1.0)
    assert found[SLICE] == ("4", "runtime", "8", "0", 2.0)


def test_what_an_admin_sets_counts_until_it_is_taken_away(root: APIClient) -> None:
    machine(cpu=8000)
    root.put("/api/v1/capacity", {"resources": {"cpu": "32", "storage": "1Ti"}}, format="json")
    assert rows(root)["cpu"][:2] == ("32", "admin")
    assert rows(root)["storage"][:2] == ("1Ti", "admin")
    root.put("/api/v1/capacity", {"resources": {"cpu": None}}, format="json")
    assert rows(root)["cpu"][:2] == ("8", "runtime")


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param({"services": "5"}, id="services are no capacity"),
        pytest.param({"cpu": "lots"}, id="no quantity"),
        pytest.param({"example.com/thing": "1"}, id="no device"),
    ],
)
def test_what_cannot_be_a_capacity(root: APIClient, resources: dict[str, str]) -> None:
    answer = root.put("/api/v1/capacity", {"resources": resources}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_a_runtime_that_does_not_answer_hides_nothing_else(
    monkeypatch: pytest.MonkeyPatch, acme: Tenant
) -> None:
    def silent(_: MemoryRuntime) -> Capacity:
        raise ProviderUnavailable("no answer", provider="cluster")

    monkeypatch.setattr(MemoryRuntime, "capacity", silent)
    found = {one["resource"]: one for one in overview()["resources"]}
    assert (found["cpu"]["capacity"], found["cpu"]["promised"]) == (None, "16")
