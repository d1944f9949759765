"""The chart gives each part exactly what `rights` says that it needs, and nothing that grows."""

from collections.abc import Iterable, Sequence

import pytest

from datalab.providers.cluster.kubernetes import rights
from datalab.providers.cluster.kubernetes.namespace import OURS
from datalab.providers.cluster.kubernetes.rights import Right
from tests.unit.deploy.rendering import EXAMPLES, Json, of_kind, rendered, settings_of

Allowed = set[tuple[str, str, str]]
OVERREACHING = {"*", "bind", "escalate", "impersonate", "deletecollection"}
EXTERNAL = {"delivery": "external-secrets", "kubernetesAuth": "kubernetes"}
NEVER = {"clusterroles", "clusterrolebindings", "roles", "pods/exec", "serviceaccounts/token"}


def allowed(rules: Iterable[Json]) -> Allowed:
    return {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def needed(wanted: Sequence[Right]) -> Allowed:
    return allowed(rights.rules(wanted))


@pytest.mark.parametrize("part", sorted(rights.PARTS))
def test_a_part_may_do_what_it_needs_and_nothing_else(part: str) -> None:
    objects = rendered("minimal")
    name = f"platform-datalab-{part}"
    assert allowed(of_kind(objects, "ClusterRole")[name]["rules"]) == needed(rights.PARTS[part])
    binding = of_kind(objects, "ClusterRoleBinding")[name]
    assert binding["roleRef"]["name"] == name
    [subject] = binding["subjects"]
    assert (subject["namespace"], subject["name"]) == ("platform", f"datalab-{part}")


@pytest.mark.parametrize(
    ("part", "besides"),
    [("worker", rights.EXTERNAL_SECRETS), ("watcher", rights.EXTERNAL_SECRETS_SEEN)],
)
def test_with_external_secrets_its_kinds_are_made_by_one_part_and_read_by_another(
    part: str, besides: Sequence[Right]
) -> None:
    objects = rendered("minimal", {"vault": EXTERNAL})
    role = of_kind(objects, "ClusterRole")[f"platform-datalab-{part}"]
    more = needed(besides)
    assert allowed(role["rules"]) == needed(rights.PARTS[part]) | more
    assert not more & needed(rights.PARTS[part])


def test_who_looks_into_tools_may_do_so_in_tenants_namespaces_alone() -> None:
    objects = rendered("minimal")
    name = settings_of(objects)["DATALAB_TENANT_ROLE"]
    role = of_kind(objects, "ClusterRole")[name]
    assert allowed(role["rules"]) == needed(rights.LOOKING)
    bound = {one["roleRef"]["name"] for one in of_kind(objects, "ClusterRoleBinding").values()}
    assert name not in bound


def test_the_worker_may_give_on_only_what_it_may_do_itself() -> None:
    """Else Kubernetes would ask for `bind`."""
    assert needed(rights.LOOKING) <= needed(rights.PARTS["worker"])


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_role_has_a_wildcard_or_a_way_to_more(example: str) -> None:
    objects = rendered(example)
    assert not of_kind(objects, "Role")
    for name, role in of_kind(objects, "ClusterRole").items():
        assert "aggregationRule" not in role, name
        assert not any("nonResourceURLs" in rule for rule in role["rules"]), name
        for group, resource, verb in allowed(role["rules"]):
            assert not {group, resource, verb} & OVERREACHING, name
            assert resource not in NEVER, name
    for binding in of_kind(objects, "ClusterRoleBinding").values():
        assert binding["roleRef"]["name"] in of_kind(objects, "ClusterRole")
        assert [one["kind"] for one in binding["subjects"]] == ["ServiceAccount"]


def test_what_the_worker_writes_is_confined_to_tenants_namespaces() -> None:
    objects = rendered("minimal")
    [policy] = of_kind(objects, "ValidatingAdmissionPolicy").values()
    assert policy["spec"]["failurePolicy"] == "Fail"
    [condition] = policy["spec"]["matchConditions"]
    assert '"system:serviceaccount:platform:datalab-worker"' in condition["expression"]
    assert OURS in str(policy["spec"]["variables"])
    [binding] = of_kind(objects, "ValidatingAdmissionPolicyBinding").values()
    assert binding["spec"] == {
        "policyName": policy["metadata"]["name"],
        "validationActions": ["Deny"],
    }


def test_a_cluster_whose_rights_are_given_by_hand_gets_none() -> None:
    objects = rendered("minimal", {"rbac": {"create": False}})
    for kind in ("ClusterRole", "ClusterRoleBinding", "ValidatingAdmissionPolicy"):
        assert not of_kind(objects, kind)
