"""root stands in for bob: for minutes, with a reason, and for nothing that bob alone may do."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from datalab.accounts.acting import ActingSession
from datalab.accounts.models import ApiToken, User, digest_of
from datalab.accounts.support import end_those_in_time
from datalab.audit.models import Event
from datalab.tenants.models import Tenant

BACKEND = "datalab.accounts.oidc.SignInBackend"
REASON = "ticket 4711: his notebook does not start"
ACME = "/api/v1/tenants/acme"


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_user("root", issuer="i", subject="root", is_platform_admin=True)


def browser_of(user: User) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(user, backend=BACKEND)
    return client


def post(client: Client, url: str, body: Any = None) -> Any:
    return client.post(url, body or {}, content_type="application/json")


def start(client: Client, **changed: Any) -> Any:
    body = {"username": "bob", "reason": REASON, "minutes": 30, **changed}
    return post(client, "/api/v1/acting", body)


@pytest.fixture
def browser(root: User, acme: Tenant) -> Client:
    """root's, acting as bob."""
    client = browser_of(root)
    assert start(client).status_code == 201
    return client


def launch(client: Client, **more: Any) -> Any:
    return post(client, f"{ACME}/services", {"chart": "jupyter", "name": "nb", **more})


def test_who_acts_is_the_member_for_everything_that_is_asked(browser: Client) -> None:
    me = browser.get("/api/v1/me").json()
    assert (me["username"], me["is_platform_admin"]) == ("bob", False)
    assert [one["slug"] for one in me["tenants"]] == ["acme"]
    assert (me["acting"]["as"], me["acting"]["by"], me["acting"]["reason"]) == (
        "bob",
        "root",
        REASON,
    )


def test_the_members_own_limits_hold(browser: Client, globex: Tenant) -> None:
    assert browser.get("/api/v1/tenants/globex").status_code == 404
    assert browser.get("/api/v1/audit").status_code == 403
    assert browser.get(f"{ACME}/audit").status_code == 403


def test_every_event_names_both(browser: Client) -> None:
    assert launch(browser).status_code == 202
    event = Event.objects.get(type="service.launched")
    assert (event.actor, event.acting) == ("bob", "root")


