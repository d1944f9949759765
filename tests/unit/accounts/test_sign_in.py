"""Signing in against an issuer that lies: nobody gets in by a token that is not what it should be."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from datalab.accounts import oidc
from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.tenants.models import Membership, Tenant
from tests.parts.issuer import CLIENT, Issuer, rsa_key, running_issuer

Lie = Callable[[Issuer], None]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def issuer(settings: Settings) -> Iterator[Issuer]:
    with running_issuer() as issuer:
        settings.OIDC_ISSUER = issuer.name
        settings.OIDC_ENDPOINTS = issuer.endpoints
        settings.OIDC_RP_CLIENT_ID = CLIENT
        settings.OIDC_RP_CLIENT_SECRET = "secret"
        oidc._signing_keys.cache_clear()  # noqa: SLF001 - another issuer's keys
        yield issuer
        oidc._signing_keys.cache_clear()  # noqa: SLF001


def sign_in(issuer: Issuer, *, next_page: str = "/", **callback: str) -> tuple[Client, str]:
    """Through the two addresses, as a browser; where it ends up."""
    client = Client(HTTP_HOST="localhost")
    begun = client.get("/oidc/authenticate/", {"next": next_page})
    asked = parse_qs(urlsplit(begun["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    issuer.nonce = issuer.nonce or asked["nonce"][0]
    query = {"code": "c", "state": asked["state"][0], **callback}
    ended = client.get("/oidc/callback/", query)
    return client, ended["Location"]


def signed_in(client: Client) -> bool:
    return client.get("/api/v1/me").status_code == 200


def test_an_honest_token_signs_in_with_the_groups_memberships(issuer: Issuer, acme: Tenant) -> None:
    client, place = sign_in(issuer)
    assert place == "/"
    me = client.get("/api/v1/me").json()
    assert me["tenants"] == [{"slug": "acme", "display_name": "Acme", "role": "member"}]
    assert Event.objects.filter(type="account.signed_in").count() == 1


def claims(**changed: Any) -> Lie:
    def lie(issuer: Issuer) -> None:
        issuer.claims = changed

    return lie


def own_issuer(**changed: Any) -> Lie:
    """Claims that need the issuer's own name."""

    def lie(issuer: Issuer) -> None:
        issuer.claims = {name: make(issuer) for name, make in changed.items()}

    return lie


def other_key(issuer: Issuer) -> None:
    issuer.signed_with = rsa_key()


def unknown_key(issuer: Issuer) -> None:
    issuer.headers, issuer.signed_with = {"kid": "nobody's"}, rsa_key()


def unsigned(issuer: Issuer) -> None:
    issuer.algorithm, issuer.signed_with = "none", ""


def symmetric(issuer: Issuer) -> None:
    issuer.algorithm, issuer.signed_with = "HS256", "secret" * 8


def other_userinfo(issuer: Issuer) -> None:
    issuer.userinfo = {"sub": "somebody else", "groups": ["platform-admin"]}


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(claims(aud="another-app"), id="another audience"),
        pytest.param(claims(aud=[CLIENT, "another-app"]), id="two audiences, no azp"),
        pytest.param(claims(azp="another-app"), id="a foreign azp"),
        pytest.param(claims(aud=[CLIENT, "x"], azp="x"), id="two audiences and a foreign azp"),
        pytest.param(claims(iss="https://evil.test"), id="another issuer"),
        pytest.param(claims(exp=None), id="no expiry"),
        pytest.param(claims(exp=int(time.time()) - 3600), id="expired"),
        pytest.param(claims(nbf=int(time.time()) + 3600), id="not valid yet"),
        pytest.param(claims(iat=None), id="no issue time"),
        pytest.param(claims(sub=None), id="about nobody"),
        pytest.param(claims(nonce="another"), id="another nonce"),
        pytest.param(claims(nonce=None), id="no nonce"),
        pytest.param(claims(at_hash="AAAA"), id="another access token's hash"),
        pytest.param(other_key, id="another key under the known id"),
        pytest.param(unknown_key, id="a key that is not published"),
        pytest.param(unsigned, id="no signature"),
        pytest.param(symmetric, id="signed with the client secret"),
        pytest.param(other_userinfo, id="userinfo about somebody else"),
    ],
)
def test_a_forged_token_is_refused_without_an_error(issuer: Issuer, acme: Tenant, lie: Lie) -> None:
    lie(issuer)
    client, place = sign_in(issuer)
    assert place == "/sign-in?error=failed"
    assert not signed_in(client)
    assert not User.objects.filter(issuer=issuer.name).exists()


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param(None, id="no groups"),
        pytest.param([], id="an empty list"),
        pytest.param("acme:admin", id="a text instead of a list"),
        pytest.param(["acme:owner", "acme", ":admin", "xacme:adminx"], id="groups without a rule"),
    ],
)
def test_somebody_without_a_mapped_group_is_refused(
    issuer: Issuer, acme: Tenant, groups: Any
) -> None:
    issuer.claims = {"groups": groups}
    client, place = sign_in(issuer)
    assert place == "/sign-in?error=no_access"
    assert not signed_in(client)


