"""What stands in a tenant's namespace, before any tool does."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from datalab.providers.cluster.kubernetes.namespace import (
    LABELS,
    Borders,
    contents,
    fingerprint,
    namespace_object,
    parse_borders,
)

QUOTA = {"cpu": "8", "memory": "32Gi", "gpu": "1", "storage": "200Gi", "services": "10"}
SAID: dict[str, Any] = {
    "front_door": ["datalab"],
    "gpus": ["nvidia.com/gpu"],
    "openings": [],
    "internet": True,
    "blocked": [],
    "accounts": [],
}


def one(kind: str, quota: dict[str, str] = QUOTA, **said: Any) -> dict[str, Any]:
    borders = parse_borders({**SAID, **said})
    found = [body for body in contents("dl-acme", quota, borders).values() if body["kind"] == kind]
    assert len(found) == 1, kind
    return found[0]


def test_a_namespace_says_whose_it_is_and_forbids_what_no_tool_needs() -> None:
    labels = namespace_object("dl-acme")["metadata"]["labels"]
    assert labels == LABELS
    assert labels["datalab.io/tenant-namespace"] == "true"
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
    assert labels["pod-security.kubernetes.io/warn"] == "restricted"


def test_the_quota_is_the_tenants() -> None:
    hard = one("ResourceQuota")["spec"]["hard"]
    assert hard == {
        "requests.cpu": "8",
        "requests.memory": "32Gi",
        "requests.storage": "200Gi",
        "requests.nvidia.com/gpu": "1",
        "pods": "40",
        "persistentvolumeclaims": "40",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }


def test_each_kind_of_gpu_is_limited() -> None:
    hard = one("ResourceQuota", gpus=["nvidia.com/gpu", "amd.com/gpu"])["spec"]["hard"]
    assert (hard["requests.nvidia.com/gpu"], hard["requests.amd.com/gpu"]) == ("1", "1")


def test_each_device_is_limited_by_its_own_name() -> None:
    limits = {"nvidia.com/gpu": "0", "nvidia.com/mig-1g.10gb": "3", "amd.com/gpu": "1"}
    hard = one("ResourceQuota", {**QUOTA, **limits})["spec"]["hard"]
    assert {f"requests.{name}": limit for name, limit in limits.items()}.items() <= hard.items()


@pytest.mark.parametrize("name", ["nvidia.com/mig-1g.5gb+me", "a..b/gpu", "nvidia.com/mig-1g."])
def test_a_device_that_no_cluster_can_have_spoils_no_quota(name: str) -> None:
    assert one("ResourceQuota", {**QUOTA, name: "1"}) == one("ResourceQuota")


def test_a_tenant_with_few_services_still_has_room_for_their_pods() -> None:
    assert one("ResourceQuota", {"services": "1"})["spec"]["hard"]["pods"] == "10"


def test_what_sets_nothing_is_still_admitted_under_the_quota() -> None:
    [limit] = one("LimitRange")["spec"]["limits"]
    assert set(limit["defaultRequest"]) == {"cpu", "memory"}
    assert "default" not in limit  # a limit below some container's request would refuse it


def test_the_default_account_has_no_token() -> None:
    assert one("ServiceAccount")["automountServiceAccountToken"] is False


def test_only_the_tenant_and_the_front_door_come_in() -> None:
    spec = one("NetworkPolicy", front_door=["datalab", "ingress"])["spec"]
    assert spec["podSelector"] == {}
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    [rule] = spec["ingress"]
    assert rule["from"] == [
        {"podSelector": {}},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "datalab"}}},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}},
    ]


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"],
)
@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"internet": True}, id="to the internet"),
        pytest.param({"internet": False, "openings": [{"cidr": "0.0.0.0/0"}]}, id="by an opening"),
    ],
)
def test_no_way_leads_to_a_machines_own_credentials(said: dict[str, Any], address: str) -> None:
    for block in ip_blocks(one("NetworkPolicy", **said)):
        reached = ip_network(block["cidr"])
        holes = [ip_network(hole) for hole in block.get("except", [])]
        ip = ip_address(address)
        assert ip not in reached or any(ip in hole for hole in holes), block


def test_without_the_internet_only_openings_lead_out() -> None:
    policy = one(
        "NetworkPolicy",
        internet=False,
        openings=[
            {"namespace": "vault", "ports": [8200]},
            {"cidr": "10.1.2.0/24", "ports": [9000]},
        ],
    )
    *_, vault, store = policy["spec"]["egress"]
    assert vault["ports"] == [{"port": 8200, "protocol": "TCP"}]
    assert store["to"] == [{"ipBlock": {"cidr": "10.1.2.0/24"}}]
    assert [block["cidr"] for block in ip_blocks(policy)] == ["10.1.2.0/24"]


def test_what_the_operator_blocks_is_taken_out_of_the_internet_of_its_family() -> None:
    v4, v6 = ip_blocks(one("NetworkPolicy", blocked=["10.0.0.0/8", "fc00::/7"]))
    assert "10.0.0.0/8" in v4["except"]
    assert "fc00::/7" not in v4["except"]
    assert "fc00::/7" in v6["except"]


def test_names_are_looked_up_in_the_clusters_dns_only() -> None:
    egress = one("NetworkPolicy", internet=False)["spec"]["egress"]
    dns = [rule for rule in egress if {"port": 53, "protocol": "UDP"} in rule.get("ports", [])]
    assert len(dns) == 1
    [target] = dns[0]["to"]
    assert target["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "kube-system"
    }


def test_other_accounts_are_let_in_by_the_one_role() -> None:
    binding = one("RoleBinding", accounts=["datalab/watcher"])
    assert binding["roleRef"]["name"] == "datalab-tenant"
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "namespace": "datalab", "name": "watcher"}
    ]


def test_without_accounts_nobody_is() -> None:
    kinds = {body["kind"] for body in contents("dl-acme", QUOTA, Borders()).values()}
    assert "RoleBinding" not in kinds


def test_a_change_of_the_quota_is_another_fingerprint() -> None:
    same = fingerprint(contents("dl-acme", QUOTA, Borders()))
    assert fingerprint(contents("dl-acme", dict(QUOTA), Borders())) == same
    assert fingerprint(contents("dl-acme", {**QUOTA, "cpu": "9"}, Borders())) != same


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"openings": [{}]}, id="an opening to nowhere"),
        pytest.param({"openings": [{"namespace": "a", "cidr": "10.0.0.0/8"}]}, id="to two places"),
        pytest.param({"openings": [{"cidr": "10.0.0.1/8"}]}, id="no network"),
        pytest.param({"openings": [{"cidr": "169.254.169.254/32"}]}, id="to the metadata"),
        pytest.param({"openings": [{"namespace": "a", "ports": "80"}]}, id="ports as text"),
        pytest.param({"openings": ["a"]}, id="an opening that is a word"),
        pytest.param({"blocked": ["everything"]}, id="blocked by a word"),
        pytest.param({"accounts": ["watcher"]}, id="an account without a namespace"),
        pytest.param({"front_door": ["-x"]}, id="a name that is an option"),
        pytest.param({"gpus": ["cpu"]}, id="a GPU that is none"),
    ],
)
def test_borders_that_make_no_sense_are_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_borders({**SAID, **said})


def ip_blocks(policy: dict[str, Any]) -> list[dict[str, Any]]:
    targets = [target for rule in policy["spec"]["egress"] for target in rule["to"]]
    return [target["ipBlock"] for target in targets if "ipBlock" in target]


def test_relays_find_there_whom_to_believe() -> None:
    path = "/api/v1/namespaces/dl-acme/configmaps/datalab"
    made = contents("dl-acme", QUOTA, Borders(authority="PEM"))
    assert made[path]["data"] == {"ca.crt": "PEM"}
    assert path not in contents("dl-acme", QUOTA, Borders())
