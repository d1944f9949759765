"""What the chart renders, checked field by field by a real API server and the kinds' own definitions."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from tests.cluster.gateway import gateways_kinds
from tests.cluster.identity.programs import downloaded
from tests.cluster.ingress_controller import traefiks_kinds
from tests.cluster.kinds import foreign_kinds
from tests.unit.deploy.rendering import EXAMPLES, rendered

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(300)]

PROMETHEUS = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
PROMETHEUS_SUM = "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s="
STRICT = "?dryRun=All&fieldValidation=Strict"
"""Nothing is made, and a field that nobody knows is an error."""

Checked = Callable[[Json], None]


@pytest.fixture(scope="module")
def kinds(api: KubernetesApi) -> Iterator[None]:
    """Those that the chart's objects have besides Kubernetes' own."""
    folder = downloaded(PROMETHEUS, PROMETHEUS_SUM) / "example" / "prometheus-operator-crd"
    monitors = foreign_kinds(api, [folder / "monitoring.coreos.com_servicemonitors.yaml"])
    with gateways_kinds(api), traefiks_kinds(api), monitors:
        yield


@pytest.fixture
def check(kinds: None, api: KubernetesApi, namespace: str) -> Checked:
    """ProviderRefused with the API server's own words."""

    @cache
    def resources(version: str) -> Mapping[str, Json]:
        found = api.get(f"/apis/{version}" if "/" in version else f"/api/{version}") or {}
        return {one["kind"]: one for one in found["resources"] if "/" not in one["name"]}

    def check(made: Json) -> None:
        version = str(made["apiVersion"])
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        kind = resources(version)[made["kind"]]
        within = f"/namespaces/{namespace}" if kind["namespaced"] else ""
        metadata = {name: one for name, one in made["metadata"].items() if name != "namespace"}
        api.create(f"{root}{within}/{kind['name']}{STRICT}", {**made, "metadata": metadata})

    return check


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_api_server_takes_every_object_of_the_chart(check: Checked, example: str) -> None:
    objects = rendered(example)
    for one in objects:
        check(one)
    kinds = {one["kind"] for one in objects}
    if example == "everything":
        assert {"ServiceMonitor", "HorizontalPodAutoscaler", "HTTPRoute", "Ingress"} <= kinds


def test_a_field_that_nobody_knows_is_noticed(check: Checked) -> None:
    """Else the test above would show nothing."""
    monitor = next(one for one in rendered("everything") if one["kind"] == "ServiceMonitor")
    [endpoint] = monitor["spec"]["endpoints"]
    with pytest.raises(ProviderRefused) as refused:
        check({**monitor, "spec": {**monitor["spec"], "endpoints": [{**endpoint, "prt": "x"}]}})
    assert "unknown field" in "".join(refused.value.__notes__)
