"""The rights that the platform's chart is made of: as few as there can be."""

import pytest

from datalab.providers.cluster.kubernetes.rights import PLATFORM, TENANT, Right, rules

BOTH = [*PLATFORM, *TENANT]


@pytest.mark.parametrize("right", BOTH, ids=lambda one: f"{one.group}/{one.resource}")
def test_no_right_is_more_than_it_says(right: Right) -> None:
    assert not {"*", "bind", "escalate", "impersonate", "deletecollection"} & set(right.verbs)
    assert "*" not in right.group + right.resource
    assert right.reason.endswith(".")


def test_no_right_is_given_twice() -> None:
    named = [(one.group, one.resource) for one in BOTH]
    assert len(named) == len(set(named))


def test_nobody_enters_a_tools_container_or_becomes_somebody_else() -> None:
    resources = {one.resource for one in BOTH}
    assert resources.isdisjoint(
        {"pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token", "clusterroles"}
    )


def test_they_are_written_as_rules() -> None:
    node = next(one for one in PLATFORM if one.resource == "nodes")
    assert rules([node]) == [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}]
