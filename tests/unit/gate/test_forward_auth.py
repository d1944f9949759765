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
from datalab.accounts.models import ApiToken, User
from datalab.accounts.reach import Verb
from datalab.gate.asgi import Answer
from datalab.gate.forward_auth import Asked, ForwardAuth
from datalab.gate.pool import Pool
from datalab.gate.rights import still_good
from datalab.gate.tickets import HEADER, Right, RightKind, TicketOffice
from datalab.launcher.models import Service
from datalab.tenants.members import remove_member
from datalab.tenants.models import Membership, Tenant
from datalab.tenants.tokens import take_out

pytestmark = pytest.mark.django_db(transaction=True)
DOMAIN = "localhost:8080"
HOST = f"nb-acme-abcde.{DOMAIN}"
ASKED = Asked(method="GET", host=HOST, uri="/lab", fetch_mode="cors")
Ask = Callable[[Asked], Answer]


@pytest.fixture
def ask() -> Iterator[Ask]:
    pool = Pool()
    door = ForwardAuth(
        pool=pool,
        aside=pool,
        office=TicketOffice(b"k" * 32),
        portal=f"http://{DOMAIN}",
        domain=DOMAIN,
    )
    with ThreadPoolExecutor(max_workers=1) as thread:
        # In a thread: Django refuses its database where an event loop runs.
        yield lambda asked: thread.submit(asyncio.run, door.answer(asked)).result()
    pool.close()


def token_of(user: User) -> str:
    return create_token(user=user, name="t", valid_for=timedelta(hours=1), now=now())[1]


def narrow_token_of(user: User, *verbs: Verb, tenant: Tenant | None = None) -> str:
    limits = None if tenant is None else {tenant.id: tenant.slug}
    life = timedelta(hours=1)
    return create_token(
        user=user, name="t", valid_for=life, now=now(), verbs=verbs or tuple(Verb), tenants=limits
    )[1]


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


def test_a_token_that_only_reads_opens_no_tool(ask: Ask, service: Service, bob: User) -> None:
    answer = ask(replace(ASKED, authorization=f"Bearer {narrow_token_of(bob, Verb.READ)}"))
    assert answer.status == 403
    assert b"verb write" in answer.body


@pytest.mark.parametrize("above", [False, True], ids=["a member of both", "a platform admin"])
def test_a_token_for_another_tenant_finds_no_tool(
    ask: Ask, service: Service, acme: Tenant, globex: Tenant, bob: User, above: bool
) -> None:
    User.objects.filter(pk=bob.pk).update(is_platform_admin=above)
    Membership.objects.create(tenant=globex, user=bob, role="member")
    elsewhere = narrow_token_of(bob, tenant=globex)
    assert ask(replace(ASKED, authorization=f"Bearer {elsewhere}")).status == 404
    here = narrow_token_of(bob, tenant=acme)
    assert ask(replace(ASKED, authorization=f"Bearer {here}")).status == 200


def test_the_address_of_the_last_use_is_kept(ask: Ask, service: Service, bob: User) -> None:
    scope = {
        "client": ("127.0.0.1", 1),
        "headers": [
            (b"x-forwarded-host", HOST.encode()),
            (b"x-forwarded-method", b"GET"),
            (b"x-forwarded-uri", b"/lab"),
            (b"x-forwarded-for", b"203.0.113.9"),
            (b"authorization", f"Bearer {token_of(bob)}".encode()),
        ],
    }
    assert ask(Asked.of(scope)).status == 200
    assert ApiToken.objects.get().last_used_from == "203.0.113.9"


def test_connections_of_a_token_end_where_it_loses_the_tenant(
    service: Service, acme: Tenant, globex: Tenant, bob: User, alice: User
) -> None:
    Membership.objects.create(tenant=globex, user=bob, role="member")
    narrow_token_of(bob)
    row = ApiToken.objects.get()
    right = Right(kind=RightKind.TOKEN, id=str(row.pk), service=str(service.pk))
    assert still_good([right], now()) == {right}
    take_out(tenant=acme, token_id=row.pk, by=alice)
    assert ApiToken.objects.usable(now()).exists()
    assert still_good([right], now()) == set()


def test_a_paused_tool_says_so_instead_of_failing(ask: Ask, service: Service, bob: User) -> None:
    Service.objects.update(wanted="paused", observed="paused")
    answer = ask(replace(ASKED, authorization=f"Bearer {token_of(bob)}"))
    assert answer.status in {409, 503}
    assert b"paused" in answer.body