def test_the_tenants_admin_and_the_member_see_it(
    browser: Client, alice: User, bob: User, acme: Tenant
) -> None:
    listed = browser_of(alice).get(f"{ACME}/audit", {"type": "acting.started"}).json()["results"]
    assert [(one["actor"], one["target"], one["details"]["reason"]) for one in listed] == [
        ("root", "bob", REASON)
    ]
    (seen,) = browser_of(bob).get("/api/v1/me").json()["acted_as_recently"]
    assert (seen["by"], seen["reason"], seen["ended_at"]) == ("root", REASON, None)
    assert browser_of(bob).get("/api/v1/me").json()["acting"] is None


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        pytest.param("post", "/api/v1/tokens", {"name": "x"}, id="make a token"),
        pytest.param("post", "/api/v1/acting", {"username": "carol"}, id="act further"),
        pytest.param(
            "post", f"{ACME}/members", {"username": "x", "role": "admin"}, id="add somebody"
        ),
        pytest.param("patch", f"{ACME}/members/carol", {"role": "admin"}, id="give a role"),
        pytest.param("delete", f"{ACME}/members/carol", None, id="remove a member"),
        pytest.param("put", f"{ACME}/quota", {"limits": {"cpu": "99"}}, id="give quota"),
        pytest.param("put", f"{ACME}/secrets/db", {"data": {"A": "1"}}, id="write a secret"),
        pytest.param("delete", f"{ACME}/secrets/db", None, id="delete a secret"),
    ],
)
def test_nothing_can_be_granted_or_made_for_later(
    browser: Client, method: str, url: str, body: Any
) -> None:
    answer = getattr(browser, method)(url, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_while_acting")
    event = Event.objects.get(type="access.denied")
    assert (event.actor, event.acting) == ("bob", "root")


def test_secrets_stay_closed(browser: Client, bob: User) -> None:
    own = browser_of(bob)
    for path in ("db", "personal/key"):
        body = {"data": {"A": "hunter2"}}
        own.put(f"{ACME}/secrets/{path}", body, content_type="application/json")
        assert browser.get(f"{ACME}/secrets/{path}").status_code == 403
    assert browser.get(f"{ACME}/secrets").json() == {"results": [{"path": "db"}]}
    assert launch(browser, secrets=["personal/key"]).status_code == 403
    assert own.get(f"{ACME}/secrets/personal/key").status_code == 200


def test_to_stop_is_to_be_oneself_again(browser: Client) -> None:
    assert post(browser, "/api/v1/acting/stop").status_code == 204
    me = browser.get("/api/v1/me").json()
    assert (me["username"], me["acting"]) == ("root", None)
    event = Event.objects.get(type="acting.ended")
    assert (event.actor, event.acting, event.target) == ("root", "", "bob")
    assert post(browser, "/api/v1/acting/stop").status_code == 204
    assert Event.objects.filter(type="acting.ended").count() == 1


def test_when_the_time_is_up_nothing_meant_for_the_member_is_done_as_oneself(
    browser: Client, acme: Tenant
) -> None:
    ActingSession.objects.update(ends_at=now() - timedelta(seconds=1))
    late = launch(browser)
    assert (late.status_code, late.json()["code"]) == (409, "acting_ended")
    assert browser.get("/api/v1/me").json()["username"] == "root"
    assert end_those_in_time(now()) == 1
    assert end_those_in_time(now()) == 0
    assert Event.objects.get(type="acting.ended").data["because"] == "time is up"


def test_signing_out_ends_it(browser: Client) -> None:
    browser.post("/oidc/logout/")
    assert ActingSession.objects.get().ended_at is not None
    assert Event.objects.get(type="acting.ended").data["because"] == "signed out"
    assert Event.objects.get(type="account.signed_out").actor == "root"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"username": "root", "is_platform_admin": False}, id="no administrator now"),
        pytest.param({"username": "bob", "is_active": False}, id="the member is gone"),
        pytest.param({"username": "bob", "is_platform_admin": True}, id="the member has risen"),
    ],
)
def test_it_holds_only_as_long_as_both_are_who_they_were(
    browser: Client, change: dict[str, Any]
) -> None:
    name = change.pop("username")
    User.objects.filter(username=name).update(**change)
    assert launch(browser).status_code == 409
    assert browser.get("/api/v1/me").json()["username"] == "root"


def test_another_browser_of_the_same_person_is_not_touched(browser: Client, root: User) -> None:
    assert browser_of(root).get("/api/v1/me").json()["username"] == "root"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        pytest.param({"reason": "because"}, 400, id="no reason to speak of"),
        pytest.param({"reason": " " * 30}, 400, id="a reason of blanks"),
        pytest.param({"minutes": 61}, 400, id="too long"),
        pytest.param({"minutes": 0}, 400, id="no time"),
        pytest.param({"username": "nobody"}, 404, id="nobody"),
        pytest.param({"username": "root"}, 409, id="oneself"),
    ],
)
def test_it_needs_a_member_a_reason_and_an_end(
    root: User, bob: User, changed: dict[str, Any], status: int
) -> None:
    assert start(browser_of(root), **changed).status_code == status
    assert not ActingSession.objects.exists()


def test_only_a_platform_administrator_may(alice: User, bob: User) -> None:
    assert start(browser_of(alice)).status_code == 403


def test_a_token_cannot_act(root: User, bob: User) -> None:
    ApiToken.objects.create(
        user=root, name="ci", digest=digest_of("dl_root"), expires_at=now() + timedelta(days=1)
    )
    client = Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION="Bearer dl_root")
    assert start(client).status_code == 403
