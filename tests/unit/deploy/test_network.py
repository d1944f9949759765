"""Who reaches what, and by which way people come in."""

from typing import Any

import pytest
import yaml

from datalab.gate.traefik import ANSWERED_BY_GATE, dynamic_config, static_config
from datalab.providers.cluster.kubernetes.namespace import OURS
from tests.unit.deploy.rendering import EXAMPLES, ROOT, Json, of_kind, pods, rendered, settings_of

GATE = "http://datalab-gate.platform.svc"
DOOR = {"podSelector": {"matchLabels": {
    "app.kubernetes.io/name": "datalab",
    "app.kubernetes.io/instance": "datalab",
    "app.kubernetes.io/component": "door",
}}}  # fmt: skip
INGRESS = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}
TRAEFIK = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "traefik"}}}
TENANTS = {"namespaceSelector": {"matchLabels": {OURS: "true"}}}
PROMETHEUS = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}


def ways_in(example: str, more: dict[str, Any] | None = None) -> set[tuple[str, int, str]]:
    """Part, port and who may come."""
    found = set()
    for policy in of_kind(rendered(example, more), "NetworkPolicy").values():
        chosen = policy["spec"]["podSelector"]["matchLabels"]
        for rule in policy["spec"].get("ingress", ()):
            who = {"everybody"} if "from" not in rule else {_called(one) for one in rule["from"]}
            ports = [one["port"] for one in rule["ports"]]
            part = chosen["app.kubernetes.io/component"]
            found |= {(part, port, one) for port in ports for one in who}
    return found


def _called(peer: Json) -> str:
    names = {"door": DOOR, "ingress": INGRESS, "traefik": TRAEFIK, "prometheus": PROMETHEUS}
    names["tenants"] = TENANTS
    return next(name for name, known in names.items() if known == peer)


