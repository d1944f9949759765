"""What groups grant: a table, and nothing that is not in it."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.conf import settings

from datalab.accounts.profile import Grants, parse_rules, profile_from
from datalab.providers.identity.base import Identity

EMBEDDED = parse_rules(settings.GROUP_RULES)


def grants_of(*groups: str, rules: Any = EMBEDDED) -> Grants:
    identity = Identity(issuer="i", subject="s", username="ann", email="", groups=groups)
    return profile_from(identity, rules).grants


@pytest.mark.parametrize(
    ("groups", "tenants", "platform_admin"),
    [
        pytest.param([], {}, False, id="no groups"),
        pytest.param(["acme:member"], {"acme": "member"}, False, id="a role in a tenant"),
        pytest.param(
            ["acme:viewer", "globex:admin"],
            {"acme": "viewer", "globex": "admin"},
            False,
            id="two tenants",
        ),
        pytest.param(
            ["acme:viewer", "acme:admin", "acme:member"],
            {"acme": "admin"},
            False,
            id="the highest of several roles",
        ),
        pytest.param(["platform-admin"], {}, True, id="a platform administrator"),
        pytest.param(["acme:owner"], {}, False, id="no role of ours"),
        pytest.param(["x acme:admin"], {}, False, id="a rule in the middle of a name"),
        pytest.param(["acme:admin\n"], {}, False, id="a name that goes on"),
        pytest.param(["platform-admins"], {}, False, id="a longer name"),
    ],
)
def test_groups_grant_what_a_rule_says_and_no_more(
    groups: list[str], tenants: Mapping[str, str], platform_admin: bool
) -> None:
    assert grants_of(*groups) == Grants(tenants=tenants, platform_admin=platform_admin)


def test_grants_of_nothing_are_false() -> None:
    assert not Grants()
    assert Grants(platform_admin=True)
    assert Grants(tenants={"acme": "viewer"})


def test_without_rules_nobody_gets_anything() -> None:
    assert not grants_of("platform-admin", "acme:admin", rules=())


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        pytest.param({"tenant": "a", "role": "admin"}, "pattern is missing", id="no pattern"),
        pytest.param(
            {"pattern": "(", "tenant": "a", "role": "admin"}, "regular expression", id="bad pattern"
        ),
        pytest.param({"pattern": "x", "role": "admin"}, "tenant is missing", id="no tenant"),
        pytest.param({"pattern": "x", "tenant": "a", "role": "god"}, "role must be", id="bad role"),
        pytest.param(
            {"pattern": "x", "tenant": "{t}", "role": "admin"}, "no group named 't'", id="no group"
        ),
        pytest.param(
            {"pattern": "x", "tenant": "a", "role": "admin", "rank": 1}, "unknown key", id="a typo"
        ),
    ],
)
def test_a_rule_that_cannot_be_one_says_why(rule: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_rules([rule])
