"""Each part is killed while a launch is under way: the launch ends, and nothing is left over."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.buckets import bucket_of, put_text
from tests.e2e.platform import Platform, until

pytestmark = [pytest.mark.e2e, pytest.mark.embedded, pytest.mark.timeout(420)]

BODY = {
    "chart": "jupyter",
    "resources": {"cpu": "500m", "memory": "1Gi", "storage": "1Gi"},
}
ENDED = {"running", "failed"}
NOTHING = {"cpu": "0", "memory": "0", "gpu": 0, "storage": "0", "services": 0}


@pytest.fixture
def api(platform: Platform) -> Iterator[httpx.Client]:
    with platform.api(platform.account("acme", "member")) as client:
        yield client


@pytest.fixture
def root(platform: Platform) -> Iterator[httpx.Client]:
    with platform.api(platform.account(None, "platform-admin")) as client:
        yield client


def ask(client: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response | None:
    """None while nobody answers: that is what a killed part looks like from outside."""
    try:
        answer = client.request(method, path, **more)
    except httpx.TransportError:
        return None
    from_the_platform = answer.headers.get("content-type", "").startswith("application/json")
    # A front door that has just been started knows no routes yet, and says 404 by itself.
    return answer if answer.status_code < 500 and from_the_platform else None


def launch(client: httpx.Client, key: str) -> str:
    answer = until(
        lambda: ask(
            client, "POST", "tenants/acme/services", json=BODY, headers={"Idempotency-Key": key}
        ),
        within=60,
        what=lambda: "nobody takes the launch",
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def service(client: httpx.Client, service_id: str) -> dict[str, Any]:
    answer = until(
        lambda: ask(client, "GET", f"tenants/acme/services/{service_id}"),
        within=60,
        what=lambda: "nobody answers",
    )
    found: dict[str, Any] = answer.json() if answer.status_code == 200 else {"phase": "gone"}
    return found


def ended_or_none(found: dict[str, Any]) -> dict[str, Any] | None:
    return found if found["phase"] in ENDED else None


def kill(platform: Platform, part: str) -> int:
    pid = next(one["pid"] for one in platform.status()["parts"] if one["name"] == part)
    os.kill(pid, signal.SIGKILL)
    return int(pid)


def is_back(platform: Platform, part: str, killed: int) -> bool:
    row = next(one for one in platform.status()["parts"] if one["name"] == part)
    return row["state"] == "running" and row["pid"] not in {None, killed}


@pytest.mark.parametrize("part", ["worker", "portal", "gate", "traefik", "s3", "openbao", "agent"])
def test_a_killed_part_strands_no_launch(platform: Platform, api: httpx.Client, part: str) -> None:
    service_id = launch(api, f"fault-{part}")
    killed = kill(platform, part)
    until(
        lambda: is_back(platform, part, killed), within=60, what=lambda: platform.status()["parts"]
    )
    ended = until(
        lambda: ended_or_none(service(api, service_id)),
        within=150,
        what=lambda: service(api, service_id),
    )
    if ended["phase"] == "failed":
        assert ended["reason"]["message"]
    until(
        lambda: ask(api, "DELETE", f"tenants/acme/services/{service_id}"),
        within=60,
        what=lambda: "the removal is not taken",
    )
    until(
        lambda: service(api, service_id)["phase"] == "gone",
        within=90,
        what=lambda: service(api, service_id),
    )
    until(
        lambda: (
            (quota := ask(api, "GET", "tenants/acme/quota")) is not None
            and quota.json()["used"] == NOTHING
        ),
        within=60,
        what=lambda: api.get("tenants/acme/quota").text,
    )
    assert list((platform.state / "local" / "namespaces" / "dl-acme" / "releases").iterdir()) == []


def test_a_worker_that_dies_again_and_again_leaves_no_tenant_half_made_or_half_gone(
    platform: Platform, root: httpx.Client
) -> None:
    """The steps one by one, with all that they call, are in tests/unit/tenants/test_removal.py."""
    made = root.post("tenants", json={"display_name": "Doomed"})
    assert made.status_code == 201, made.text
    kill_again_and_again(platform, "worker")
    until(
        lambda: root.get("tenants/doomed").json()["state"] == "active",
        within=150,
        what=lambda: root.get("tenants/doomed").text,
    )
    put_text(platform, "dl-doomed", "kept/model.txt", "model")
    added = root.post("tenants/doomed/members", json={"username": "alice", "role": "admin"})
    assert added.status_code == 201, added.text
    with platform.api(platform.account("acme", "admin")) as alice:
        written = alice.put("tenants/doomed/secrets/db", json={"data": {"PASSWORD": "x"}})
    assert written.status_code == 200, written.text

    leaving = root.get("tenants/doomed/deletion").json()
    assert leaving["leaving"]["counts"]["objects"] == 1, leaving
    asked = root.request("DELETE", "tenants/doomed", json={"confirmation": leaving["confirmation"]})
    assert asked.status_code == 202, asked.text
    kill_again_and_again(platform, "worker")
    until(
        lambda: root.get("tenants/doomed").status_code == 404,
        within=150,
        what=lambda: root.get("tenants/doomed/deletion").text,
    )
    assert not (platform.state / "local" / "namespaces" / "dl-doomed").exists()
    assert bucket_of(platform).count("dl-doomed", at_most=1).objects == 0
    former = root.get("platform/former-tenants").json()["results"]
    assert [one["slug"] for one in former if one["slug"] == "doomed"] == ["doomed"]


def kill_again_and_again(platform: Platform, part: str, times: int = 3) -> None:
    """As soon as it is back, so it dies in the midst of what it was about to go on with."""
    for _ in range(times):
        killed = kill(platform, part)
        until(
            lambda killed=killed: is_back(platform, part, killed),  # type: ignore[misc]
            within=60,
            what=lambda: platform.status()["parts"],
        )
