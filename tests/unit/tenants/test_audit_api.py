"""The audit over HTTP: alice administers acme, mallory globex, root the platform."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event, EventType
from datalab.audit.record import record
from datalab.tenants.models import Tenant
from datalab.tenants.tasks import reconcile_tenant

ClientOf = Callable[[User], APIClient]
URL = "/api/v1/tenants/acme/audit"
PLATFORM = "/api/v1/audit"


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_user("root", is_platform_admin=True)


@pytest.fixture(autouse=True)
def events(acme: Tenant, globex: Tenant) -> None:
    record(EventType.SERVICE_LAUNCHED, actor="bob", tenant_id=acme.id, service="notebook")
    record(EventType.SERVICE_PAUSED, actor="alice", tenant_id=acme.id, service="notebook")
    record(
        EventType.MEMBER_CHANGED,
        actor="alice",
        tenant_id=acme.id,
        before={"role": "viewer"},
        after={"role": "member"},
        member="bob",
    )
    record(EventType.SERVICE_LAUNCHED, actor="mallory", tenant_id=globex.id, service="evil")
    record(EventType.SIGNED_IN, actor="bob", issuer="https://idp.test")


def listed(client: APIClient, url: str = URL, **query: str) -> list[dict[str, Any]]:
    answer = client.get(url, query)
    assert answer.status_code == 200, answer.json()
    return list(answer.json()["results"])


def test_an_admin_sees_their_tenants_events_the_newest_first(
    client_of: ClientOf, alice: User
) -> None:
    found = listed(client_of(alice))
    assert [one["type"] for one in found] == [
        "member.changed", "service.paused", "service.launched",
    ]  # fmt: skip
    first = found[0]
    assert (first["title"], first["target"], first["tenant"]) == ("Member changed", "bob", "acme")
    assert (first["before"], first["after"]) == ({"role": "viewer"}, {"role": "member"})


def test_members_and_other_tenants_admins_do_not_see_it(
    client_of: ClientOf, bob: User, mallory: User, alice: User
) -> None:
    assert client_of(bob).get(URL).status_code == 403
    assert client_of(mallory).get(URL).status_code == 404
    assert client_of(alice).get(PLATFORM).status_code == 403
    assert client_of(alice).get(f"{PLATFORM}/export").status_code == 403
    assert client_of(bob).get(f"{URL}/export").status_code == 403


def test_who_runs_the_platform_sees_everything(client_of: ClientOf, root: User) -> None:
    found = listed(client_of(root), PLATFORM)
    assert [one["tenant"] for one in found] == [None, "globex", "acme", "acme", "acme"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        pytest.param({"type": "service.launched"}, 1, id="a type"),
        pytest.param({"type": "service.launched,service.paused"}, 2, id="several types"),
        pytest.param({"actor": "alice"}, 2, id="who did it"),
        pytest.param({"text": "NOTE"}, 2, id="part of a name"),
        pytest.param({"text": "evil"}, 0, id="another tenant's"),
        pytest.param({"actor": "alice", "text": "bob"}, 1, id="both at once"),
        pytest.param({"acting": "root"}, 0, id="who acted"),
        pytest.param({"request_id": "none"}, 0, id="another request"),
        pytest.param({"since": (now() - timedelta(hours=1)).isoformat()}, 3, id="since"),
        pytest.param({"until": (now() - timedelta(hours=1)).isoformat()}, 0, id="until"),
        pytest.param({"actor": ""}, 3, id="an empty filter is none"),
    ],
)
def test_filters_narrow_the_list(
    client_of: ClientOf, alice: User, query: dict[str, str], count: int
) -> None:
    assert len(listed(client_of(alice), **query)) == count


@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param({"type": "service.exploded"}, "type", id="no such type"),
        pytest.param({"since": "yesterday"}, "since", id="no time"),
        pytest.param({"text": "x" * 300}, "text", id="too long"),
        pytest.param({"actor": "a\0b"}, "actor", id="a NUL"),
    ],
)
def test_a_wrong_filter_is_named(
    client_of: ClientOf, alice: User, query: dict[str, str], field: str
) -> None:
    answer = client_of(alice).get(URL, query)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_pages_follow_each_other_without_a_gap_while_new_events_come(
    client_of: ClientOf, alice: User, acme: Tenant
) -> None:
    for number in range(7):
        record(EventType.SERVICE_PAUSED, actor="a", tenant_id=acme.id, service=f"s{number}")
    client = client_of(alice)
    answer = client.get(URL, {"page_size": "3"}).json()
    seen = [one["id"] for one in answer["results"]]
    while answer["next"]:
        record(EventType.SERVICE_PAUSED, actor="a", tenant_id=acme.id, service="meanwhile")
        answer = client.get(answer["next"]).json()
        seen += [one["id"] for one in answer["results"]]
    assert len(seen) == len(set(seen)) == 10
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("count", [5, 150])
def test_a_list_takes_the_same_number_of_queries_however_long(
    client_of: ClientOf,
    root: User,
    acme: Tenant,
    count: int,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    for _ in range(count):
        record(EventType.SERVICE_PAUSED, actor="a", tenant_id=acme.id, service="s")
    client = client_of(root)
    with django_assert_num_queries(2):
        assert client.get(PLATFORM, {"page_size": "200"}).status_code == 200


def test_an_export_is_json_lines_and_is_itself_an_event(client_of: ClientOf, alice: User) -> None:
    answer = client_of(alice).get(f"{URL}/export", {"actor": "alice"})
    assert answer["Content-Type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.getvalue().splitlines()]
    assert [line["type"] for line in lines] == ["member.changed", "service.paused"]
    assert all(line["tenant"] == "acme" for line in lines)
    event = Event.objects.get(type="audit.exported")
    assert (event.actor, event.data["filters"]) == ("alice", {"actor": "alice"})


def test_the_whole_platforms_export_has_all_tenants(client_of: ClientOf, root: User) -> None:
    answer = client_of(root).get(f"{PLATFORM}/export", HTTP_ACCEPT="application/x-ndjson")
    lines = [json.loads(line) for line in answer.getvalue().splitlines()]
    assert {line["tenant"] for line in lines} == {"acme", "globex", None}


def test_a_deleted_tenants_trail_can_still_be_read_and_exported(
    client_of: ClientOf, root: User, globex: Tenant
) -> None:
    client, gone = client_of(root), globex.id
    order = {"confirmation": client.get("/api/v1/tenants/globex/deletion").json()["confirmation"]}
    assert client.delete("/api/v1/tenants/globex", order, format="json").status_code == 202
    reconcile_tenant(str(gone))
    assert client.get("/api/v1/tenants/globex").status_code == 404
    shown = listed(client, PLATFORM, tenant="globex")
    assert {one["tenant"] for one in shown} == {"globex"}
    assert {"tenant.deleted", "service.launched"} <= {one["type"] for one in shown}
    answer = client.get(f"{PLATFORM}/export", {"tenant": "globex"})
    lines = [json.loads(line) for line in answer.getvalue().splitlines()]
    assert [line["id"] for line in lines] == [one["id"] for one in shown]
    assert Event.objects.get(type="audit.exported").data["filters"] == {"tenant": "globex"}


def test_a_tenant_that_never_was_has_no_trail(client_of: ClientOf, root: User) -> None:
    assert listed(client_of(root), PLATFORM, tenant="initech") == []


def test_every_type_has_words(client_of: ClientOf, bob: User) -> None:
    types = client_of(bob).get("/api/v1/audit/types").json()
    assert {"type": "service.launched", "title": "Service launched"} in types
    assert len(types) == len(EventType)
