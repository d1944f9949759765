"""What probes and scrapers are told, and what they are not."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.monitoring import checking
from datalab.monitoring.checking import Checks
from datalab.monitoring.parts import Part
from tests.fakes.health import failing, part

ClientOf = Callable[[User], APIClient]
WRONG = "The vault at 10.1.2.3 is sealed."


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Part]]:
    monkeypatch.setattr(checking, "SLOW_AFTER", 60)
    some: list[Part] = [part("database"), part("secrets")]
    checks = Checks(lambda: some)
    monkeypatch.setattr(checking, "checks", checks)
    yield some
    checks.close()


def test_the_process_is_alive_without_asking_anybody() -> None:
    """No database is allowed in this test."""
    assert Client().get("/healthz").content == b"ok"


def test_ready_where_every_part_works(parts: list[Part]) -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "failing": [],
        "parts": {"database": "working", "secrets": "working"},
    }


def test_not_ready_names_the_part_and_nothing_more(parts: list[Part]) -> None:
    parts[1] = part("secrets", failing(WRONG))
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["failing"] == ["secrets"]
    assert "10.1.2.3" not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?only=database", 200),
        ("?only=secrets", 503),
        ("?only=database&only=secrets", 503),
        ("?only=nothing", 503),
    ],
)
def test_a_probe_may_look_at_some_parts_only(parts: list[Part], query: str, status: int) -> None:
    parts[1] = part("secrets", failing(WRONG))
    assert Client().get(f"/readyz{query}").status_code == status


def test_platform_administrators_are_told_what_is_wrong_and_what_to_do(
    parts: list[Part], client_of: ClientOf, alice: User
) -> None:
    parts[1] = part("secrets", failing("It is sealed."))
    admin = User.objects.create_user("root", is_platform_admin=True)
    told = client_of(admin).get("/api/v1/platform/health").json()
    assert told["state"] == "failing"
    assert [(one["name"], one["state"], one["error"]) for one in told["parts"]] == [
        ("database", "working", ""),
        ("secrets", "failing", "It is sealed."),
    ]
    assert told["parts"][1]["advice"]
    assert client_of(alice).get("/api/v1/platform/health").status_code == 403
    assert APIClient().get("/api/v1/platform/health").status_code == 401


@pytest.mark.parametrize(
    ("token", "header", "status"),
    [
        pytest.param("", "", 404, id="off, nothing sent"),
        pytest.param("", "Bearer ", 404, id="off, an empty token sent"),
        pytest.param("s3cret", "", 404, id="on, nothing sent"),
        pytest.param("s3cret", "Bearer guessed", 404, id="on, a wrong one sent"),
        pytest.param("s3cret", "Bearer s3cret", 200, id="on, the right one sent"),
    ],
)
@pytest.mark.django_db
def test_metrics_are_there_for_the_scraper_only(
    token: str, header: str, status: int, settings: Settings
) -> None:
    settings.METRICS_TOKEN = token
    assert Client().get("/metrics", headers={"Authorization": header}).status_code == status
