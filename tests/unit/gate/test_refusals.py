"""Who is refused at a tool's door is in the audit, like who is refused by the API."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils.timezone import now

from datalab.accounts.actions import create_token
from datalab.accounts.models import ApiToken, User
from datalab.accounts.reach import Verb
from datalab.audit.denials import tell_repetitions
from datalab.audit.models import DenialCount, Event
from datalab.gate import forward_auth
from datalab.gate.asgi import Answer
from datalab.gate.forward_auth import Asked, ForwardAuth
from datalab.gate.pool import Pool
from datalab.gate.tickets import TicketOffice
from datalab.launcher.models import Service
from datalab.tenants.members import remove_member
from datalab.tenants.models import Tenant
from datalab.tenants.suspension import suspend_tenant
from tests.unit.gate.conftest import Run
from tests.unit.gate.test_door import BACKEND, HOST, Browser

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service", "globex", "mallory"),
]
PORTAL = "http://localhost:8080"
ASKED = Asked(
    method="GET", host=HOST, uri="/lab?secret=hunter2", fetch_mode="cors", address="203.0.113.9"
)
Ask = Callable[[Asked], Answer]


@pytest.fixture
def door(pool: Pool) -> ForwardAuth:
    return ForwardAuth(
        pool=pool, aside=pool, office=TicketOffice(b"k"), portal=PORTAL, domain="localhost:8080"
    )


@pytest.fixture
def ask(run: Run[Any], door: ForwardAuth) -> Ask:
    return lambda asked: run(door.answer(asked))


def denials() -> list[Event]:
    return list(Event.objects.filter(type="access.denied").order_by("id"))


def with_token(who: str, *verbs: Verb) -> Asked:
    user = User.objects.get(username=who)
    life, chosen = timedelta(hours=1), verbs or tuple(Verb)
    token = create_token(user=user, name="t", valid_for=life, now=now(), verbs=chosen)[1]
    return replace(ASKED, authorization=f"Bearer {token}")


@pytest.mark.parametrize(
    ("who", "verbs", "status", "code"),
    [
        pytest.param("mallory", (), 404, "not_found", id="not a member"),
        pytest.param("carol", (), 403, "not_allowed", id="a viewer"),
        pytest.param("bob", (Verb.READ,), 403, "not_allowed", id="a token that only reads"),
    ],
)
def test_who_is_known_and_may_not_enter_is_a_denial_in_the_tools_tenant(
    ask: Ask, acme: Tenant, who: str, verbs: tuple[Verb, ...], status: int, code: str
) -> None:
    assert ask(with_token(who, *verbs)).status == status
    (event,) = denials()
    assert (event.actor, event.tenant_id, event.address) == (who, acme.id, "203.0.113.9")
    assert event.data == {
        "method": "GET",
        "route": "/tools/{service}",
        "status": status,
        "code": code,
    }
    assert "hunter2" not in str(Event.objects.values())


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda: ApiToken.objects.all().delete(), id="no token of ours"),
        pytest.param(
            lambda: ApiToken.objects.update(expires_at=now() - timedelta(seconds=1)), id="expired"
        ),
    ],
)
def test_a_token_that_is_not_good_is_a_denial_of_nobody(
    ask: Ask, spoil: Callable[[], object]
) -> None:
    asked = with_token("bob")
    spoil()
    assert ask(asked).status == 401
    (event,) = denials()
    assert (event.actor, event.tenant_id, event.data["status"]) == ("", None, 401)


def test_a_made_up_pass_is_a_denial_of_nobody(ask: Ask) -> None:
    assert ask(replace(ASKED, cookie="__Host-datalab_tool=made-up")).status == 401
    (event,) = denials()
    assert (event.actor, event.tenant_id) == ("", None)
    assert "made-up" not in str(Event.objects.values()) + str(DenialCount.objects.values())


@pytest.fixture
def browser(run: Run[Any], door: ForwardAuth, bob: User) -> Browser:
    """bob's, signed in, with a pass for the tool."""
    page = Client()
    page.force_login(bob, BACKEND)
    found = Browser(run, door, page)
    found.through_the_door()
    return found


