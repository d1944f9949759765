"""From the page to a tool's origin: a code once, then a pass that dies with the session."""

from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils.timezone import now

from datalab.accounts.models import User, digest_of
from datalab.gate import cookies
from datalab.gate.asgi import Answer
from datalab.gate.forward_auth import Asked, ForwardAuth
from datalab.gate.models import DoorCode, DoorPass
from datalab.gate.passes import safe_path
from datalab.gate.pool import Pool
from datalab.gate.rights import still_good
from datalab.gate.tickets import HEADER, Right, RightKind, TicketOffice
from datalab.launcher.models import Service
from datalab.tenants.members import remove_member
from datalab.tenants.models import Membership, Tenant
from tests.unit.gate.conftest import Run

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "datalab.accounts.oidc.SignInBackend"
PORTAL = "http://localhost:8080"
HOST = "nb-acme-abcde.localhost:8080"


@dataclass
class Browser:
    """Its cookies of the page's origin and of one tool's."""

    run: Run[Any]
    gate: ForwardAuth
    page: Client
    host: str = HOST
    cookie: str = ""

    def visit(self, uri: str, **asked: Any) -> Answer:
        """A navigation, unless `asked` says otherwise."""
        kind = {"method": "GET", "fetch_mode": "navigate", "accept": "text/html", **asked}
        answer: Answer = self.run(
            self.gate.answer(Asked(host=self.host, uri=uri, cookie=self.cookie, **kind))
        )
        self._keep(answer)
        return answer

    def through_the_door(self, uri: str = "/lab") -> Answer:
        """What a browser does that follows where it is sent; the callback's answer."""
        return self.visit(path_of(self.ask_the_page(self.visit(uri))))

    def ask_the_page(self, bounced: Answer) -> str:
        sent_to = self.page.get(dict(bounced.headers)["Location"].removeprefix(PORTAL))
        assert sent_to.status_code == 302, sent_to.content
        return str(sent_to["Location"])

    def _keep(self, answer: Answer) -> None:
        kept = SimpleCookie(self.cookie)
        for name, value in answer.headers:
            if name == "Set-Cookie":
                kept.load(value)
        self.cookie = "; ".join(f"{one.key}={one.coded_value}" for one in kept.values())


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


@pytest.fixture
def browser(run: Run[Any], pool: Pool, service: Service, bob: User) -> Browser:
    """bob's, signed in to the page."""
    page = Client()
    page.force_login(bob, BACKEND)
    gate = ForwardAuth(
        pool=pool,
        aside=pool,
        office=TicketOffice(b"k"),
        portal=PORTAL,
        domain="localhost:8080",
    )
    return Browser(run, gate, page)


def test_a_member_gets_to_where_they_wanted_to_go(browser: Browser) -> None:
    opened = browser.through_the_door("/lab/tree/a%2Fb?x=1")
    assert opened.status == 302
    assert dict(opened.headers)["Location"] == f"http://{HOST}/lab/tree/a%2Fb?x=1"
    assert dict(opened.headers)["Referrer-Policy"] == "no-referrer"
    allowed = browser.visit("/lab/tree/a%2Fb?x=1")
    assert allowed.status == 200
    assert HEADER in dict(allowed.headers)
    assert "Cookie" not in dict(allowed.headers)


def test_neither_code_nor_pass_is_kept_in_the_clear(browser: Browser) -> None:
    callback = browser.ask_the_page(browser.visit("/"))
    code = parse_qs(urlsplit(callback).query)["code"][0]
    assert DoorCode.objects.get().digest == digest_of(code)
    browser.visit(path_of(callback))
    secret = cookies.read(browser.cookie, cookies.TOOL)
    assert DoorPass.objects.get().digest == digest_of(secret)


def test_a_code_opens_once(browser: Browser) -> None:
    callback = path_of(browser.ask_the_page(browser.visit("/")))
    assert browser.visit(callback).status == 302
    assert browser.visit(callback).status == 403
    assert DoorPass.objects.count() == 1


def test_a_code_sent_to_a_victim_opens_nothing_and_stays_good_for_its_owner(
    browser: Browser,
) -> None:
    callback = path_of(browser.ask_the_page(browser.visit("/")))
    victim = Browser(browser.run, browser.gate, Client())
    assert victim.visit(callback).status == 403
    victim.visit("/")  # has a state of its own now
    assert victim.visit(callback).status == 403
    assert browser.visit(callback).status == 302


def test_an_old_code_opens_nothing(browser: Browser) -> None:
    callback = path_of(browser.ask_the_page(browser.visit("/")))
    DoorCode.objects.update(expires_at=now() - timedelta(seconds=1))
    assert browser.visit(callback).status == 403


def test_a_code_for_one_tool_opens_no_other(
    browser: Browser, globex: Tenant, mallory: User
) -> None:
    callback = path_of(browser.ask_the_page(browser.visit("/")))
    browser.host = "other-acme-abcde.localhost:8080"
    assert browser.visit(callback).status == 403


def test_a_pass_for_one_tool_is_none_for_another(browser: Browser) -> None:
    browser.through_the_door()
    Service.objects.update(host="renamed-acme-abcde")
    assert browser.visit("/", fetch_mode="cors").status == 401


def test_two_tabs_of_one_tool_both_arrive(browser: Browser) -> None:
    one, other = browser.visit("/a"), browser.visit("/b")
    callbacks = [path_of(browser.ask_the_page(bounced)) for bounced in (one, other)]
    assert [browser.visit(callback).status for callback in callbacks] == [302, 302]


