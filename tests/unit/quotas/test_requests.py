"""Asking for more: bob asks alice, alice asks root; granted for good, until a date, or refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.accounts.notifications import Notification
from datalab.audit.models import Event
from datalab.quotas.models import MemberQuota, QuotaRequest
from datalab.quotas.requests import end_grants
from datalab.tenants.models import Tenant

URL = "/api/v1/tenants/acme/quota"
SLICE = "nvidia.com/mig-1g.5gb"
ClientOf = Callable[[User], APIClient]

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_user("root", is_platform_admin=True)


def ask(client: APIClient, **resources: Any) -> str:
    body = {"resources": resources, "reason": "a bigger model"}
    answer = client.post(f"{URL}/requests", body, format="json")
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["id"])


def decide(client: APIClient, request_id: str, verb: str, **body: Any) -> Any:
    return client.post(f"{URL}/requests/{request_id}/{verb}", body, format="json")


def limit_of(client: APIClient, resource: str) -> Any:
    return client.get(URL).json()["limits"][resource]


def own_limit(client: APIClient, resource: str) -> Any:
    return client.get(URL).json()["per_member"][0]["limits"].get(resource)


def news(client: APIClient) -> tuple[list[str], int]:
    page = client.get("/api/v1/me/notifications").json()
    return [one["title"] for one in page["results"]], page["unread"]


def test_a_member_asks_and_an_admin_grants_for_good(
    client_of: ClientOf, alice: User, bob: User
) -> None:
    admin, member = client_of(alice), client_of(bob)
    admin.put(f"{URL}/member-default", {"limits": {"cpu": "2"}}, format="json")
    request_id = ask(member, cpu="2")
    assert news(admin) == (["bob asks for more in Acme"], 1)
    granted = decide(admin, request_id, "grant", resources={"cpu": "1"}, answer="One for now.")
    assert granted.json()["granted"] == {"cpu": "1"}
    assert own_limit(member, "cpu") == "3"
    assert news(member) == (["You were granted more in Acme"], 1)
    kinds = ["quota.requested", "quota.granted"]
    assert [one.type for one in Event.objects.filter(type__in=kinds).order_by("id")] == kinds


def test_a_tenants_admin_asks_and_only_the_platforms_admin_grants(
    client_of: ClientOf, alice: User, root: User
) -> None:
    request_id = ask(client_of(alice), cpu="4", devices={SLICE: 2})
    assert decide(client_of(alice), request_id, "grant").status_code == 403
    assert decide(client_of(root), request_id, "grant").status_code == 200
    assert limit_of(client_of(alice), "cpu") == "12"
    assert limit_of(client_of(alice), "devices") == {SLICE: 2}


def test_a_refusal_has_an_answer(client_of: ClientOf, alice: User, bob: User) -> None:
    request_id = ask(client_of(bob), cpu="2")
    refused = decide(client_of(alice), request_id, "refuse", answer="Pause the old ones first.")
    assert refused.json()["state"] == "refused"
    assert Notification.objects.get(user=bob).text == "Pause the old ones first."


def test_a_grant_until_a_date_ends_by_itself_and_once(
    client_of: ClientOf, alice: User, bob: User, root: User
) -> None:
    admin, member = client_of(alice), client_of(bob)
    admin.put(f"{URL}/members/bob", {"limits": {"cpu": "2"}}, format="json")
    until = now() + timedelta(days=2)
    decide(admin, ask(member, cpu="3"), "grant", until=until.isoformat())
    tenants = ask(admin, memory="4Gi", devices={SLICE: 1})
    decide(client_of(root), tenants, "grant", until=until.isoformat())
    assert (own_limit(member, "cpu"), limit_of(admin, "memory")) == ("5", "20Gi")
    assert end_grants(until - timedelta(seconds=1)) == 0
    assert [end_grants(until), end_grants(until)] == [2, 0]
    assert (own_limit(member, "cpu"), limit_of(admin, "memory")) == ("2", "16Gi")
    assert limit_of(admin, "devices") == {SLICE: 0}
    assert "What you were granted has ended in Acme" in news(member)[0]


def test_a_limit_that_is_set_meanwhile_is_not_lost(
    client_of: ClientOf, alice: User, root: User
) -> None:
    platform = client_of(root)
    until = now() + timedelta(days=2)
    decide(platform, ask(client_of(alice), cpu="4"), "grant", until=until.isoformat())
    changed = platform.put(URL, {"limits": {"cpu": "10"}}, format="json").json()
    assert (changed["base"]["cpu"], changed["limits"]["cpu"]) == ("10", "14")
    end_grants(until)
    assert limit_of(platform, "cpu") == "10"


def test_what_has_been_decided_is_not_decided_again(
    client_of: ClientOf, acme: Tenant, alice: User, root: User
) -> None:
    request_id = ask(client_of(alice), cpu="4")
    decide(client_of(root), request_id, "grant")
    again = decide(client_of(root), request_id, "grant")
    withdrawn = decide(client_of(alice), request_id, "withdraw")
    assert (again.status_code, withdrawn.status_code) == (409, 409)
    assert limit_of(client_of(alice), "cpu") == "12"


def test_who_has_no_limit_of_their_own_is_told_where_it_is_tight(
    client_of: ClientOf, alice: User, bob: User
) -> None:
    answer = decide(client_of(alice), ask(client_of(bob), cpu="2"), "grant")
    assert answer.status_code == 409
    assert "no limit of their own for cpu" in answer.json()["detail"]
    assert QuotaRequest.objects.get().state == "open"
    assert not MemberQuota.objects.filter(limit_cpu__isnull=False).exists()


def test_a_member_sees_only_their_own_requests(
    client_of: ClientOf, alice: User, bob: User, carol: User
) -> None:
    ask(client_of(bob), cpu="2")
    ask(client_of(alice), cpu="2")
    seen = {
        user.username: len(client_of(user).get(f"{URL}/requests").json()["results"])
        for user in (alice, bob, carol)
    }
    assert seen == {"alice": 2, "bob": 1, "carol": 0}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"resources": {}, "reason": "x"}, id="nothing"),
        pytest.param({"resources": {"cpu": "0"}, "reason": "x"}, id="none of it"),
        pytest.param({"resources": {"cpu": "-1"}, "reason": "x"}, id="less"),
        pytest.param({"resources": {"cpu": "1"}, "reason": ""}, id="without a reason"),
        pytest.param({"resources": {"devices": {SLICE: 1}}, "reason": "x"}, id="a member's device"),
    ],
)
def test_a_request_that_cannot_be_one(client_of: ClientOf, bob: User, body: Any) -> None:
    answer = client_of(bob).post(f"{URL}/requests", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_only_so_many_requests_are_open(client_of: ClientOf, bob: User) -> None:
    for _ in range(10):
        ask(client_of(bob), cpu="1")
    body = {"resources": {"cpu": "1"}, "reason": "one more"}
    assert client_of(bob).post(f"{URL}/requests", body, format="json").status_code == 409


def test_notifications_are_read_one_by_one_or_all(
    client_of: ClientOf, alice: User, bob: User
) -> None:
    ask(client_of(bob), cpu="1")
    ask(client_of(bob), cpu="2")
    client = client_of(alice)
    first = client.get("/api/v1/me/notifications").json()["results"][0]["id"]
    read = "/api/v1/me/notifications/read"
    assert client.post(read, {"ids": [first]}, format="json").json() == {"unread": 1}
    assert client_of(bob).post(read, {"ids": [first]}, format="json").json() == {"unread": 0}
    assert client.post(read, {}, format="json").json() == {"unread": 0}
