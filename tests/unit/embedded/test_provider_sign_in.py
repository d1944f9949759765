"""Portal and built-in provider together, on one pool of threads, by HTTP."""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from django.contrib.sessions.models import Session
from oauth2_provider.settings import oauth2_settings
from pytest_django import Settings

from datalab.accounts import oidc
from datalab.accounts.models import User
from datalab.accounts.slots import back_channel_slot
from datalab.embedded.provider import keys
from datalab.embedded.provider.actions import Account, ensure_client_and_accounts
from datalab.tenants.models import Tenant
from tests.parts.browser import ORIGIN, Browser
from tests.parts.pooled_server import pooled_portal

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = [
    Account(username="ann", display_name="Ann", email="ann@acme.test", groups=["acme:member"]),
    Account(username="zoe", display_name="Zoe", email="", groups=["nowhere"]),
]


@pytest.fixture
def port(settings: Settings, tmp_path: Path) -> Iterator[int]:
    settings.STATE_DIR = tmp_path
    with_fresh_keys(settings)
    with pooled_portal(settings.PORTAL_THREADS) as port:
        back = f"http://127.0.0.1:{port}/o"
        settings.OIDC_ENDPOINTS = {
            **settings.OIDC_ENDPOINTS,
            "token": f"{back}/token/",
            "userinfo": f"{back}/userinfo/",
            "jwks": f"{back}/.well-known/jwks.json",
        }
        yield port
    oidc._signing_keys.cache_clear()  # noqa: SLF001


def with_fresh_keys(settings: Settings) -> None:
    """What a restart does: the keys are read from the state folder."""
    settings.OAUTH2_PROVIDER = {
        **settings.OAUTH2_PROVIDER,
        "OIDC_RSA_PRIVATE_KEY": keys.current_pem(),
        "OIDC_RSA_PRIVATE_KEYS_INACTIVE": keys.former_pems(),
    }
    oidc._signing_keys.cache_clear()  # noqa: SLF001 - another installation's keys


@pytest.fixture
def passwords(port: int, settings: Settings) -> dict[str, str]:
    settings.OIDC_RP_CLIENT_SECRET = _client_secret()
    return ensure_client_and_accounts(PEOPLE, known_passwords={})


def _client_secret() -> str:
    from datalab.embedded.provider.client import client_secret  # noqa: PLC0415 - reads the state

    return client_secret()


@pytest.fixture
def browser(port: int) -> Iterator[Browser]:
    with Browser(port) as browser:
        yield browser


def test_a_password_at_the_provider_ends_as_a_session_at_the_page(
    browser: Browser, passwords: dict[str, str], acme: Tenant
) -> None:
    browser.sign_in("ann", passwords["ann"])
    me = browser.me().json()
    assert (me["username"], me["display_name"]) == ("ann", "Ann")
    assert me["tenants"] == [{"slug": "acme", "display_name": "Acme", "role": "member"}]
    assert User.objects.filter(username__startswith="ann").count() == 1


def test_whoever_no_group_lets_in_can_take_another_account(
    browser: Browser, passwords: dict[str, str], acme: Tenant
) -> None:
    browser.sign_in("zoe", passwords["zoe"])
    assert browser.visited[-1] == "/sign-in"
    assert browser.me().status_code == 401
    browser.follow("/oidc/authenticate/")
    assert browser.visited[-1] == "/sign-in"  # the provider still knows zoe, and asks nothing
    browser.sign_in("ann", passwords["ann"], query="prompt=login")
    assert browser.me().json()["username"] == "ann"


def test_the_providers_session_is_no_session_of_the_page(
    browser: Browser, passwords: dict[str, str]
) -> None:
    form = browser.open("/o/login/")
    browser.submit(form, username="ann", password=passwords["ann"])
    stolen, path = browser.cookies["datalab_op"]
    assert path == "/o/"
    browser.cookies["__Host-datalab"] = (stolen, "/")
    assert browser.me().status_code == 401


def test_signing_out_ends_both_sessions_without_a_question(
    browser: Browser, passwords: dict[str, str], acme: Tenant
) -> None:
    browser.sign_in("ann", passwords["ann"])
    browser.sign_out()
    assert browser.visited[-2:] == ["/o/logout/", "/"]
    assert browser.me().status_code == 401
    assert "Password" in browser.follow("/oidc/authenticate/").text


def test_signing_out_needs_the_csrf_token(
    browser: Browser, passwords: dict[str, str], acme: Tenant
) -> None:
    browser.sign_in("ann", passwords["ann"])
    assert browser.open("/oidc/logout/", {}).status_code == 403
    assert browser.open("/oidc/logout/").status_code == 405
    assert browser.me().status_code == 200


def test_a_new_signing_key_disturbs_nobody(
    browser: Browser, passwords: dict[str, str], acme: Tenant, settings: Settings, port: int
) -> None:
    browser.sign_in("ann", passwords["ann"])
    before = keys.current_pem()
    keys.rotate()
    with_fresh_keys(settings)
    assert (keys.current_pem() != before, keys.former_pems()) == (True, [before])
    assert browser.me().status_code == 200
    with Browser(port) as other:
        other.sign_in("ann", passwords["ann"])
        assert other.me().status_code == 200
    published = browser.open("/o/.well-known/jwks.json").json()["keys"]
    assert len(published) == 2
    browser.sign_out()  # with an id_token of the former key
    assert browser.visited[-2:] == ["/o/logout/", "/"]


