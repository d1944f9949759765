"""What charts become where tools are pods: with a relay beside them, and the agent's annotations."""

import re
from typing import Any

import pytest
from pytest_django import Settings

from datalab.accounts.models import User
from datalab.catalog.plan import Plan
from datalab.core.delivery import Delivery
from datalab.core.errors import ProviderRefused
from datalab.core.quantities import Resource
from datalab.providers import registry
from datalab.providers.charts.binary import install_helm, installed_helm
from datalab.providers.cluster.local.translate import translate
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.tenants.models import Tenant
from tests.unit.catalog.test_charts import CHARTS, GI, plan

MI = 1024**2
RELAY = "registry.example/datalab/relay:1.0.0"


@pytest.fixture(autouse=True)
def cluster(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    install_helm(installed_helm())
    settings.PROVIDERS = {
        **settings.PROVIDERS,
        "charts": {"class": "datalab.providers.charts.helm.Helm"},
    }
    settings.TOOLS = {
        **settings.TOOLS,
        "credentials_token_file": "",
        "relay_image": RELAY,
        "relay_upstream": "https://gate.datalab.svc:8443",
    }
    settings.INJECTED = {Resource.CPU: "100m", Resource.MEMORY: "96Mi"}
    registry._build.cache_clear()  # noqa: SLF001 - another engine from here on
    runtime = MemoryRuntime()
    runtime.injects_credentials = True
    monkeypatch.setattr(registry, "cluster_runtime", lambda: runtime)


def pod_of(made: Plan) -> Any:
    workload = next(one for one in made.manifests if one["kind"] == "StatefulSet")
    return workload["spec"]["template"]


@pytest.mark.parametrize("chart", CHARTS)
def test_relay_and_agent_are_in_the_footprint_and_nothing_is_forbidden(
    acme: Tenant, bob: User, chart: str
) -> None:
    made = plan(acme, bob, chart)
    assert made.findings == []
    assert made.footprint[Resource.CPU] == 1500 + 20 + 100
    assert made.footprint[Resource.MEMORY] == 3 * GI + (24 + 96) * MI
    notes = pod_of(made)["metadata"]["annotations"]
    assert notes["vault.hashicorp.com/agent-limits-mem"] == "96Mi"
    assert notes["vault.hashicorp.com/role"] == "tenant-acme.service-my-tool"


@pytest.mark.parametrize("delivery", [Delivery.EXTERNAL_SECRETS, Delivery.KUBERNETES_SECRET])
@pytest.mark.parametrize("chart", CHARTS)
def test_where_a_secret_holds_what_was_chosen_it_is_mounted_and_nothing_is_injected(
    acme: Tenant, bob: User, settings: Settings, chart: str, delivery: Delivery
) -> None:
    settings.SECRET_DELIVERY = delivery
    made = plan(acme, bob, chart)
    assert made.findings == []
    assert made.footprint[Resource.CPU] == 1500 + 20
    pod = pod_of(made)
    assert "annotations" not in pod["metadata"]
    (tool,) = pod["spec"]["containers"]
    [volume] = [one for one in pod["spec"]["volumes"] if "secret" in one]
    assert volume["secret"]["secretName"] == "my-tool.secrets"
    [mount] = [one for one in tool["volumeMounts"] if one["name"] == volume["name"]]
    assert (mount["mountPath"], mount["readOnly"]) == ("/vault/secrets", True)
    assert ". /vault/secrets/env.sh" in str(tool["command"])
    bare = pod_of(plan(acme, bob, chart, secrets=[]))
    assert not [one for one in bare["spec"]["volumes"] if "secret" in one]


@pytest.mark.parametrize("chart", CHARTS)
def test_the_token_is_mounted_into_the_relay_alone(acme: Tenant, bob: User, chart: str) -> None:
    pod = pod_of(plan(acme, bob, chart, secrets=[]))["spec"]
    (relay,) = pod["initContainers"]
    (tool,) = pod["containers"]
    assert (relay["restartPolicy"], relay["image"]) == ("Always", RELAY)
    assert "datalab-token" in {one["name"] for one in relay["volumeMounts"]}
    names = {one["name"] for one in tool["volumeMounts"]}
    assert not {one for one in names if re.search("token|authority", one)}
    variables = {one["name"]: one.get("value") for one in tool["env"]}
    uri = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    assert variables[uri] == "http://127.0.0.1:9911/v1/credentials"
    # Those who want a file get the pod's name.
    (named,) = [one for one in pod["volumes"] if one["name"] == "datalab-pod"]
    assert named["downwardAPI"]["items"][0]["fieldRef"] == {"fieldPath": "metadata.name"}
    assert variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] == "/var/run/datalab/pod"
    assert pod["serviceAccountName"] == "my-tool"


def test_one_machine_refuses_a_relay_by_its_name(acme: Tenant, bob: User) -> None:
    """There the sandbox's agent does its work, and the platform never asks for one."""
    made = plan(acme, bob, "jupyter")
    with pytest.raises(ProviderRefused, match="init container datalab-credentials"):
        translate(made.manifests, release="my-tool", namespace=acme.namespace)


def test_the_relays_image_needs_no_setting_of_its_own(
    acme: Tenant, bob: User, settings: Settings
) -> None:
    settings.ALLOWED_IMAGES = []
    assert plan(acme, bob, "jupyter").findings == []