@pytest.mark.parametrize("example", EXAMPLES)
def test_nobody_comes_in_but_as_it_is_said(example: str) -> None:
    default = of_kind(rendered(example), "NetworkPolicy")["datalab-default"]["spec"]
    assert default["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in default
    assert "app.kubernetes.io/component" not in default["podSelector"]["matchLabels"]


def test_people_come_by_the_door_and_scrapers_to_what_they_scrape() -> None:
    inside = {("portal", 8000, "door"), ("gate", 8081, "door"), ("gate", 8082, "door")}
    assert ways_in("minimal") == {*inside, ("door", 8080, "everybody")}
    assert ways_in("everything") == {
        *inside,
        ("door", 8080, "ingress"),
        ("portal", 8000, "prometheus"),
        ("worker", 9100, "prometheus"),
        ("watcher", 9100, "prometheus"),
        ("gate", 8443, "tenants"),
    }
    assert ways_in("traefik") == {
        ("portal", 8000, "traefik"),
        ("gate", 8081, "traefik"),
        ("gate", 8082, "traefik"),
    }


def test_no_part_reaches_a_clouds_metadata_service() -> None:
    egress = of_kind(rendered("minimal"), "NetworkPolicy")["datalab-default"]["spec"]["egress"]
    [names, elsewhere] = egress
    assert [one["port"] for one in names["ports"]] == [53, 53]
    assert elsewhere["to"][0]["ipBlock"] == {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}


def test_said_rules_take_the_place_of_everywhere() -> None:
    policies = of_kind(rendered("everything"), "NetworkPolicy")
    [_, said] = policies["datalab-default"]["spec"]["egress"]
    assert said["to"] == [{"ipBlock": {"cidr": "10.0.0.0/8"}}]
    [to_tools] = policies["datalab-tools"]["spec"]["egress"]
    assert to_tools["to"] == [TENANTS]


def test_a_network_without_policies_gets_none() -> None:
    assert not of_kind(rendered("minimal", {"networkPolicy": {"enabled": False}}), "NetworkPolicy")


def test_the_doors_routes_are_those_of_the_embedded_platform() -> None:
    held = of_kind(rendered("minimal"), "ConfigMap")["datalab-door"]["data"]
    routes = yaml.safe_load(held["routes.yaml"])
    expected = dynamic_config(portal_port=1, gate_port=2, relay_port=3, hostname="datalab.example")
    text = yaml.safe_dump(expected)
    for port, address in (
        (1, "http://datalab-portal.platform.svc:8000"),
        (2, f"{GATE}:8081"),
        (3, f"{GATE}:8082"),
    ):
        text = text.replace(f"http://127.0.0.1:{port}", address)
    assert routes == yaml.safe_load(text)


def test_the_door_treats_requests_as_the_embedded_one_does() -> None:
    held = of_kind(rendered("minimal"), "ConfigMap")["datalab-door"]["data"]
    ours = yaml.safe_load(held["static.yaml"])
    expected: Any = static_config(port=8080, routes_dir=ROOT)
    web = ours["entryPoints"]["web"]
    assert web["http"] == expected["entryPoints"]["web"]["http"]
    assert web["transport"]["respondingTimeouts"]["readTimeout"] == "0s"
    assert web["forwardedHeaders"]["trustedIPs"] == []


def test_the_door_believes_the_ingress_before_it() -> None:
    held = of_kind(rendered("everything"), "ConfigMap")["datalab-door"]["data"]
    web = yaml.safe_load(held["static.yaml"])["entryPoints"]["web"]
    assert web["forwardedHeaders"]["trustedIPs"] == [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
    ]


def test_an_ingress_leads_the_page_and_all_tools_to_the_door() -> None:
    [ingress] = of_kind(rendered("everything"), "Ingress").values()
    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert leads(ingress) == {
        ("datalab.example", "/", "datalab-door"),
        ("*.tools.datalab.example", "/", "datalab-door"),
    }
    [tls] = ingress["spec"]["tls"]
    assert tls == {
        "secretName": "datalab-tls",
        "hosts": ["datalab.example", "*.tools.datalab.example"],
    }
    annotations = ingress["metadata"]["annotations"]
    assert annotations["cert-manager.io/cluster-issuer"] == "company"
    assert annotations["nginx.ingress.kubernetes.io/proxy-buffering"] == "off"
    assert annotations["nginx.ingress.kubernetes.io/proxy-body-size"] == "0"


def test_a_route_of_the_gateway_api_leads_there_too() -> None:
    [route] = of_kind(rendered("everything"), "HTTPRoute").values()
    assert route["spec"]["hostnames"] == ["datalab.example", "*.tools.datalab.example"]
    [rule] = route["spec"]["rules"]
    assert rule["backendRefs"] == [{"name": "datalab-door", "port": 80}]
    assert not of_kind(rendered("minimal"), "HTTPRoute")


def test_traefik_as_ingress_controller_asks_the_gate_before_each_request_to_a_tool() -> None:
    objects = rendered("traefik")
    ingresses = of_kind(objects, "Ingress")
    assert {way for one in ingresses.values() for way in leads(one)} == {
        ("datalab.example", "/", "datalab-portal"),
        ("datalab.example", "/metrics", "datalab-gate"),
        # An Ingress takes only what begins with a slash.
        ("datalab.example", ANSWERED_BY_GATE.removeprefix("^"), "datalab-gate"),
        ("*.datalab.example", "/", "datalab-gate"),
    }
    asked = {
        name
        for name, one in ingresses.items()
        if one["metadata"]["annotations"].get("traefik.ingress.kubernetes.io/router.middlewares")
        == "platform-datalab-gate@kubernetescrd"
    }
    assert asked == {"datalab-tools"}
    expected: Any = dynamic_config(portal_port=1, gate_port=2, relay_port=3)
    auth = expected["http"]["middlewares"]["gate"]["forwardAuth"]
    [middleware] = of_kind(objects, "Middleware").values()
    assert middleware["metadata"]["name"] == "datalab-gate"
    assert middleware["spec"]["forwardAuth"] == {**auth, "address": f"{GATE}:8081/_gate/auth"}
    [transport] = of_kind(objects, "ServersTransport").values()
    assert transport["spec"] == expected["http"]["serversTransports"]["relay"]
    service = of_kind(objects, "Service")["datalab-gate"]["metadata"]["annotations"]
    assert service == {
        "traefik.ingress.kubernetes.io/service.serverstransport": (
            "platform-datalab-relay@kubernetescrd"
        )
    }


def test_definitions_that_a_cluster_may_not_have_are_only_used_where_they_were_chosen() -> None:
    groups = {one["apiVersion"].partition("/")[0] for one in rendered("minimal")}
    assert groups == {
        *("v1", "apps", "batch", "policy", "networking.k8s.io"),
        *("rbac.authorization.k8s.io", "admissionregistration.k8s.io"),
    }


def test_prometheus_scrapes_with_the_token() -> None:
    monitors = of_kind(rendered("everything"), "ServiceMonitor")
    assert set(monitors) == {"datalab-portal", "datalab-worker", "datalab-watcher"}
    for one in monitors.values():
        [endpoint] = one["spec"]["endpoints"]
        assert endpoint["path"] == "/metrics"
        assert endpoint["authorization"]["credentials"] == {
            "name": "datalab",
            "key": "metrics-token",
        }
        assert one["metadata"]["labels"]["release"] == "prometheus"


def test_every_service_finds_pods_and_their_port() -> None:
    objects = rendered("minimal")
    templates = [one["spec"]["template"] for one in of_kind(objects, "Deployment").values()]
    for name, service in of_kind(objects, "Service").items():
        chosen = service["spec"]["selector"].items()
        [pod] = [one for one in templates if chosen <= one["metadata"]["labels"].items()]
        named = {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= named, name


def leads(ingress: Json) -> set[tuple[str, str, str]]:
    return {
        (rule["host"], path["path"], path["backend"]["service"]["name"])
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    }


def test_tools_ask_the_gate_for_keys_where_it_has_a_certificate() -> None:
    objects = rendered("everything")
    ports = of_kind(objects, "Service")["datalab-gate"]["spec"]["ports"]
    assert {"name": "credentials", "port": 8443, "targetPort": "credentials"} in ports
    told = settings_of(objects)
    assert told["DATALAB_CREDENTIALS_RELAY_UPSTREAM"] == f"https://{GATE[7:]}:8443"
    assert "DATALAB_CREDENTIALS_PORT" not in settings_of(rendered("minimal"))


def test_every_part_finds_whom_relays_are_to_believe_and_only_the_gate_its_key() -> None:
    objects = rendered("everything")
    file = settings_of(objects)["DATALAB_CREDENTIALS_AUTHORITY_FILE"]
    for name, pod in pods(objects):
        if name == "door":
            continue
        mounts = {one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}
        assert file.rpartition("/")[0] in mounts, name
        assert ("/run/secrets/credentials" in mounts) is (name == "gate"), name
        [volume] = [one["secret"] for one in pod["volumes"] if one["name"] == "authority"]
        assert volume["items"] == [{"key": "ca.crt", "path": "ca.crt"}], name