def test_keys_and_secrets_are_files_of_ours_alone(
    passwords: dict[str, str], tmp_path: Path
) -> None:
    keys.rotate()
    files = list((tmp_path / "secrets").iterdir())
    assert len(files) == 3
    assert {oct(one.stat().st_mode & 0o777) for one in files} == {"0o600"}


def test_a_session_ends_after_ten_hours_whatever_is_done_with_it(
    browser: Browser, passwords: dict[str, str], acme: Tenant
) -> None:
    browser.sign_in("ann", passwords["ann"])
    session = Session.objects.get(session_key=browser.cookies["__Host-datalab"][0])
    ends = session.get_decoded()["_session_expiry"]
    browser.me()
    session.refresh_from_db()
    assert session.get_decoded()["_session_expiry"] == ends
    left = session.expire_date.timestamp() - time.time()
    assert 9.9 * 3600 < left <= 10 * 3600


def test_a_code_works_once(browser: Browser, passwords: dict[str, str], acme: Tenant) -> None:
    form = browser.follow("/oidc/authenticate/")
    answer = browser.open(
        str(form.request.url.raw_path.decode()),
        {
            "csrfmiddlewaretoken": browser.cookies["__Host-datalab_csrf"][0],
            "username": "ann",
            "password": passwords["ann"],
        },
    )
    back = browser.open(answer.headers["location"]).headers["location"]
    browser.open(back)
    assert browser.me().status_code == 200
    replayed = browser.open(back)
    assert replayed.headers["location"] == "/sign-in?error=try_again"


def test_what_discovery_says_is_what_the_settings_say(browser: Browser, settings: Settings) -> None:
    document = browser.open("/o/.well-known/openid-configuration").json()
    assert document["issuer"] == settings.OIDC_ISSUER == f"{ORIGIN}/o"
    assert document["authorization_endpoint"] == settings.OIDC_ENDPOINTS["authorization"]
    assert document["end_session_endpoint"] == settings.OIDC_ENDPOINTS["end_session"]
    assert document["response_types_supported"] == ["code"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert {"sub", "groups", "email", "name"} <= set(document["claims_supported"])


@pytest.mark.parametrize("path", ["applications/", "register/", "introspect/", "device/"])
def test_nothing_else_of_the_library_is_published(browser: Browser, path: str) -> None:
    assert browser.open(f"/o/{path}").status_code == 404


def test_a_full_house_is_a_page_that_comes_again_by_itself(
    browser: Browser, passwords: dict[str, str], acme: Tenant, settings: Settings
) -> None:
    form = browser.follow("/oidc/authenticate/")
    with ExitStack() as taken:
        for _ in range(settings.BACK_CHANNEL_SLOTS):
            taken.enter_context(back_channel_slot())
        login = {"csrfmiddlewaretoken": browser.cookies["__Host-datalab_csrf"][0]}
        login |= {"username": "ann", "password": passwords["ann"]}
        answer = browser.open(str(form.request.url.raw_path.decode()), login)
        back = browser.open(answer.headers["location"]).headers["location"]
        waiting = browser.open(back)
        assert waiting.status_code == 503
        assert 'http-equiv="refresh"' in waiting.text
    browser.follow(back)
    assert browser.me().status_code == 200


def test_twenty_sign_ins_at_once_do_not_wait_for_each_other_for_ever(
    port: int, passwords: dict[str, str], acme: Tenant, settings: Settings
) -> None:
    crowd = [
        Account(username=f"p{n}", display_name="", email="", groups=["acme:viewer"])
        for n in range(20)
    ]
    theirs = ensure_client_and_accounts(crowd, known_passwords={})

    def one(username: str) -> int:
        with Browser(port) as browser:
            browser.sign_in(username, theirs[username])
            return browser.me().status_code

    began = time.monotonic()
    with ThreadPoolExecutor(20) as people:
        outcomes = dict(zip(theirs, people.map(one, theirs), strict=True))
    assert outcomes == dict.fromkeys(theirs, 200)
    # A pool that had locked up would show the time-out of the back channel.
    assert time.monotonic() - began < settings.OIDC_TIMEOUT


def test_the_id_token_lives_for_minutes_and_the_page_never_sees_it(
    browser: Browser, passwords: dict[str, str], acme: Tenant
) -> None:
    answers: list[httpx.Response] = [browser.sign_in("ann", passwords["ann"]), browser.me()]
    session = Session.objects.get(session_key=browser.cookies["__Host-datalab"][0])
    id_token = session.get_decoded()["oidc_id_token"]
    assert "oidc_access_token" not in session.get_decoded()
    body = id_token.split(".")[1]
    claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert claims["exp"] - claims["iat"] == oauth2_settings.ID_TOKEN_EXPIRE_SECONDS == 300
    assert claims["sub"] == User.objects.get(username="ann").subject
    assert not any(id_token in one.text for one in answers)
