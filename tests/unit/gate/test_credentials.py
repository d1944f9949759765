"""The desk for the bucket's keys: from memory while they last, one fetch at a time."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from datalab.accounts.models import User, digest_of
from datalab.core.errors import ProviderUnavailable
from datalab.gate.asgi import Answer, Message
from datalab.gate.credentials import CredentialsDesk
from datalab.gate.pool import Pool
from datalab.launcher.models import Service, ServiceCredential
from datalab.providers import registry
from datalab.providers.objects.base import Credentials
from datalab.providers.objects.memory import MemoryObjects
from datalab.providers.workloads.memory import MemoryWorkloads
from datalab.tenants.models import Tenant
from tests.unit.gate.conftest import Run, make_service

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "token-of-nb"
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Store(MemoryObjects):
    """Issues keys by the test's clock, or does not answer."""

    at: datetime = START
    lasts: timedelta = timedelta(hours=1)
    down: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def issue_credentials(self, bucket: str, *, session: str, valid_for: timedelta) -> Credentials:
        if self.down:
            raise ProviderUnavailable("The store does not answer.", provider="objects")
        self.issued += 1
        self.asked.append((bucket, session))
        return Credentials(
            access_key=f"key-{self.issued}",
            secret_key="s",
            session_token="t",
            expires_at=self.at + min(valid_for, self.lasts),
        )


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store()
    monkeypatch.setattr(registry, "object_store", lambda: made)
    return made


@pytest.fixture
def desk(store: Store, pool: Pool, service: Service) -> CredentialsDesk:
    ServiceCredential.objects.create(service=service, digest=digest_of(TOKEN))
    return CredentialsDesk(pool, outside=pool, clock=lambda: store.at)


def key(answer: Answer) -> Any:
    return json.loads(answer.body).get("AccessKeyId")


def test_a_tool_gets_keys_in_the_form_that_sdks_read(
    desk: CredentialsDesk, run: Run[Answer], store: Store, service: Service
) -> None:
    answer = run(desk.answer(TOKEN))
    assert answer.status == 200
    assert json.loads(answer.body) == {
        "AccessKeyId": "key-1",
        "SecretAccessKey": "s",
        "Token": "t",
        "Expiration": "2026-01-01T01:00:00Z",
    }
    assert store.asked == [("dl-acme", f"service-{service.id}")]
    assert ("Cache-Control", "no-store") in answer.headers


@pytest.mark.parametrize(
    ("minutes", "keys"),
    [
        pytest.param([0, 29], ["key-1", "key-1"], id="from memory for half of their time"),
        pytest.param([0, 31], ["key-1", "key-2"], id="new in their second half"),
        pytest.param([0, 120], ["key-1", "key-2"], id="new when they have ended"),
    ],
)
def test_keys_are_kept_and_renewed(
    desk: CredentialsDesk, run: Run[Answer], store: Store, minutes: list[int], keys: list[str]
) -> None:
    got = []
    for minute in minutes:
        store.at = START + timedelta(minutes=minute)
        got.append(key(run(desk.answer(TOKEN))))
    assert got == keys


def test_keys_with_little_time_left_are_not_given_from_memory(
    desk: CredentialsDesk, run: Run[Answer], store: Store
) -> None:
    store.lasts = timedelta(minutes=25)
    run(desk.answer(TOKEN))
    store.at += timedelta(minutes=6)
    assert key(run(desk.answer(TOKEN))) == "key-2"


def test_a_store_that_is_away_is_not_noticed_while_there_is_time_left(
    desk: CredentialsDesk, run: Run[Answer], store: Store
) -> None:
    run(desk.answer(TOKEN))
    store.down = True
    store.at = START + timedelta(minutes=35)
    assert key(run(desk.answer(TOKEN))) == "key-1"
    store.at = START + timedelta(minutes=41)
    assert run(desk.answer(TOKEN)).status == 503
    store.down = False
    assert key(run(desk.answer(TOKEN))) == "key-2"


def test_of_many_calls_at_once_one_fetches(
    desk: CredentialsDesk, run: Run[list[Answer]], store: Store
) -> None:
    async def ask() -> list[Answer]:
        return await asyncio.gather(*(desk.answer(TOKEN) for _ in range(10)))

    assert {key(answer) for answer in run(ask())} == {"key-1"}
    assert store.issued == 1


