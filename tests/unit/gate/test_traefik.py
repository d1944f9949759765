import re

import pytest

from datalab.gate.traefik import ANSWERED_BY_GATE, dynamic_config


@pytest.mark.parametrize(
    ("path", "gates"),
    [
        ("/api/v1/tenants/acme/events", True),
        ("/api/v1/tenants/acme/services/nb/events", True),
        ("/api/v1/tenants/acme/services/nb/logs/follow", True),
        ("/api/v1/tenants/acme/services/nb/logs", False),
        ("/api/v1/tenants/acme/services/events", False),
        ("/api/v1/tenants/acme/x/events", False),
        ("/api/v1/tenants/a/b/services/nb/events", False),
        ("/x/api/v1/tenants/acme/events", False),
    ],
)
def test_the_gate_answers_streams_and_the_portal_all_else(path: str, gates: bool) -> None:
    assert bool(re.search(ANSWERED_BY_GATE, path)) == gates


def test_connections_to_tools_are_kept_for_nobody() -> None:
    config = dynamic_config(portal_port=1, gate_port=2, relay_port=3)["http"]
    transport = config["services"]["tools"]["loadBalancer"]["serversTransport"]
    assert config["serversTransports"][transport]["maxIdleConnsPerHost"] == -1


def test_all_that_lets_in_is_taken_out_of_what_a_client_sends() -> None:
    config = dynamic_config(portal_port=1, gate_port=2, relay_port=3)["http"]
    replaced = set(config["middlewares"]["gate"]["forwardAuth"]["authResponseHeaders"])
    assert replaced == {"X-Datalab-Door", "X-Datalab-User", "Cookie", "Authorization"}
    assert config["routers"]["tools"]["middlewares"] == ["gate"]


def test_a_domains_dots_are_dots() -> None:
    config = dynamic_config(portal_port=1, gate_port=2, relay_port=3, hostname="data.example")
    rule = config["http"]["routers"]["tools"]["rule"]
    pattern = rule.removeprefix("HostRegexp(`").removesuffix("`)")
    assert re.search(pattern, "nb.data.example")
    assert not re.search(pattern, "nb.dataXexample")
    assert not re.search(pattern, "nb.data.example.evil.com")


@pytest.mark.parametrize("hidden", ["PathPrefix(`/internal`)", "Path(`/metrics`)"])
def test_what_is_for_this_machine_alone_has_no_way_through_the_front_door(hidden: str) -> None:
    rule = dynamic_config(portal_port=1, gate_port=2, relay_port=3)["http"]["routers"]["portal"]
    assert f"!{hidden}" in rule["rule"]
