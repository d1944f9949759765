"""A known secret is launched with: it is in the tool, and nowhere else."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.platform import Platform, until

pytestmark = [pytest.mark.e2e, pytest.mark.embedded, pytest.mark.timeout(300)]

BIG = {"environments", "uv-cache"}
"""Folders that hold nothing but installed packages."""


@pytest.fixture
def api(platform: Platform) -> Iterator[httpx.Client]:
    with platform.api(platform.account("acme", "member")) as client:
        yield client


def test_a_secret_is_in_the_tool_and_nowhere_else(platform: Platform, api: httpx.Client) -> None:
    canary = f"canary-{secrets.token_hex(16)}"
    written = api.put("tenants/acme/secrets/canary", json={"data": {"CANARY": canary}})
    assert written.status_code == 200, written.text
    body = {
        "chart": "jupyter",
        "name": "canary",
        "resources": {"cpu": "500m", "memory": "1Gi", "storage": "1Gi"},
        "secrets": ["canary"],
    }
    assert api.post("tenants/acme/services", json=body).status_code == 202
    try:
        look_everywhere(platform, api, canary)
    finally:  # or every later test would find it in the quota
        api.delete("tenants/acme/services/canary")
        api.delete("tenants/acme/secrets/canary")
    until(
        lambda: api.get("tenants/acme/services/canary").status_code == 404,
        within=60,
        what=lambda: api.get("tenants/acme/services/canary").text,
    )


def look_everywhere(platform: Platform, api: httpx.Client, canary: str) -> None:
    found = until(
        lambda: ended(api.get("tenants/acme/services/canary").json()),
        within=180,
        what=lambda: api.get("tenants/acme/services/canary").json(),
    )
    assert found["phase"] == "running", found["reason"]

    inside = [pid for pid, environment in environments() if canary.encode() in environment]
    assert inside, "the tool does not have it"
    assert [str(place) for place in places(platform, canary.encode())] == []
    assert [line for line in command_lines() if canary.encode() in line] == []
    for path in ("services", "services/canary", "services/canary/logs", "secrets", "quota"):
        assert canary not in api.get(f"tenants/acme/{path}").text, path


def ended(service: dict[str, Any]) -> dict[str, Any] | None:
    return service if service["phase"] in {"running", "failed"} else None


def places(platform: Platform, needle: bytes) -> Iterator[Path]:
    """Every file of the platform's state that holds it: database, logs, caches, queue, store."""
    for file in platform.state.rglob("*"):
        if BIG & set(file.relative_to(platform.state).parts) or not file.is_file():
            continue
        if needle in file.read_bytes():
            yield file


def environments() -> Iterator[tuple[int, bytes]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            yield int(folder.name), (folder / "environ").read_bytes()
        except OSError:
            continue


def command_lines() -> Iterator[bytes]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            yield (folder / "cmdline").read_bytes()
        except OSError:
            continue


def test_the_demo_accounts_file_is_for_its_owner_only(platform: Platform) -> None:
    file = platform.state / "demo.json"
    assert file.stat().st_mode & 0o077 == 0
    demo = json.loads(file.read_text())
    roles = {(one["tenant"], one["role"]) for one in demo["accounts"]}
    assert {
        (None, "platform-admin"),
        ("acme", "admin"),
        ("acme", "member"),
        ("globex", "admin"),
        ("globex", "member"),
    } <= roles
    assert len({one["password"] for one in demo["accounts"]}) == len(demo["accounts"])
