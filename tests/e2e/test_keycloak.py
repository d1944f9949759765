"""Signing in with a real Keycloak: the same views and rules, other addresses."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from django.test import Client
from pytest_django import Settings

from datalab.accounts import discovery, oidc
from datalab.tenants.models import Tenant
from tests.parts.keycloak import PASSWORDS, missing, running_keycloak
from tests.parts.ports import free_port

pytestmark = [
    pytest.mark.keycloak,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(420),
    pytest.mark.skipif(bool(missing()), reason=missing()),
]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("keycloak")
    with running_keycloak(folder, free_port()) as issuer:
        yield issuer


@pytest.fixture
def realm(issuer: str, settings: Settings) -> str:
    settings.OIDC_ISSUER = issuer
    settings.OIDC_ENDPOINTS = None
    settings.OIDC_RP_CLIENT_ID = "datalab"
    settings.OIDC_RP_CLIENT_SECRET = ""
    settings.OIDC_RP_SCOPES = "openid email profile"
    settings.GROUP_RULES = [
        {"pattern": "blue", "tenant": "acme", "role": "member"},
        {"pattern": "platform-admins", "role": "platform-admin"},
    ]
    for kept in (oidc._signing_keys, discovery._discovery):  # noqa: SLF001 - of another issuer
        kept.cache_clear()
    return issuer


def sign_in(username: str) -> tuple[Client, str]:
    """As a browser does, Keycloak's own form included. Its cookies are `Secure` on plain http."""
    client = Client(HTTP_HOST="localhost:8080")
    begun = client.get("/oidc/authenticate/")["Location"]
    with httpx.Client(trust_env=False) as keycloak:
        form = keycloak.get(begun)
        cookies = "; ".join(f"{one.name}={one.value}" for one in keycloak.cookies.jar)
        action = re.search(r'action="([^"]+)"', form.text)
        assert action is not None, form.text[:1000]
        keycloak.cookies.clear()
        typed = {"username": username, "password": PASSWORDS[username]}
        back = keycloak.post(html.unescape(action[1]), data=typed, headers={"Cookie": cookies})
    assert back.status_code == 302, back.text[:1000]
    way_back = urlsplit(back.headers["Location"])
    ended = client.get(f"{way_back.path}?{way_back.query}")
    return client, ended["Location"]


def test_a_group_of_keycloak_is_a_membership_here(realm: str, acme: Tenant) -> None:
    client, place = sign_in("alice")
    assert place == "/"
    me = client.get("/api/v1/me").json()
    assert [(one["slug"], one["role"]) for one in me["tenants"]] == [("acme", "member")]
    assert not me["is_platform_admin"]


def test_a_group_can_make_a_platform_administrator(realm: str, acme: Tenant) -> None:
    client, _ = sign_in("root")
    assert client.get("/api/v1/me").json()["is_platform_admin"]


def test_who_has_no_mapped_group_stays_outside(realm: str, acme: Tenant) -> None:
    client, place = sign_in("nobody")
    assert place == "/sign-in?error=no_access"
    assert client.get("/api/v1/me").status_code == 401
