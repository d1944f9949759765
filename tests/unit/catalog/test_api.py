from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.launcher.models import Service
from datalab.providers import registry
from datalab.tenants.models import Tenant

ClientOf = Callable[[User], APIClient]
CHARTS = "/api/v1/tenants/acme/charts"
JUPYTER = f"{CHARTS}/datalab/jupyter"


def test_a_member_sees_what_can_be_launched(acme: Tenant, bob: User, client_of: ClientOf) -> None:
    charts = client_of(bob).get(CHARTS).json()
    assert [chart["name"] for chart in charts] == ["jupyter", "mlflow", "vscode"]
    assert all(chart["icon"].startswith("data:image/svg+xml;base64,") for chart in charts)
    one = client_of(bob).get(JUPYTER).json()
    assert (one["title"], one["version"] in one["versions"]) == ("JupyterLab", True)
    assert one["readme"].startswith("# JupyterLab")
    (catalog,) = client_of(bob).get("/api/v1/catalogs").json()
    assert catalog["id"] == "datalab"


@pytest.mark.parametrize("path", ["", "/datalab/jupyter", "/datalab/jupyter/form"])
def test_another_tenants_charts_are_not_found(
    acme: Tenant, mallory: User, client_of: ClientOf, path: str
) -> None:
    assert client_of(mallory).get(f"{CHARTS}{path}").status_code == 404


def test_another_tenants_preview_is_not_found(
    acme: Tenant, mallory: User, client_of: ClientOf
) -> None:
    assert client_of(mallory).post(f"{JUPYTER}/preview", {}, format="json").status_code == 404


def test_a_viewer_reads_forms_and_previews_nothing(
    acme: Tenant, carol: User, client_of: ClientOf
) -> None:
    assert client_of(carol).get(f"{JUPYTER}/form").status_code == 200
    assert client_of(carol).post(f"{JUPYTER}/preview", {}, format="json").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/datalab/none", id="a chart"),
        pytest.param("/none/jupyter", id="a catalogue"),
        pytest.param("/datalab/none/form", id="a chart's form"),
        pytest.param("/datalab/jupyter/form?version=9.9.9", id="a version's form"),
        pytest.param("/datalab/common", id="a library"),
    ],
)
def test_what_is_not_in_the_catalogue_is_not_found(
    acme: Tenant, bob: User, client_of: ClientOf, path: str
) -> None:
    answer = client_of(bob).get(f"{CHARTS}{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"resources": {"memory": "9000Gi"}}, "resources.memory", id="too much memory"),
        pytest.param({"resources": {"cpu": "1; id"}}, "resources.cpu", id="no quantity"),
        pytest.param({"resources": {"gpu": -1}}, "resources.gpu", id="a negative one"),
        pytest.param({"name": "-n"}, "name", id="a name like an option"),
        pytest.param({"values": {"image": {"repository": "evil"}}}, "values.image", id="an image"),
        pytest.param({"values": {"a\u0000": 1}}, "values.a\u0000", id="a zero character"),
        pytest.param({"values": [1]}, "values", id="values that are a list"),
        pytest.param({"secrets": ["../globex/shared/db"]}, "path", id="another tenant's secret"),
        pytest.param(
            {"values": {"datalab": {"secrets": ["users/mallory/x"]}}},
            "values.datalab",
            id="another's secret past the field for it",
        ),
    ],
)
def test_bad_input_is_refused_with_its_field(
    acme: Tenant, bob: User, client_of: ClientOf, body: dict[str, Any], field: str
) -> None:
    answer = client_of(bob).post(f"{JUPYTER}/preview", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert list(answer.json()["fields"]) == [field]


def test_a_preview_names_secrets_as_a_launch_does(
    acme: Tenant, bob: User, client_of: ClientOf
) -> None:
    body = {"secrets": ["db", "personal/mine"]}
    preview = client_of(bob).post(f"{JUPYTER}/preview", body, format="json").json()
    assert preview["values"]["datalab"]["secrets"] == ["shared/db", "users/bob/mine"]


def test_a_preview_is_what_the_launch_will_be(acme: Tenant, bob: User, client_of: ClientOf) -> None:
    """The same code makes both; a name decides on nothing but names."""
    asked = {"name": "nb", "resources": {"cpu": "2", "memory": "4Gi"}, "secrets": ["db"]}
    registry.secret_store().write("acme", "shared/db", {"A": "1"}, if_version=None)
    client = client_of(bob)
    preview = client.post(f"{JUPYTER}/preview", asked, format="json").json()
    assert preview["fits"] is True
    launched = client.post("/api/v1/tenants/acme/services", {**asked, "chart": "jupyter"}, "json")
    assert launched.status_code == 202
    service = Service.objects.get()
    assert preview["footprint"]["cpu"] == "2"
    assert service.cpu == 2000
    kept, shown = dict(service.values), dict(preview["values"])
    for values in (kept, shown):
        values["datalab"] = {**values["datalab"], "host": "", "origin": ""}
    assert kept == shown
