"""The rights that the platform's chart is made of: as few as there can be."""

import pytest

from datalab.providers.cluster.kubernetes.rights import (
    EXTERNAL_SECRETS,
    EXTERNAL_SECRETS_SEEN,
    LOOKING,
    NODES,
    PARTS,
    Right,
    rules,
)

ALL = {
    **PARTS,
    "tenants": LOOKING,
    "external secrets": EXTERNAL_SECRETS,
    "external secrets seen": EXTERNAL_SECRETS_SEEN,
}
EACH = [(part, right) for part, rights in ALL.items() for right in rights]


@pytest.mark.parametrize(
    "right",
    [pytest.param(right, id=f"{part} {right.group}/{right.resource}") for part, right in EACH],
)
def test_no_right_is_more_than_it_says(right: Right) -> None:
    assert not {"*", "bind", "escalate", "impersonate", "deletecollection"} & set(right.verbs)
    assert "*" not in right.group + right.resource
    assert right.reason.endswith(".")


@pytest.mark.parametrize("part", ALL)
def test_no_right_is_given_twice(part: str) -> None:
    named = [(one.group, one.resource) for one in ALL[part]]
    assert len(named) == len(set(named))


def test_nobody_enters_a_tools_container_or_becomes_somebody_else() -> None:
    resources = {right.resource for _, right in EACH}
    assert resources.isdisjoint(
        {"pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token", "clusterroles"}
    )


def test_they_are_written_as_rules() -> None:
    assert rules([NODES]) == [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}]
