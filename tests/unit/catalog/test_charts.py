"""Every chart of the catalogue, rendered by the real Helm as a launch would."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.catalog.kept import kept_in
from datalab.catalog.plan import LaunchRequest, Plan, plan_launch
from datalab.catalog.sources import catalogs
from datalab.core.errors import InvalidInput
from datalab.core.quantities import Resource
from datalab.providers import registry
from datalab.providers.charts.binary import install_helm, installed_helm
from datalab.providers.cluster.local.environments import Environments
from datalab.providers.cluster.local.translate import translate
from datalab.tenants.models import Tenant

CHARTS = ["jupyter", "mlflow", "vscode"]
SIZES: dict[str, str | int] = {"cpu": "1500m", "memory": "3Gi", "storage": "7Gi"}
GI = 1024**3
ClientOf = Callable[[User], APIClient]


@pytest.fixture
def helm(settings: Settings) -> None:
    install_helm(installed_helm())
    settings.PROVIDERS = {
        **settings.PROVIDERS,
        "charts": {"class": "datalab.providers.charts.helm.Helm"},
    }
    registry._build.cache_clear()  # noqa: SLF001 - another engine from here on


def plan(tenant: Tenant, user: User, chart: str, **changed: Any) -> Plan:
    asked: dict[str, Any] = {
        "catalog": "datalab",
        "chart": chart,
        "version": None,
        "name": "my-tool",
        "host": "my-tool-acme-abcde",
        "resources": SIZES,
        "values": {},
        "secrets": ["shared/db"],
    }
    return plan_launch(tenant=tenant, user=user, request=LaunchRequest(**{**asked, **changed}))


def test_the_catalogue_holds_these_charts() -> None:
    assert [chart.name for one in catalogs() for chart in one.charts] == CHARTS


@pytest.mark.usefixtures("helm")
@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_takes_what_was_asked_and_nothing_forbidden(
    acme: Tenant, bob: User, chart: str
) -> None:
    made = plan(acme, bob, chart)
    assert made.findings == []
    assert made.footprint == {
        Resource.CPU: 1500,
        Resource.MEMORY: 3 * GI,
        Resource.GPU: 0,
        Resource.STORAGE: 7 * GI,
        Resource.SERVICES: 1,
    }


@pytest.mark.usefixtures("helm")
@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_says_whose_it_is_and_takes_its_secrets_from_the_injector(
    acme: Tenant, bob: User, chart: str
) -> None:
    workload = next(m for m in plan(acme, bob, chart).manifests if m["kind"] == "StatefulSet")
    template = workload["spec"]["template"]
    for labels in (workload["metadata"]["labels"], template["metadata"]["labels"]):
        assert labels["datalab.io/tenant"] == "acme"
        assert labels["datalab.io/owner"] == "bob"
        assert labels["app.kubernetes.io/instance"] == "my-tool"
    notes = template["metadata"]["annotations"]
    assert notes["vault.hashicorp.com/agent-inject"] == "true"
    assert "datalab/data/acme/shared/db" in str(notes)


@pytest.mark.usefixtures("helm")
@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_runs_on_one_machine_as_it_is(acme: Tenant, bob: User, chart: str) -> None:
    made = plan(acme, bob, chart)
    process = translate(made.manifests, release="my-tool", namespace=acme.namespace).process
    assert (process.cpu, process.memory) == (1500, 3 * GI)
    assert process.environment["DATALAB_BUCKET"] == acme.bucket
    assert not any("SECRET" in name for name in process.environment)
    Environments(Path("/nowhere"), kept_in("datalab")).for_image(made.chart.folder, process.image)


@pytest.mark.usefixtures("helm")
@pytest.mark.parametrize("chart", CHARTS)
def test_the_rendered_values_hold_no_credential(acme: Tenant, bob: User, chart: str) -> None:
    text = str(plan(acme, bob, chart).manifests).lower()
    assert "aws_access_key_id" not in text
    assert "aws_secret_access_key" not in text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"resources": {"memory": "9000Gi"}}, "resources.memory", id="too much memory"),
        pytest.param({"resources": {"memory": "1Mi"}}, "resources.memory", id="too little memory"),
        pytest.param({"resources": {"cpu": "99999999m"}}, "resources.cpu", id="too much cpu"),
        pytest.param({"resources": {"cpu": "two"}}, "resources.cpu", id="no quantity"),
        pytest.param({"values": {"nope": 1}}, "values.nope", id="an unknown value"),
        pytest.param({"values": {"jupyter": {"x": 1}}}, "values.jupyter.x", id="one further down"),
        pytest.param(
            {"values": {"image": {"repository": "evil"}}}, "values.image", id="a hidden value"
        ),
        pytest.param(
            {"values": {"datalab": {"tenant": "globex"}}}, "values.datalab", id="the platform's"
        ),
        pytest.param(
            {"values": {"jupyter": {"opens": "shell"}}},
            "values.jupyter.opens",
            id="not on the list",
        ),
        pytest.param(
            {"values": {"extraEnv": [{"name": "LD_PRELOAD", "value": "x"}]}},
            "values.extraEnv.0.name",
            id="a name of the platform's",
        ),
        pytest.param(
            {"values": {"jupyter": {"idleKernelMinutes": "1"}}},
            "values.jupyter.idleKernelMinutes",
            id="a text for a number",
        ),
    ],
)
def test_every_limit_of_the_form_binds_and_names_its_field(
    acme: Tenant, bob: User, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        plan(acme, bob, "jupyter", secrets=[], **change)
    assert any(name.startswith(field) for name in refused.value.fields), refused.value.fields


def test_values_as_deep_or_as_many_as_a_bomb_are_refused(acme: Tenant, bob: User) -> None:
    deep: dict[str, Any] = {}
    for _ in range(50):
        deep = {"a": deep}
    for values in (deep, {f"k{n}": 1 for n in range(5000)}):
        with pytest.raises(InvalidInput):
            plan(acme, bob, "jupyter", secrets=[], values=values)


def test_the_form_offers_sizes_within_the_quota_and_hides_what_nobody_chooses(
    acme: Tenant, client_of: ClientOf, bob: User
) -> None:
    form = client_of(bob).get("/api/v1/tenants/acme/charts/datalab/jupyter/form").json()
    assert form["resources"]["cpu"] == {"default": "1", "min": "100m", "max": "8", "step": "100m"}
    assert form["resources"]["memory"]["max"] == "16Gi"
    assert "datalab" not in form["schema"]["properties"]
    assert "resources" not in form["schema"]["properties"]
    assert form["defaults"]["jupyter"]["opens"] == "lab"


def test_a_preview_says_what_is_left_and_creates_nothing(
    acme: Tenant, client_of: ClientOf, bob: User
) -> None:
    body = {"resources": {"cpu": "2", "memory": "20Gi"}}
    url = "/api/v1/tenants/acme/charts/datalab/jupyter/preview"
    preview = client_of(bob).post(url, body, format="json").json()
    assert (preview["fits"], preview["shortages"][0]["resource"]) == (False, "memory")
    assert preview["quota"]["after"]["cpu"] == "2"
    assert client_of(bob).get("/api/v1/tenants/acme/services").json()["results"] == []