def test_each_service_gets_its_own(
    desk: CredentialsDesk,
    run: Run[Answer],
    store: Store,
    globex: Tenant,
    mallory: User,
) -> None:
    other = make_service(globex, mallory)
    ServiceCredential.objects.create(service=other, digest=digest_of("token-of-other"))
    assert key(run(desk.answer(TOKEN))) != key(run(desk.answer("token-of-other")))
    assert [bucket for bucket, _ in store.asked] == ["dl-acme", "dl-globex"]


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="none"),
        pytest.param("nonsense", id="a made-up one"),
        pytest.param(digest_of(TOKEN), id="what the database keeps"),
        pytest.param(f"Bearer {TOKEN}", id="with a scheme"),
    ],
)
def test_no_other_token_is_good(
    desk: CredentialsDesk, run: Run[Answer], store: Store, token: str
) -> None:
    assert run(desk.answer(token)).status == 401
    assert store.issued == 0


@pytest.mark.parametrize("wanted", ["paused", "removed"])
def test_the_token_ends_with_the_service(
    desk: CredentialsDesk, run: Run[Answer], store: Store, wanted: str
) -> None:
    assert run(desk.answer(TOKEN)).status == 200
    Service.objects.update(wanted=wanted)
    assert run(desk.answer(TOKEN)).status == 401


@pytest.fixture
def workloads() -> MemoryWorkloads:
    return MemoryWorkloads()


@pytest.fixture
def cluster_desk(store: Store, pool: Pool, workloads: MemoryWorkloads) -> CredentialsDesk:
    return CredentialsDesk(pool, outside=pool, workloads=workloads, clock=lambda: store.at)


def test_a_pod_gets_its_services_keys(
    cluster_desk: CredentialsDesk,
    run: Run[Answer],
    store: Store,
    service: Service,
    workloads: MemoryWorkloads,
) -> None:
    """Also a restarted one, from memory: keys are the service's, not the pod's."""
    for pod in ("nb-0", "nb-1"):
        token = workloads.token("dl-acme", "nb", pod=pod)
        assert key(run(cluster_desk.answer(token))) == "key-1"
    assert store.asked == [("dl-acme", f"service-{service.id}")]


@pytest.mark.parametrize(
    ("namespace", "account"),
    [
        pytest.param("dl-acme", "default", id="the default account"),
        pytest.param("dl-acme", "nb-2", id="an account of no service"),
        pytest.param("dl-globex", "nb", id="a namesake in another tenant"),
        pytest.param("kube-system", "nb", id="a namespace of nobody"),
    ],
)
def test_a_pod_of_no_service_gets_nothing(
    cluster_desk: CredentialsDesk,
    run: Run[Answer],
    store: Store,
    service: Service,
    globex: Tenant,
    workloads: MemoryWorkloads,
    namespace: str,
    account: str,
) -> None:
    assert (service.name, globex.namespace) == ("nb", "dl-globex")
    token = workloads.token(namespace, account, pod="nb-0")
    refusal = run(cluster_desk.answer(token))
    assert refusal.status == 401
    assert refusal.body == run(cluster_desk.answer("nonsense")).body
    assert store.issued == 0


@pytest.mark.parametrize("wanted", ["paused", "removed"])
def test_a_pod_that_still_ends_gets_nothing(
    cluster_desk: CredentialsDesk,
    run: Run[Answer],
    service: Service,
    workloads: MemoryWorkloads,
    wanted: str,
) -> None:
    token = workloads.token("dl-acme", "nb", pod="nb-0")
    assert run(cluster_desk.answer(token)).status == 200
    Service.objects.update(wanted=wanted)
    assert run(cluster_desk.answer(token)).status == 401


def test_on_a_cluster_a_token_of_the_platforms_own_is_good_for_nothing(
    cluster_desk: CredentialsDesk, run: Run[Answer], service: Service
) -> None:
    ServiceCredential.objects.create(service=service, digest=digest_of(TOKEN))
    assert run(cluster_desk.answer(TOKEN)).status == 401


def test_a_cluster_that_is_away_is_no_refusal(
    cluster_desk: CredentialsDesk, run: Run[Answer], service: Service, workloads: MemoryWorkloads
) -> None:
    token = workloads.token("dl-acme", service.name, pod="nb-0")
    workloads.down = True
    assert run(cluster_desk.answer(token)).status == 503


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/credentials", 200),
        ("POST", "/v1/credentials", 404),
        ("GET", "/v1/credentials/", 404),
        ("GET", "/_gate/auth", 404),
        ("GET", "/api/v1/me", 404),
    ],
)
def test_the_desk_answers_one_question(
    desk: CredentialsDesk, run: Run[None], method: str, path: str, status: int
) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"authorization", TOKEN.encode())]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    run(desk.app(scope, receive, send))
    assert sent[0]["status"] == status
