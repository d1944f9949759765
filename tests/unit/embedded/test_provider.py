"""The built-in identity provider: what it offers, and what it keeps apart."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLResolver, get_resolver

from datalab.accounts.models import User
from datalab.embedded.provider.actions import Account, ensure_client_and_accounts

pytestmark = pytest.mark.django_db


@pytest.fixture
def password() -> str:
    ann = Account(username="ann", display_name="Ann", email="", groups=["acme:member"])
    return ensure_client_and_accounts([ann], known_passwords={})["ann"]


def test_its_addresses_are_named_one_by_one() -> None:
    provider = next(one for one in get_resolver().url_patterns if str(one.pattern) == "o/")
    assert isinstance(provider, URLResolver)
    names = sorted(str(one.pattern) for one in provider.url_patterns)
    assert names == [
        ".well-known/jwks.json",
        ".well-known/openid-configuration",
        "authorize/",
        "login/",
        "logout/",
        "revoke_token/",
        "token/",
        "userinfo/",
    ]


def test_a_password_typed_at_the_provider_does_not_sign_in_to_the_page(password: str) -> None:
    browser = Client(HTTP_HOST="localhost")
    answer = browser.post("/o/login/", {"username": "ann", "password": password})
    assert answer.status_code == 302
    assert "datalab_op" in browser.cookies
    assert browser.cookies["datalab_op"]["path"] == "/o/"
    assert browser.get("/api/v1/me").status_code == 401


def test_passwords_are_guessed_ten_times_and_no_more(password: str) -> None:
    browser = Client(HTTP_HOST="localhost")
    for _ in range(10):
        browser.post("/o/login/", {"username": "ann", "password": "wrong"})
    answer = browser.post("/o/login/", {"username": "ann", "password": password})
    assert b"Too many attempts" in answer.content


def test_accounts_are_made_once_and_keep_their_password(password: str) -> None:
    ann = Account(username="ann", display_name="Ann", email="", groups=["acme:admin"])
    again = ensure_client_and_accounts([ann], known_passwords={"ann": password})
    assert again == {"ann": password}
    assert list(Group.objects.filter(user__username="ann").values_list("name", flat=True)) == [
        "acme:member"
    ]
    assert User.objects.get(username="ann").check_password(password)