def test_who_loses_their_groups_loses_the_memberships_at_the_next_sign_in(
    issuer: Issuer, acme: Tenant
) -> None:
    sign_in(issuer)
    ann = User.objects.get(issuer=issuer.name)
    assert Membership.objects.filter(user=ann).exists()
    issuer.claims, issuer.nonce = {"groups": ["somewhere"]}, ""
    _, place = sign_in(issuer)
    assert place == "/sign-in?error=no_access"
    assert not Membership.objects.filter(user=ann).exists()


def test_people_are_known_by_issuer_and_subject_never_by_e_mail(
    issuer: Issuer, acme: Tenant
) -> None:
    User.objects.create_user("boss", "boss@acme.test", is_platform_admin=True)
    issuer.claims = {"email": "boss@acme.test", "preferred_username": "boss"}
    client, _ = sign_in(issuer)
    me = client.get("/api/v1/me").json()
    assert (me["username"] == "boss", me["is_platform_admin"]) == (False, False)


@pytest.mark.parametrize(
    "target", ["//evil.test", "https://evil.test/x", "/\\evil.test", "javascript:alert(1)"]
)
def test_nobody_is_led_elsewhere_after_signing_in(
    issuer: Issuer, acme: Tenant, target: str
) -> None:
    _, place = sign_in(issuer, next_page=target)
    assert place == "/"


def test_an_unknown_state_is_a_page_and_no_error(issuer: Issuer) -> None:
    answer = Client(HTTP_HOST="localhost").get("/oidc/callback/", {"code": "c", "state": "x"})
    assert answer["Location"] == "/sign-in?error=try_again"


def test_a_response_that_names_another_issuer_is_refused(issuer: Issuer, acme: Tenant) -> None:
    client, place = sign_in(issuer, iss="https://evil.test")
    assert place == "/sign-in?error=failed"
    assert not signed_in(client)


def test_an_issuer_that_fails_is_no_error_of_ours(issuer: Issuer, acme: Tenant) -> None:
    issuer.token_status = 503
    client, place = sign_in(issuer)
    assert place == "/sign-in?error=try_again"
    assert not signed_in(client)


def test_the_session_cookie_cannot_be_read_sent_elsewhere_or_tossed(
    issuer: Issuer, acme: Tenant
) -> None:
    client, _ = sign_in(issuer)
    cookie = client.cookies["__Host-datalab"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (
        True,
        True,
        "Lax",
        "/",
    )
    assert cookie["domain"] == ""
    body = client.get("/api/v1/me").content.decode()
    assert "access-token" not in body


def test_a_session_needs_the_csrf_token_for_what_changes_something(
    issuer: Issuer, acme: Tenant
) -> None:
    signed, _ = sign_in(issuer)
    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    client.cookies = signed.cookies
    answer = client.post("/api/v1/tokens", {"name": "x"}, content_type="application/json")
    assert answer.status_code == 403
