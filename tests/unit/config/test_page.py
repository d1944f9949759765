"""The page's document, its headers, and what does not belong to it."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings


@pytest.fixture
def client(settings: Settings, tmp_path: Path) -> Client:
    settings.FRONTEND_DIR = tmp_path
    (tmp_path / "index.html").write_text("<!doctype html>the page")
    return Client(HTTP_HOST="localhost")


@pytest.mark.parametrize("path", ["/", "/sign-in", "/t/acme/services/x", "/openings", "/office"])
def test_every_address_of_the_page_is_the_same_document(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.content == b"<!doctype html>the page"
    assert "no-cache" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/o/nothing", "/oidc/nothing", "/assets/gone.js", "/static/x", "/internal/x"]
)
def test_what_is_not_the_pages_is_not_answered_with_it(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_unknown_address_of_the_api_is_an_error_in_json(client: Client) -> None:
    answer = client.get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_an_unknown_address_is_no_matter_of_csrf(method: str) -> None:
    script = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    answer = getattr(script, method)("/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_page_gets_its_csrf_cookie_which_scripts_may_read(client: Client) -> None:
    client.get("/")
    cookie = client.cookies["__Host-datalab_csrf"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, "", "Lax")


def test_a_page_that_is_not_built_says_how_to_build_it(client: Client, tmp_path: Path) -> None:
    (tmp_path / "index.html").unlink()
    answer = client.get("/")
    assert answer.status_code == 503
    assert b"npm run build" in answer.content


def test_the_page_may_load_from_itself_only_and_be_framed_by_nobody(client: Client) -> None:
    policy = dict(
        part.split(" ", 1) for part in client.get("/")["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "script-src" not in policy
    # Signing in is a form that ends at the issuer, at the page or at a tool.
    assert policy["form-action"] == "'self' http://localhost:8080 http://*.localhost:8080"


def test_answers_say_what_browsers_must_not_do(client: Client) -> None:
    answer = client.get("/")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param("0123456789abcdef", True, id="an id"),
        pytest.param("short", False, id="too short"),
        pytest.param("x" * 65, False, id="too long"),
        pytest.param("a b\tc-12345", False, id="more than an id"),
    ],
)
def test_a_request_keeps_the_id_that_it_came_with(client: Client, sent: str, kept: bool) -> None:
    answer = client.get("/", headers={"X-Request-ID": sent})
    assert (answer["X-Request-ID"] == sent) is kept
    assert answer["X-Request-ID"]