@pytest.mark.parametrize(
    "back",
    [
        pytest.param("//evil.com/", id="another host"),
        pytest.param("/\\evil.com", id="a backslash"),
        pytest.param("https://evil.com/", id="a whole address"),
        pytest.param("/\t/evil.com", id="a tab"),
        pytest.param("/a\r\nSet-Cookie: x=1", id="a line break"),
        pytest.param("javascript:alert(1)", id="a script"),
        pytest.param("", id="nothing"),
        pytest.param("/" + "a" * 5000, id="very long"),
    ],
)
def test_the_way_back_stays_on_the_tools_origin(back: str, browser: Browser) -> None:
    assert safe_path(back) == "/"
    state = digest_of("x" * 43)
    asked = {"service": "nb-acme-abcde", "back": back, "state": state}
    sent_to = browser.page.get("/open", asked)["Location"]
    browser.cookie = f"{cookies.STATE}={'x' * 43}"
    opened = browser.visit(path_of(sent_to))
    assert dict(opened.headers)["Location"] == f"http://{HOST}/"


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(service: Service, client: Client) -> None:
    answer = client.get("/open?service=nb-acme-abcde&back=%2Flab")
    assert answer.status_code == 302
    place = urlsplit(answer["Location"])
    assert place.path == "/oidc/authenticate/"
    assert parse_qs(place.query)["next"] == ["/open?service=nb-acme-abcde&back=%2Flab"]


def test_without_a_state_the_page_leads_to_the_tool_which_asks_for_one(
    browser: Browser, service: Service
) -> None:
    for name in (service.host, str(service.id)):
        answer = browser.page.get("/open", {"service": name, "back": "/lab"})
        assert answer["Location"] == f"http://{HOST}/lab"
    assert not DoorCode.objects.exists()


@pytest.mark.parametrize("first", ["0", "a"])
def test_a_tool_is_found_by_its_id_even_if_that_looks_like_a_label(
    client: Client, service: Service, bob: User, first: str
) -> None:
    changed = UUID(first + str(service.id)[1:])
    Service.objects.filter(pk=service.pk).update(id=changed)
    client.force_login(bob)
    assert client.get("/open", {"service": str(changed)})["Location"] == f"http://{HOST}/"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        pytest.param("alice", 302, id="the tenant's admin"),
        pytest.param("carol", 403, id="a viewer"),
        pytest.param("mallory", 404, id="another tenant's admin"),
    ],
)
def test_who_gets_a_code(service: Service, globex: Tenant, who: str, status: int) -> None:
    page = Client()
    page.force_login(User.objects.get(username=who), BACKEND)
    answer = page.get("/open", {"service": "nb-acme-abcde", "state": "0" * 64})
    assert answer.status_code == status
    assert DoorCode.objects.exists() == (status == 302)


def test_anothers_tool_cannot_be_told_from_one_that_never_was(
    service: Service, mallory: User, globex: Tenant
) -> None:
    page = Client()
    page.force_login(mallory, BACKEND)
    asked = ["nb-acme-abcde", str(service.id), "nosuch", "../etc", "", "0" * 36]
    answers = [page.get("/open", {"service": one}) for one in asked]
    assert {(one.status_code, one.content) for one in answers} == {(404, answers[0].content)}
    Service.objects.update(wanted="removed")
    page.force_login(service.owner, BACKEND)
    removed = page.get("/open", {"service": "nb-acme-abcde"})
    assert (removed.status_code, removed.content) == (404, answers[0].content)


def rights() -> set[Right]:
    return {
        Right(kind=RightKind.PASS, id=str(one.id), service=str(one.service_id))
        for one in DoorPass.objects.all()
    }


def test_signing_out_of_the_page_closes_its_tools_and_no_other_browsers(browser: Browser) -> None:
    browser.through_the_door()
    elsewhere = Browser(browser.run, browser.gate, Client())
    elsewhere.page.force_login(User.objects.get(username="alice"), BACKEND)
    elsewhere.through_the_door()
    assert len(still_good(rights(), now())) == 2
    browser.page.logout()
    assert browser.visit("/api", method="POST", fetch_mode="cors").status == 401
    assert elsewhere.visit("/api", method="POST", fetch_mode="cors").status == 200


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(
            lambda one: remove_member(tenant=one.tenant, user=one.owner, by="alice"),
            id="the member was removed",
        ),
        pytest.param(
            lambda one: Membership.objects.filter(user=one.owner).update(role="viewer"),
            id="the member only looks on now",
        ),
        pytest.param(
            lambda one: User.objects.filter(pk=one.owner_id).update(is_active=False),
            id="the user was shut off",
        ),
        pytest.param(
            lambda one: Service.objects.update(wanted="removed"), id="the service was removed"
        ),
        pytest.param(lambda one: Session.objects.all().delete(), id="the session is gone"),
        pytest.param(
            lambda one: Session.objects.update(expire_date=now() - timedelta(seconds=1)),
            id="the session has expired",
        ),
        pytest.param(
            lambda one: DoorPass.objects.update(expires_at=now() - timedelta(seconds=1)),
            id="the pass has expired",
        ),
        pytest.param(lambda one: DoorPass.objects.all().delete(), id="the pass was taken back"),
    ],
)
def test_a_pass_ends_with_what_it_rests_on(browser: Browser, service: Service, end: Any) -> None:
    browser.through_the_door()
    held = rights()
    assert still_good(held, now()) == held
    end(service)
    assert still_good(held, now()) == set()
    assert browser.visit("/", fetch_mode="cors", upgrade=True).status == 401


def test_a_paused_tools_connections_end_but_its_pass_stays(
    browser: Browser, service: Service
) -> None:
    browser.through_the_door()
    held = rights()
    Service.objects.update(wanted="paused", observed="paused")
    assert still_good(held, now()) == set()
    shown = browser.visit("/")
    assert (shown.status, b"is paused" in shown.body) == (503, True)
