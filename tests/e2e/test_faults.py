"""Each part is killed while a launch is under way: the launch ends, and nothing is left over."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

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
