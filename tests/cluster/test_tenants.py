"""A tenant's namespace on a real cluster: what its borders let through, and what they do not."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers import registry
from datalab.providers.cluster.base import Observed, ReleaseRef
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.providers.cluster.kubernetes.namespace import Borders
from datalab.providers.cluster.kubernetes.rights import LOOKING, rules
from datalab.providers.cluster.kubernetes.runtime import KubernetesRuntime
from datalab.providers.cluster.kubernetes.tenants import TenantNamespaces
from datalab.quotas.actions import set_limits
from datalab.tenants.models import Tenant
from datalab.tenants.outside import Outside
from datalab.tenants.reconcile import provision
from tests.cluster.tenant import Tenancy
from tests.parts.kubernetes import kubeconfig_with, patiently
from tests.parts.ports import wait_until

pytestmark = pytest.mark.kubernetes

QUOTA = {"cpu": "500m", "memory": "256Mi", "gpu": "0", "storage": "10Mi", "services": "2"}
SLICE = "nvidia.com/mig-1g.10gb"
SERVE = "echo it > index.html; exec httpd -f -p 8000"
FETCH = """
if timeout 3 wget -qO- http://{}:8000/; then echo got it; else echo got nothing; fi
exec httpd -f -p 8000
"""


@pytest.fixture
def limited(runtime: KubernetesRuntime, api: KubernetesApi) -> Any:
    tenancy = Tenancy(runtime=runtime, api=api)
    patiently(lambda: runtime.ensure_namespace(tenancy.namespace, quota=QUOTA))
    wait_until(lambda: _quota_holds(tenancy))
    yield tenancy
    api.delete(f"/api/v1/namespaces/{tenancy.namespace}")


def _quota_holds(tenancy: Tenancy) -> bool:
    """The API server refuses by what its controller has counted once, and it has heard of that."""
    vast = pod("vast", image="none", resources={"requests": {"cpu": "1000"}})
    return _refused(tenancy, [vast], "exceeded quota") == 1


def _refused(tenancy: Tenancy, asks: Sequence[Json], said: str) -> int:
    """How many of these pods it takes not, in these words. None of them is there afterwards."""
    number = sum(said in _refusal(tenancy, one) for one in asks)
    at = f"/api/v1/namespaces/{tenancy.namespace}"
    for one in asks:
        tenancy.api.delete(f"{at}/pods/{one['metadata']['name']}")
    wait_until(lambda: not {one["metadata"]["name"] for one in asks} & _pods(tenancy))
    return number


def _pods(tenancy: Tenancy) -> set[str]:
    path = f"/api/v1/namespaces/{tenancy.namespace}/pods"
    return {one["metadata"]["name"] for one in tenancy.api.list(path, metadata_only=True).items}


def pod(name: str, *, image: str, **container: Any) -> Json:
    spec = {
        "containers": [{"name": "x", "image": image, "command": ["sleep", "60"], **container}],
        "terminationGracePeriodSeconds": 0,
    }
    return {"metadata": {"name": name}, "spec": spec}


def test_a_namespace_can_be_ensured_again_and_again(tenancy: Tenancy) -> None:
    """By another process too, which remembers nothing."""
    borders = tenancy.runtime.tenants.borders
    fresh = TenantNamespaces(api=tenancy.runtime.api, borders=borders)
    fresh.ensure(tenancy.namespace, {})
    fresh.ensure(tenancy.namespace, {})


def test_somebody_elses_namespace_is_never_adopted(
    runtime: KubernetesRuntime, make_namespace: Callable[[], str], api: KubernetesApi
) -> None:
    foreign = make_namespace()
    ref = ReleaseRef(namespace=foreign, name="web")
    with pytest.raises(ProviderRefused, match="left alone"):
        runtime.ensure_namespace(foreign, quota={})
    with pytest.raises(ProviderRefused, match="left alone"):
        Tenancy(runtime=runtime, api=api).apply(ref)
    with pytest.raises(ProviderRefused, match="left alone"):
        runtime.remove_namespace(foreign)
    found = api.get(f"/api/v1/namespaces/{foreign}")
    assert found is not None
    assert "datalab.io/tenant-namespace" not in found["metadata"]["labels"]


def test_what_sets_nothing_is_admitted_under_the_quota(
    limited: Tenancy, api: KubernetesApi, tiny_image: str
) -> None:
    pods = f"/api/v1/namespaces/{limited.namespace}/pods"
    made = api.create(pods, pod("plain", image=tiny_image))
    assert made["spec"]["containers"][0]["resources"]["requests"] == {
        "cpu": "50m",
        "memory": "64Mi",
    }
    mounts = made["spec"]["containers"][0].get("volumeMounts", [])
    assert not [one for one in mounts if "serviceaccount" in one["mountPath"]]


@pytest.mark.parametrize(
    ("container", "said"),
    [
        pytest.param({"securityContext": {"privileged": True}}, "PodSecurity", id="privileged"),
        pytest.param({"resources": {"requests": {"cpu": "1"}}}, "exceeded quota", id="more cpu"),
        pytest.param(
            {"resources": {"requests": {"memory": "1Gi"}}}, "exceeded quota", id="more memory"
        ),
        pytest.param(
            {"resources": {"limits": {"nvidia.com/gpu": "1"}}}, "exceeded quota", id="a GPU"
        ),
    ],
)
def test_what_a_tenant_may_not_is_refused_by_the_cluster_too(
    limited: Tenancy, api: KubernetesApi, tiny_image: str, container: dict[str, Any], said: str
) -> None:
    pods = f"/api/v1/namespaces/{limited.namespace}/pods"
    with pytest.raises(ProviderRefused) as refused:
        api.create(pods, pod("too-much", image=tiny_image, **container))
    assert said in refused.value.__notes__[0]


def test_device_limits_follow_the_tenants(
    runtime: KubernetesRuntime, api: KubernetesApi, acme: Tenant, tiny_image: str
) -> None:
    """As a worker brings them there: one is given, raised, taken away."""
    tenancy = Tenancy(runtime=runtime, api=api)
    Tenant.objects.filter(pk=acme.pk).update(namespace=tenancy.namespace)
    device = {"resources": {"limits": {SLICE: "1"}}}
    said = f"exceeded quota: datalab, requested: requests.{SLICE}=1"
    asks = [pod(f"slice-{number}", image=tiny_image, **device) for number in range(3)]
    try:
        for limit, fitting in ((1, 1), (2, 2), (None, 0)):
            set_limits(tenant=acme, limits={}, devices={SLICE: limit}, by="root")
            patiently(lambda: provision(Tenant.objects.get(), outside(runtime)))
            beyond = len(asks) - fitting
            wait_until(lambda beyond=beyond: _refused(tenancy, asks, said) == beyond)  # type: ignore[misc]
    finally:
        api.delete(f"/api/v1/namespaces/{tenancy.namespace}")


def outside(runtime: KubernetesRuntime) -> Outside:
    return Outside(
        cluster=runtime, objects=registry.object_store(), secrets=registry.secret_store()
    )


def _refusal(tenancy: Tenancy, body: Json) -> str:
    """What the API server says against it; empty where it takes it."""
    try:
        tenancy.api.create(f"/api/v1/namespaces/{tenancy.namespace}/pods", body)
    except ProviderRefused as refused:
        return refused.__notes__[0]
    return ""


def test_storage_and_node_ports_are_refused_by_the_cluster_too(
    limited: Tenancy, api: KubernetesApi
) -> None:
    size = {"requests": {"storage": "20Mi"}}
    claim = {
        "metadata": {"name": "big"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": size},
    }
    port = {"metadata": {"name": "open"}, "spec": {"type": "NodePort", "ports": [{"port": 1}]}}
    at = f"/api/v1/namespaces/{limited.namespace}"
    for path, body in ((f"{at}/persistentvolumeclaims", claim), (f"{at}/services", port)):
        with pytest.raises(ProviderRefused) as refused:
            api.create(path, body)
        assert "exceeded quota" in refused.value.__notes__[0]


def test_tools_reach_their_own_tenant_and_no_other(tenancy: Tenancy, limited: Tenancy) -> None:
    target = tenancy.new_ref()
    tenancy.run(target, values={"run": SERVE})
    address = tenancy.pod(target)["status"]["podIP"]
    values = {"run": FETCH.format(address)}
    same, other = tenancy.new_ref(), limited.new_ref()
    tenancy.run(same, values=values)
    tenancy.logs_say(same, "got it")
    limited.run(other, values=values)
    limited.logs_say(other, "got nothing")


def test_other_parts_look_into_tenants_namespaces_and_nowhere_else(
    runtime: KubernetesRuntime,
    api: KubernetesApi,
    kubeconfig: Path,
    make_namespace: Callable[[], str],
    tmp_path: Path,
) -> None:
    tenancy, home = Tenancy(runtime=runtime, api=api), make_namespace()
    roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    api.create(roles, {"metadata": {"name": tenancy.namespace}, "rules": rules(LOOKING)})
    accounts = f"/api/v1/namespaces/{home}/serviceaccounts"
    api.create(accounts, {"metadata": {"name": "portal"}})
    # Not the role of an installation that may be there.
    borders = Borders(accounts=[(home, "portal")], role=tenancy.namespace)
    try:
        TenantNamespaces(api=runtime.api, borders=borders).ensure(tenancy.namespace, {})
        token = api.create(f"{accounts}/portal/token", {"spec": {}})["status"]["token"]
        portal = KubernetesApi(kubeconfig=kubeconfig_with(kubeconfig, tmp_path / "portal", token))
        assert portal.list(f"/api/v1/namespaces/{tenancy.namespace}/pods").items == []
        for path in (f"{tenancy.namespace}/secrets", f"{home}/pods", "kube-system/pods"):
            with pytest.raises(ProviderRefused, match="does not let"):
                portal.list(f"/api/v1/namespaces/{path}")
    finally:
        api.delete(f"{roles}/{tenancy.namespace}")
        api.delete(f"/api/v1/namespaces/{tenancy.namespace}")


def test_a_removed_namespace_is_gone_with_all_it_holds(
    runtime: KubernetesRuntime, api: KubernetesApi
) -> None:
    tenancy = Tenancy(runtime=runtime, api=api)
    patiently(lambda: runtime.ensure_namespace(tenancy.namespace, quota={}))
    ref = tenancy.new_ref()
    tenancy.run(ref, values={"persistence": {"keep": True}})
    patiently(lambda: runtime.remove_namespace(tenancy.namespace))
    assert api.get(f"/api/v1/namespaces/{tenancy.namespace}") is None
    assert runtime.observe(ref).state is Observed.ABSENT
    volumes = "/api/v1/persistentvolumes"
    wait_until(lambda: not [one for one in api.list(volumes).items if _of(one, tenancy.namespace)])
    runtime.remove_namespace(tenancy.namespace)


def _of(volume: Json, namespace: str) -> bool:
    claim = volume["spec"].get("claimRef") or {}
    return bool(claim.get("namespace") == namespace)
