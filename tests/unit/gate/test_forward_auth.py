"""What the gate answers for a request to a tool, asked without a network."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from datalab.accounts.actions import create_token
from datalab.accounts.models import User
from datalab.gate.asgi import Answer
from datalab.gate.forward_auth import Asked, ForwardAuth
from datalab.gate.pool import Pool
from datalab.gate.tickets import HEADER, TicketOffice
from datalab.launcher.models import Service
from datalab.tenants.members import remove_member
from datalab.tenants.models import Tenant

pytestmark = pytest.mark.django_db(transaction=True)
DOMAIN = "localhost:8080"
HOST = f"nb-acme-abcde.{DOMAIN}"
ASKED = Asked(method="GET", host=HOST, uri="/lab", fetch_mode="cors")
Ask = Callable[[Asked], Answer]


@pytest.fixture
def ask() -> Iterator[Ask]:
    pool = Pool()
    door = ForwardAuth(
        pool=pool, office=TicketOffice(b"k" * 32), portal=f"http://{DOMAIN}", domain=DOMAIN
    )
    with ThreadPoolExecutor(max_workers=1) as thread:
        # In a thread: Django refuses its database where an event loop runs.
        yield lambda asked: thread.submit(asyncio.run, door.answer(asked)).result()
    pool.close()


def token_of(user: User) -> str:
    return create_token(user=user, name="t", valid_for=timedelta(hours=1), now=now())[1]


def headers(answer: Answer) -> dict[str, str]:
    return dict(answer.headers)


def test_a_member_gets_a_ticket_and_our_token_goes_no_further(
    ask: Ask, service: Service, bob: User
) -> None:
    cookie = "__Host-datalab=page; _xsrf=tool; __Host-datalab_tool=pass"
    asked = replace(ASKED, authorization=f"Bearer {token_of(bob)}", cookie=cookie)
    answer = ask(asked)
    assert answer.status == 200
    assert headers(answer)[HEADER]
    assert headers(answer)["X-Datalab-User"] == "bob"
    assert headers(answer)["Cookie"] == "_xsrf=tool"
    assert "Authorization" not in headers(answer)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({}, 401, id="nobody"),
        pytest.param({"fetch_mode": "navigate"}, 302, id="nobody, going there"),
        pytest.param({"host": f"x.nb-acme-abcde.{DOMAIN}"}, 421, id="a nested name"),
        pytest.param({"host": f"{HOST}.evil.com"}, 421, id="a name that goes on"),
        pytest.param({"host": "nb-acme-abcde.localhost:81"}, 421, id="another port"),
        pytest.param({"host": DOMAIN}, 421, id="the page's own"),
        pytest.param(
            {"uri": "/_datalab/callback?code=x", "fetch_mode": "navigate"}, 403, id="a made-up code"
        ),
        pytest.param({"uri": "/_datalab/x"}, 404, id="nothing is there"),
        pytest.param({"origin": "http://evil.test", "method": "POST"}, 403, id="a foreign POST"),
        pytest.param(
            {"origin": "http://evil.test", "upgrade": True}, 403, id="a foreign WebSocket"
        ),
        pytest.param({"fetch_site": "cross-site"}, 403, id="a foreign fetch"),
    ],
)
def test_what_is_refused_before_anybody_is_looked_up(
    ask: Ask, service: Service, change: dict[str, Any], status: int
) -> None:
    assert ask(replace(ASKED, **change)).status == status


def test_the_way_to_the_page_keeps_where_one_wanted_to_go(ask: Ask, service: Service) -> None:
    answer = ask(replace(ASKED, fetch_mode="navigate", uri="/lab?x=1"))
    place = headers(answer)["Location"]
    assert place.startswith(f"http://{DOMAIN}/open?service=nb-acme-abcde&back=%2Flab%3Fx%3D1")
    assert "HttpOnly" in headers(answer)["Set-Cookie"]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        pytest.param("alice", 200, id="the tenant's admin"),
        pytest.param("carol", 403, id="a viewer"),
        pytest.param("mallory", 404, id="another tenant's admin"),
    ],
)
def test_who_may_enter(ask: Ask, service: Service, globex: Tenant, who: str, status: int) -> None:
    user = User.objects.get(username=who)
    answer = ask(replace(ASKED, authorization=f"Bearer {token_of(user)}"))
    assert answer.status == status


def test_a_tools_own_authorization_reaches_it(ask: Ask, service: Service) -> None:
    assert ask(replace(ASKED, authorization="token abc")).status == 401


def test_a_removed_member_is_out_within_the_two_seconds_of_the_memory(
    ask: Ask, service: Service, bob: User, acme: Tenant
) -> None:
    upgrade = replace(ASKED, authorization=f"Bearer {token_of(bob)}", upgrade=True)
    assert ask(upgrade).status == 200
    remove_member(tenant=acme, user=bob, by="alice")
    assert ask(upgrade).status == 404


def test_a_paused_tool_says_so_instead_of_failing(ask: Ask, service: Service, bob: User) -> None:
    Service.objects.update(wanted="paused", observed="paused")
    answer = ask(replace(ASKED, authorization=f"Bearer {token_of(bob)}"))
    assert answer.status in {409, 503}
    assert b"paused" in answer.body