def test_a_pass_of_who_is_no_member_any_more_names_its_holder(
    browser: Browser, acme: Tenant, bob: User
) -> None:
    remove_member(tenant=acme, user=bob, by="alice")
    assert browser.visit("/", method="POST", fetch_mode="cors").status == 401
    (event,) = denials()
    assert (event.actor, event.tenant_id, event.data["code"]) == ("bob", acme.id, "not_signed_in")


def test_a_browser_that_goes_there_is_noted_by_the_page_which_refuses_it(
    browser: Browser, acme: Tenant, bob: User
) -> None:
    remove_member(tenant=acme, user=bob, by="alice")
    bounced = browser.visit("/lab")
    assert bounced.status == 302
    assert denials() == []
    place = dict(bounced.headers)["Location"].removeprefix(PORTAL)
    assert browser.page.get(place).status_code == 404
    (event,) = denials()
    assert (event.actor, event.tenant_id, event.data["route"]) == ("bob", acme.id, "/open")


def test_a_suspended_tenants_tool_is_a_denial_that_says_why(
    browser: Browser, acme: Tenant, bob: User
) -> None:
    suspend_tenant(tenant=acme, reason="unpaid", by="root")
    shown = browser.visit("/api", method="POST", fetch_mode="cors", accept="")
    assert shown.status == 503
    assert b'"tenant_suspended"' in shown.body
    assert b"unpaid" in shown.body
    (event,) = denials()
    assert (event.actor, event.tenant_id) == ("bob", acme.id)
    assert event.data["code"] == "tenant_suspended"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="nobody"),
        pytest.param({"fetch_mode": "navigate"}, id="nobody, going there"),
        pytest.param({"authorization": "token abc"}, id="the tool's own authorization"),
        pytest.param({"host": "nowhere.evil.com"}, id="no tool's name"),
        pytest.param({"uri": "/_datalab/callback"}, id="a callback without a code"),
    ],
)
def test_not_being_signed_in_is_no_denial(ask: Ask, change: dict[str, Any]) -> None:
    assert ask(replace(ASKED, **change)).status in {302, 401, 403, 421}
    assert denials() == []


def test_a_tool_that_is_gone_is_no_denial(ask: Ask) -> None:
    asked = with_token("bob")
    Service.objects.update(wanted="removed")
    assert ask(asked).status == 404
    assert denials() == []


def test_a_paused_tool_is_no_denial(browser: Browser) -> None:
    Service.objects.update(wanted="paused", observed="paused")
    assert browser.visit("/").status == 503
    assert denials() == []


def test_a_used_code_is_a_denial(browser: Browser) -> None:
    assert browser.visit("/_datalab/callback?code=made-up").status == 403
    (event,) = denials()
    assert event.data["code"] == "door_code_refused"


def test_a_script_that_hammers_makes_one_event_a_minute_and_one_that_counts(ask: Ask) -> None:
    asked = with_token("mallory")
    for number in range(40):
        ask(replace(asked, method="GET" if number % 2 else f"X{number}"))
    assert [event.data["method"] for event in denials()] == ["OTHER", "GET"]
    tell_repetitions(now() + timedelta(minutes=2))
    assert [event.data["repeated"] for event in denials()[2:]] == [19, 19]


def test_where_the_audit_cannot_be_written_the_refused_stay_refused(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(forward_auth, "note_refusal", fail)
    assert ask(with_token("mallory")).status == 404


def test_who_may_enter_needs_nothing_of_what_is_written_about_others(run: Run[Any]) -> None:
    pool, aside = Pool(), Pool(threads=1)
    aside.close()
    door = ForwardAuth(
        pool=pool, aside=aside, office=TicketOffice(b"k"), portal=PORTAL, domain="localhost:8080"
    )
    try:
        assert run(door.answer(with_token("bob"))).status == 200
    finally:
        pool.close()
