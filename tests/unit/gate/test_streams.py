"""Event streams, asked as the front door asks them: one reader of the database, many streams."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client
from django.utils.timezone import now

from datalab.accounts.actions import create_token
from datalab.accounts.models import ApiToken, User
from datalab.accounts.reach import Verb
from datalab.audit.models import Event
from datalab.core.errors import ProviderUnavailable
from datalab.gate import streams as streaming
from datalab.gate.asgi import Message
from datalab.gate.pool import Pool
from datalab.gate.streams import Streams
from datalab.launcher.models import Service, ServiceEvent
from datalab.providers import registry
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.tenants.lifecycle import Role
from datalab.tenants.members import remove_member, set_member
from datalab.tenants.models import Tenant
from datalab.tenants.tokens import take_out
from tests.unit.gate.conftest import Run, make_service

pytestmark = pytest.mark.django_db(transaction=True)
TENANT = "/api/v1/tenants/acme/events"
ONE = "/api/v1/tenants/acme/services/nb/events"
LOGS = "/api/v1/tenants/acme/services/nb/logs/follow"
BACKEND = "datalab.accounts.oidc.SignInBackend"


def event(service: Service, phase: str = "running", **more: Any) -> ServiceEvent:
    return ServiceEvent.objects.create(
        tenant_id=service.tenant_id, service_id=service.id, phase=phase, **more
    )


def cookie_of(user: User) -> str:
    page = Client()
    page.force_login(user, BACKEND)
    return f"__Host-datalab={page.cookies['__Host-datalab'].value}"


def token_of(user: User) -> str:
    return create_token(user=user, name="t", valid_for=timedelta(hours=1), now=now())[1]


def bearer(user: User) -> dict[str, str]:
    return {"authorization": f"Bearer {token_of(user)}"}


@dataclass
class Reader:
    """One who reads a stream, until it leaves or the stream ends."""

    status: int = 0
    text: str = ""
    ended: bool = False
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        self.text += message.get("body", b"").decode()
        self.ended = self.ended or not message.get("more_body", "status" in message)

    @property
    def events(self) -> list[dict[str, Any]]:
        lines = self.text.splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]

    @property
    def ids(self) -> list[int]:
        lines = self.text.splitlines()
        return [int(line[4:]) for line in lines if line.startswith("id: ")]


@dataclass
class SlowReader(Reader):
    """Takes the head, and what follows only once it reads on."""

    reads_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Message) -> None:
        await super().send(message)
        if "body" in message:
            await self.reads_on.wait()


@dataclass
class Gate:
    streams: Streams
    pool: Pool

    async def open(
        self, path: str, headers: dict[str, str], reader: Reader | None = None
    ) -> Reader:
        """Returns once there is a status."""
        reader = reader or Reader()
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "GET", "path": path, "headers": raw}
        task = asyncio.create_task(self.streams.app(scope, reader.receive, reader.send))
        task.add_done_callback(lambda done: done.result())
        await until(lambda: reader.status != 0)
        return reader

    async def happens(self, service: Service, phase: str = "running", **more: Any) -> ServiceEvent:
        return await self.pool.run(event, service, phase, **more)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for is inside what is tested
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def gate() -> AsyncIterator[Gate]:
    pool = Pool()
    streams = Streams(pool, outside=pool, aside=pool)
    job = asyncio.create_task(streams.forever())
    try:
        yield Gate(streams, pool)
    finally:
        streams.close()
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)
        pool.close()


Scenario = Callable[[Gate], Awaitable[None]]


@pytest.fixture
def during(run: Run[Any]) -> Callable[[Scenario], None]:
    """Runs a scenario with a gate that reads the database."""

    async def with_gate(scenario: Scenario) -> None:
        async with gate() as running:
            await scenario(running)

    return lambda scenario: run(with_gate(scenario))


def test_a_stream_tells_what_happens_with_all_that_the_page_shows(
    during: Any, service: Service, bob: User
) -> None:
    cookie = cookie_of(bob)

    async def scenario(gate: Gate) -> None:
        reader = await gate.open(TENANT, {"cookie": f"a=1; {cookie}"})
        await gate.happens(
            service, "starting", reason_code="Pulling", message="m", raw="r", progress=0.5
        )
        await until(lambda: bool(reader.events))
        (told,) = reader.events
        at = told.pop("at")
        assert at.endswith("+00:00")
        assert told == {
            "id": str(service.id),
            "name": "nb",
            "phase": "starting",
            "reason": {"code": "Pulling", "message": "m", "raw": "r"},
            "progress": 0.5,
            "url": service.url,
        }
        assert "event: service\n" in reader.text
        assert reader.text.startswith("retry: 2000\n\n")

    during(scenario)


def test_a_stream_of_one_service_tells_nothing_of_the_others(
    during: Any, service: Service, bob: User, acme: Tenant, globex: Tenant, mallory: User
) -> None:
    neighbour, foreign = make_service(acme, bob, "other"), make_service(globex, mallory)
    who, alices = bearer(bob), bearer(User.objects.get(username="alice"))

    async def scenario(gate: Gate) -> None:
        one = await gate.open(ONE, who)
        by_id = await gate.open(ONE.replace("/nb/", f"/{service.id}/"), who)
        every = await gate.open(TENANT, alices)
        for each in (foreign, neighbour, service):
            await gate.happens(each)
        await until(lambda: len(every.events) == 2)
        await until(lambda: len(one.events) == len(by_id.events) == 1)
        assert one.events[0]["id"] == by_id.events[0]["id"] == str(service.id)
        assert {told["id"] for told in every.events} == {str(service.id), str(neighbour.id)}

    during(scenario)


def test_who_comes_back_gets_what_they_missed_once_and_in_order(
    during: Any, service: Service, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "AT_ONCE", 500)
    ids = [event(service, progress=n / 1000).id for n in range(700)]
    who = bearer(bob)

    async def scenario(gate: Gate) -> None:
        reader = await gate.open(TENANT, {**who, "last-event-id": str(ids[99])})
        newest = await gate.happens(service)
        await until(lambda: newest.id in reader.ids)
        assert reader.ids == [*ids[100:], newest.id]

    during(scenario)


def test_who_comes_for_the_first_time_gets_nothing_old(
    during: Any, service: Service, bob: User
) -> None:
    event(service)
    who = bearer(bob)

    async def scenario(gate: Gate) -> None:
        reader = await gate.open(TENANT, {**who, "last-event-id": "nonsense"})
        newest = await gate.happens(service)
        await until(lambda: bool(reader.ids))
        assert reader.ids == [newest.id]

    during(scenario)


def test_a_slow_reader_misses_nothing_and_holds_no_more_than_its_share(
    during: Any, service: Service, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "_WAITING", 3)
    who = bearer(bob)

    async def scenario(gate: Gate) -> None:
        reader = SlowReader()
        await gate.open(TENANT, who, reader)
        ids = [(await gate.happens(service)).id for _ in range(20)]
        (stream,) = gate.streams._open  # noqa: SLF001 - how much is held is nobody else's business
        await until(lambda: stream.missed)
        assert len(stream.waiting) <= 3
        reader.reads_on.set()
        await until(lambda: ids[-1] in reader.ids)
        assert reader.ids == ids

    during(scenario)


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        pytest.param({}, TENANT, 401, id="nobody"),
        pytest.param({"cookie": "__Host-datalab=nonsense"}, TENANT, 401, id="a made-up session"),
        pytest.param({"authorization": "Bearer dl_nonsense"}, TENANT, 401, id="a made-up token"),
        pytest.param({"authorization": "Basic dXNlcg=="}, TENANT, 401, id="another scheme"),
    ],
)
def test_nobody_watches_without_a_right(
    during: Any, acme: Tenant, headers: dict[str, str], path: str, status: int
) -> None:
    async def scenario(gate: Gate) -> None:
        assert (await gate.open(path, headers)).status == status

    during(scenario)


def test_anothers_tenant_and_service_cannot_be_told_from_none(
    during: Any, service: Service, mallory: User, globex: Tenant
) -> None:
    who = bearer(mallory)
    paths = [
        (TENANT, "/api/v1/tenants/nosuch/events"),
        (ONE, "/api/v1/tenants/nosuch/services/nb/events"),
        (
            f"/api/v1/tenants/globex/services/{service.id}/events",
            "/api/v1/tenants/globex/services/nosuch/events",
        ),
        (LOGS, "/api/v1/tenants/nosuch/services/nb/logs/follow"),
    ]

    async def scenario(gate: Gate) -> None:
        for theirs, none in paths:
            one, other = await gate.open(theirs, who), await gate.open(none, who)
            assert (one.status, one.text) == (404, other.text)

    during(scenario)


def test_who_is_refused_a_stream_is_in_the_audit(
    during: Any, service: Service, acme: Tenant, mallory: User, globex: Tenant
) -> None:
    who = bearer(mallory)

    async def scenario(gate: Gate) -> None:
        await gate.open(LOGS, who)
        await gate.open(TENANT, {"authorization": "Bearer dl_nonsense"})
        await gate.open(TENANT, {})
        await gate.open("/api/v1/tenants/globex/services/none/events", who)

    during(scenario)
    told = Event.objects.filter(type="access.denied").order_by("id")
    found = [(one.actor, one.tenant_id, one.data["status"], one.data["route"]) for one in told]
    assert found == [
        ("mallory", acme.id, 404, "/api/v1/tenants/{tenant}/services/{service}/logs/follow"),
        ("", None, 401, "/api/v1/tenants/{tenant}/events"),
    ]


@pytest.mark.parametrize(
    "path",
    ["/", "/api/v1/tenants/acme/services", "/api/v1/tenants/a/b/events", "/_gate/auth/"],
)
def test_nothing_else_is_answered(during: Any, acme: Tenant, path: str) -> None:
    async def scenario(gate: Gate) -> None:
        assert (await gate.open(path, {})).status == 404

    during(scenario)


def _remove(user: User) -> None:
    remove_member(tenant=Tenant.objects.get(slug="acme"), user=user, by="alice")


@pytest.mark.parametrize(
    ("verbs", "tenant", "status"),
    [
        pytest.param((Verb.READ,), "acme", 200, id="one that reads here"),
        pytest.param((Verb.READ,), "globex", 404, id="one for another tenant"),
        pytest.param((Verb.WRITE, Verb.ADMIN), "acme", 403, id="one that does not read"),
    ],
)
def test_a_token_watches_what_it_is_for(
    during: Any,
    service: Service,
    globex: Tenant,
    bob: User,
    verbs: tuple[Verb, ...],
    tenant: str,
    status: int,
) -> None:
    set_member(tenant=globex, user=bob, role=Role.MEMBER, by="mallory")
    limits = {Tenant.objects.get(slug=tenant).id: tenant}
    life = timedelta(hours=1)
    _, token = create_token(
        user=bob, name="t", valid_for=life, now=now(), verbs=verbs, tenants=limits
    )

    async def scenario(gate: Gate) -> None:
        opened = await gate.open(TENANT, {"authorization": f"Bearer {token}"})
        assert opened.status == status

    during(scenario)


def _take_out(user: User) -> None:
    """Its owner stays a member."""
    tenant, alice = Tenant.objects.get(slug="acme"), User.objects.get(username="alice")
    for row in user.api_tokens.all():
        take_out(tenant=tenant, token_id=row.pk, by=alice)
    Session.objects.all().delete()


@pytest.mark.parametrize("kind", ["cookie", "token"])
@pytest.mark.parametrize(
    "end",
    [
        pytest.param(_remove, id="the member was removed"),
        pytest.param(
            lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
            id="the user was shut off",
        ),
        pytest.param(
            lambda user: (Session.objects.all().delete(), ApiToken.objects.all().delete()),
            id="signed out, the token revoked",
        ),
        pytest.param(
            lambda user: (
                Session.objects.update(expire_date=now() - timedelta(seconds=1)),
                ApiToken.objects.update(expires_at=now() - timedelta(seconds=1)),
            ),
            id="both have expired",
        ),
        pytest.param(_take_out, id="signed out, the tenant taken out of the token"),
    ],
)
def test_a_stream_ends_with_its_right_and_no_other_does(
    during: Any, service: Service, bob: User, globex: Tenant, mallory: User, kind: str, end: Any
) -> None:
    who = {"cookie": cookie_of(bob)} if kind == "cookie" else bearer(bob)
    make_service(globex, mallory)

    async def scenario(gate: Gate) -> None:
        his = await gate.open(TENANT, who)
        began = asyncio.get_running_loop().time()
        await gate.pool.run(end, bob)
        await until(lambda: his.ended)
        assert asyncio.get_running_loop().time() - began < 3
        assert (await gate.open(TENANT, who)).status in {401, 404}

    during(scenario)


def test_another_members_stream_goes_on(
    during: Any, service: Service, bob: User, alice: User
) -> None:
    his, hers = bearer(bob), bearer(alice)
    # Else it would be paused with the removal, which she would see, too.
    Service.objects.update(owner=alice)

    async def scenario(gate: Gate) -> None:
        bobs, alices = await gate.open(TENANT, his), await gate.open(TENANT, hers)
        await gate.pool.run(_remove, bob)
        await until(lambda: bobs.ended)
        await gate.happens(service)
        await until(lambda: len(alices.events) == 1)
        assert not bobs.events

    during(scenario)


def test_a_changed_password_ends_the_sessions_streams(
    during: Any, service: Service, bob: User
) -> None:
    who = {"cookie": cookie_of(bob)}

    def change() -> None:
        bob.set_password("another")
        bob.save()

    async def scenario(gate: Gate) -> None:
        reader = await gate.open(TENANT, who)
        await gate.pool.run(change)
        await until(lambda: reader.ended)

    during(scenario)


def test_a_session_of_an_unknown_backend_is_nobody(
    during: Any, acme: Tenant, bob: User, settings: Any
) -> None:
    who = {"cookie": cookie_of(bob)}
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]

    async def scenario(gate: Gate) -> None:
        assert (await gate.open(TENANT, who)).status == 401

    during(scenario)


def test_what_was_gone_when_the_reader_left_is_not_kept(
    during: Any, service: Service, bob: User
) -> None:
    who = bearer(bob)

    async def scenario(gate: Gate) -> None:
        reader = await gate.open(TENANT, who)
        reader.left.set()
        await until(lambda: not gate.streams.rights)

    during(scenario)


def test_a_silent_stream_says_that_it_lives(
    during: Any, service: Service, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "ALIVE_EVERY", 0.02)
    who = bearer(bob)

    async def scenario(gate: Gate) -> None:
        reader = await gate.open(TENANT, who)
        await until(lambda: reader.text.count(": alive\n\n") >= 2)

    during(scenario)


def test_more_streams_than_the_gate_can_bear_are_refused(
    during: Any, service: Service, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "MOST_STREAMS", 2)
    monkeypatch.setattr(streaming, "MOST_FOLLOWERS", 1)
    who = bearer(bob)

    async def scenario(gate: Gate) -> None:
        paths = (LOGS, LOGS, TENANT, TENANT)
        assert [(await gate.open(path, who)).status for path in paths] == [200, 429, 200, 429]

    during(scenario)


def memory() -> MemoryRuntime:
    runtime = registry.cluster_runtime()
    assert isinstance(runtime, MemoryRuntime)
    return runtime


def test_a_log_is_followed_line_by_line(during: Any, service: Service, bob: User) -> None:
    who, ref = bearer(bob), service.ref
    memory().write(ref, "old")

    async def scenario(gate: Gate) -> None:
        reader = await gate.open(LOGS, who)
        await until(lambda: bool(reader.events))
        for line in ("new", 'with "quotes"\tand ünicode'):
            memory().write(ref, line)
        await until(lambda: len(reader.events) > 1)
        lines = [line for told in reader.events for line in told["lines"]]
        assert lines == ["old", "new", 'with "quotes"\tand ünicode']
        assert "event: log\n" in reader.text

    during(scenario)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(ProviderUnavailable("x", provider="cluster"), id="no runtime"),
        pytest.param(OperationalError("x"), id="no database"),
    ],
)
def test_a_stream_whose_source_fails_ends_so_that_the_reader_comes_back(
    during: Any,
    service: Service,
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
) -> None:
    def failing(*_: object) -> str:
        raise trouble

    monkeypatch.setattr(streaming, "_log_of", failing)
    who = bearer(bob)

    async def scenario(gate: Gate) -> None:
        reader = await gate.open(LOGS, who)
        await until(lambda: reader.ended)

    during(scenario)
