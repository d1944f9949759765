"""The group mapping: rules of the installation and of the page, previewed, saved, applied."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts import tasks
from datalab.accounts.actions import sign_in
from datalab.accounts.group_rules import profile_of
from datalab.accounts.models import RuleSet, StoredRule, User
from datalab.accounts.profile import Grants
from datalab.accounts.signals import grants_replaced
from datalab.audit.models import Event
from datalab.providers.identity.base import Identity
from datalab.tenants.models import KeptOut, Membership, Tenant

URL = "/api/v1/group-rules"
ClientOf = Callable[[User], APIClient]
RULE = {"pattern": "data-science", "tenant": "acme", "role": "member"}

pytestmark = [pytest.mark.usefixtures("acme", "globex"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_user(
        "boss", is_platform_admin=True, platform_admin_by_hand=True, subject="boss"
    )


@pytest.fixture
def admin(client_of: ClientOf, boss: User) -> APIClient:
    return client_of(boss)


def comes(name: str, *groups: str) -> User | None:
    """Signs in with these groups."""
    identity = Identity(
        issuer="https://idp.test", subject=name, username=name, email="", groups=groups
    )
    return sign_in(profile=profile_of(identity))


def roles(name: str) -> dict[str, str]:
    rows = Membership.objects.filter(user__username=name)
    return dict(rows.values_list("tenant__slug", "role"))


def test_the_installations_rules_are_shown_and_only_read(admin: APIClient) -> None:
    listed = admin.get(URL).json()
    assert [row["from_installation"] for row in listed] == [True, True]
    assert listed[1]["pattern"] == "platform-admin"
    assert {row["id"] for row in listed} == {None}


def test_without_a_rule_nobody_comes_in_and_with_one_they_do(admin: APIClient) -> None:
    assert comes("erin", "data-science") is None
    assert admin.post(URL, RULE, format="json").status_code == 201
    assert comes("erin", "data-science") is not None
    assert roles("erin") == {"acme": "member"}


def test_a_new_rule_reaches_those_who_are_known_at_once(admin: APIClient) -> None:
    comes("erin", "globex:viewer", "data-science")
    assert roles("erin") == {"globex": "viewer"}
    admin.post(URL, RULE, format="json")
    assert roles("erin") == {"globex": "viewer", "acme": "member"}


def test_a_changed_and_a_deleted_rule_take_away_what_they_gave(admin: APIClient) -> None:
    comes("erin", "globex:viewer", "data-science")
    rule = admin.post(URL, RULE, format="json").json()["id"]
    admin.patch(f"{URL}/{rule}", {"role": "viewer"}, format="json")
    assert roles("erin")["acme"] == "viewer"
    assert admin.delete(f"{URL}/{rule}").status_code == 204
    assert roles("erin") == {"globex": "viewer"}


def test_each_change_of_a_rule_is_written_down(admin: APIClient) -> None:
    rule = admin.post(URL, RULE, format="json").json()["id"]
    admin.patch(f"{URL}/{rule}", {"role": "viewer"}, format="json")
    admin.delete(f"{URL}/{rule}")
    events = Event.objects.filter(type__startswith="group_rule.").order_by("id")
    said = [
        (one.type, (one.before or {}).get("role"), (one.after or {}).get("role")) for one in events
    ]
    assert said == [
        ("group_rule.created", None, "member"),
        ("group_rule.changed", "member", "viewer"),
        ("group_rule.deleted", "viewer", None),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"pattern": "*"}, id="every group"),
        pytest.param({"pattern": "{x}"}, id="an unknown name"),
        pytest.param({"role": "owner"}, id="an unknown role"),
        pytest.param({"tenant": ""}, id="no tenant"),
        pytest.param({"tenant": "{tenant}"}, id="a tenant that the pattern does not name"),
        pytest.param({"role": "{role}"}, id="a role that the pattern does not name"),
        pytest.param({"pattern": "x" * 201}, id="a long pattern"),
    ],
)
def test_a_rule_that_cannot_be_one_is_refused(admin: APIClient, wrong: dict[str, str]) -> None:
    answer = admin.post(URL, {**RULE, **wrong}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert not StoredRule.objects.exists()


def previewed(admin: APIClient, *rules: dict[str, str], **more: Any) -> Any:
    answer = admin.post(f"{URL}/preview", {"rules": rules, **more}, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_preview_says_who_would_gain_lose_and_keep_what(admin: APIClient) -> None:
    admin.post(URL, RULE, format="json")
    comes("erin", "globex:viewer", "data-science", "leads")
    seen = previewed(admin, {"pattern": "leads", "tenant": "globex", "role": "admin"})
    assert seen["changes"] == [
        {
            "username": "erin",
            "display_name": "",
            "gains": [{"tenant": "globex", "role": "admin"}],
            "loses": [
                {"tenant": "acme", "role": "member"},
                {"tenant": "globex", "role": "viewer"},
            ],
            "keeps": [],
        }
    ]
    assert (seen["changed"], seen["unseen"]) == (1, 5)
    assert roles("erin") == {"globex": "viewer", "acme": "member"}, "nothing was changed"


def test_the_preview_says_what_saving_then_does(admin: APIClient, acme: Tenant) -> None:
    """By hand, kept out, role by hand: each is respected by both."""
    erin, fred, gina = (comes(name, "globex:viewer", "acme:viewer") for name in ("erin", "f", "g"))
    assert erin is not None
    assert fred is not None
    assert gina is not None
    Membership.objects.filter(user=erin, tenant=acme).update(from_groups=False)
    Membership.objects.filter(user=fred, tenant=acme).delete()
    KeptOut.objects.create(tenant=acme, user=fred, by="alice")
    Membership.objects.filter(user=gina, tenant=acme).update(role="admin", role_by_hand=True)
    rule = {"pattern": "acme:viewer", "tenant": "acme", "role": "member"}
    assert previewed(admin, rule)["changes"] == []
    admin.post(URL, rule, format="json")
    assert [roles(name).get("acme") for name in ("erin", "f", "g")] == ["viewer", None, "admin"]


def test_the_preview_names_what_should_be_looked_at(admin: APIClient) -> None:
    comes("erin", "data-science")
    comes("erin", "globex:viewer", "data-science")
    seen = previewed(admin, {**RULE, "tenant": "nosuch"})
    assert seen["unknown_tenants"] == ["nosuch"]
    assert seen["platform_admins"] == 1


def test_a_typed_list_of_groups_is_answered_with_what_it_gives(admin: APIClient) -> None:
    given = previewed(admin, RULE, groups=["data-science", "globex:admin", "platform-admin", "?"])
    assert given["given"] == [
        {"tenant": "", "role": "platform-admin"},
        {"tenant": "acme", "role": "member"},
        {"tenant": "globex", "role": "admin"},
    ]


def test_no_change_of_rules_leaves_the_platform_without_an_admin(
    client_of: ClientOf, boss: User
) -> None:
    rule = client_of(boss).post(
        URL, {"pattern": "ops", "tenant": "", "role": "platform-admin"}, format="json"
    )
    ops = comes("ops", "ops")
    assert ops is not None
    User.objects.filter(pk=boss.pk).delete()
    refused = client_of(ops).delete(f"{URL}/{rule.json()['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert User.objects.platform_admins().get() == ops


def test_an_application_that_was_killed_half_way_is_done_by_the_next(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("erin", "fred", "gina"):
        comes(name, "globex:viewer", "data-science")
    monkeypatch.setattr(tasks.apply_group_rules, "delay", lambda: None)
    admin.post(URL, RULE, format="json")
    done: list[str] = []

    def killed(user: User, grants: Grants, **_: object) -> None:
        done.append(user.username)
        if len(done) == 2:
            raise KeyboardInterrupt

    grants_replaced.connect(killed)
    try:
        with pytest.raises(KeyboardInterrupt):
            tasks.apply_group_rules()
    finally:
        grants_replaced.disconnect(killed)
    assert [roles(name).get("acme") for name in ("erin", "fred", "gina")] == ["member", None, None]
    RuleSet.objects.update(claimed_until=None)  # as when the claim has lapsed
    tasks.apply_group_rules()
    assert [roles(name).get("acme") for name in ("erin", "fred", "gina")] == ["member"] * 3
    assert not RuleSet.objects.due(now()).exists()


def test_a_member_by_hand_comes_in_without_any_group(acme: Tenant, bob: User) -> None:
    assert comes("bob") == bob
    Membership.objects.filter(user=bob).update(from_groups=True)
    assert comes("bob") is None
    assert roles("bob") == {}


def test_a_platform_admin_by_hand_stays_one_without_the_group(boss: User) -> None:
    User.objects.filter(pk=boss.pk).update(issuer="https://idp.test")
    assert comes("boss") == boss
    assert User.objects.platform_admins().get() == boss
