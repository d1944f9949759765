"""What every identity provider promises, in memory and against an issuer on loopback."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from datalab.core.errors import NotSignedIn, ProviderRefused, ProviderUnavailable
from datalab.providers.identity.base import Identity, IdentityProvider
from datalab.providers.identity.memory import MemoryIdentity
from datalab.providers.identity.oidc import OidcTokens
from tests.parts.issuer import CLIENT, SUBJECT, Issuer, rsa_key, running_issuer


@dataclass(frozen=True, kw_only=True)
class Setting:
    provider: IdentityProvider
    token: str
    issuer: str


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def provider(issuer: Issuer) -> OidcTokens:
    return OidcTokens(issuer=issuer.name, client_id=CLIENT, client_secret="secret")


@pytest.fixture(params=["memory", "signed", "opaque"])
def setting(request: pytest.FixtureRequest, issuer: Issuer, provider: OidcTokens) -> Setting:
    match request.param:
        case "memory":
            memory = MemoryIdentity()
            memory.issue(
                "known",
                Identity(
                    issuer="https://idp.test",
                    subject=SUBJECT,
                    username="ann",
                    email="ann@acme.test",
                    groups=["acme:member"],
                ),
            )
            return Setting(provider=memory, token="known", issuer="https://idp.test")
        case "signed":
            return Setting(provider=provider, token=issuer.access_token(), issuer=issuer.name)
        case _:
            introspected(issuer)
            return Setting(provider=provider, token="opaque", issuer=issuer.name)


def introspected(issuer: Issuer, **changed: Any) -> None:
    issuer.introspection = {"active": True, "sub": SUBJECT, "client_id": CLIENT, **changed}
    issuer.userinfo = {
        "sub": SUBJECT,
        "preferred_username": "ann",
        "email": "ann@acme.test",
        "groups": ["acme:member"],
    }


def test_a_good_token_says_who_calls_and_in_which_groups(setting: Setting) -> None:
    found = setting.provider.identify(setting.token)
    assert (found.issuer, found.subject) == (setting.issuer, SUBJECT)
    assert (found.username, found.email) == ("ann", "ann@acme.test")
    assert list(found.groups) == ["acme:member"]


@pytest.mark.parametrize("token", ["", "a.b.c", "a..c", "ünïcode", "x" * 5000 + "."])
def test_nonsense_is_not_signed_in(setting: Setting, issuer: Issuer, token: str) -> None:
    issuer.introspection = {"active": False}
    with pytest.raises(NotSignedIn):
        setting.provider.identify(token)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"aud": "another-app"}, id="another audience"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"iss": "https://evil.test"}, id="another issuer"),
        pytest.param({"exp": int(time.time()) - 3600}, id="expired"),
        pytest.param({"exp": None}, id="no expiry"),
        pytest.param({"nbf": int(time.time()) + 3600}, id="not valid yet"),
        pytest.param({"sub": None}, id="about nobody"),
        pytest.param({"nonce": "n"}, id="an id_token"),
        pytest.param({"c_hash": "h"}, id="an id_token of a hybrid flow"),
        pytest.param({"typ": "ID"}, id="an id_token of Keycloak"),
        pytest.param({"typ": "Refresh"}, id="a refresh token of Keycloak"),
        pytest.param({"events": {}}, id="a logout_token"),
        pytest.param({"iat": None}, id="no time of issue"),
    ],
)
def test_a_signed_token_that_is_not_for_us_is_refused(
    provider: OidcTokens, issuer: Issuer, changed: dict[str, Any]
) -> None:
    with pytest.raises(NotSignedIn):
        provider.identify(issuer.access_token(**changed))


@pytest.mark.parametrize("typ", ["dpop+jwt", "logout+jwt", "secevent+jwt"])
def test_a_signed_token_of_another_type_is_refused(
    provider: OidcTokens, issuer: Issuer, typ: str
) -> None:
    issuer.headers["typ"] = typ
    with pytest.raises(NotSignedIn):
        provider.identify(issuer.access_token())


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "application/at+jwt"])
def test_a_token_that_says_that_it_is_an_access_token_is_taken(
    provider: OidcTokens, issuer: Issuer, typ: str
) -> None:
    issuer.headers["typ"] = typ
    assert provider.identify(issuer.access_token()).subject == SUBJECT


def test_an_id_token_is_no_access_token(provider: OidcTokens, issuer: Issuer) -> None:
    with pytest.raises(NotSignedIn):
        provider.identify(issuer.id_token())


def other_key(issuer: Issuer) -> None:
    issuer.signed_with = rsa_key()


def unsigned(issuer: Issuer) -> None:
    issuer.algorithm, issuer.signed_with = "none", ""


def symmetric(issuer: Issuer) -> None:
    issuer.algorithm, issuer.signed_with = "HS256", "secret" * 8


@pytest.mark.parametrize("lie", [other_key, unsigned, symmetric])
def test_a_token_that_the_issuer_did_not_sign_is_refused(
    provider: OidcTokens, issuer: Issuer, lie: Callable[[Issuer], None]
) -> None:
    lie(issuer)
    with pytest.raises(NotSignedIn):
        provider.identify(issuer.access_token())


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"active": False}, id="not active"),
        pytest.param({"active": "true"}, id="active as a text"),
        pytest.param({"client_id": "another-app"}, id="another client's"),
        pytest.param({"aud": ["another-app"]}, id="another audience"),
        pytest.param({"iss": "https://evil.test"}, id="another issuer"),
        pytest.param({"sub": "somebody else"}, id="userinfo about somebody else"),
        pytest.param({"sub": ""}, id="about nobody"),
    ],
)
def test_an_opaque_token_that_the_issuer_does_not_vouch_for_is_refused(
    provider: OidcTokens, issuer: Issuer, changed: dict[str, Any]
) -> None:
    introspected(issuer, **changed)
    with pytest.raises(NotSignedIn):
        provider.identify("opaque")


def test_an_issuer_without_introspection_knows_no_opaque_tokens(
    provider: OidcTokens, issuer: Issuer
) -> None:
    issuer.discovery_changes = {"introspection_endpoint": None}
    with pytest.raises(NotSignedIn):
        provider.identify("opaque")


def test_a_discovery_document_of_another_issuer_is_refused(
    provider: OidcTokens, issuer: Issuer
) -> None:
    issuer.discovery_changes = {"issuer": "https://evil.test"}
    with pytest.raises(ProviderRefused, match="another issuer"):
        provider.identify(issuer.access_token())


def test_an_incomplete_discovery_document_is_refused(provider: OidcTokens, issuer: Issuer) -> None:
    issuer.discovery_changes = {"jwks_uri": None}
    with pytest.raises(ProviderRefused, match="jwks_uri"):
        provider.identify(issuer.access_token())


def test_an_issuer_that_works_answers_a_ping(setting: Setting) -> None:
    setting.provider.ping()


def test_an_issuer_that_is_not_there_is_unavailable_and_not_a_refusal(issuer: Issuer) -> None:
    nobody = OidcTokens(issuer="http://127.0.0.1:9", client_id=CLIENT)
    with pytest.raises(ProviderUnavailable):
        nobody.identify(issuer.access_token())


def test_documents_and_keys_are_read_once(provider: OidcTokens, issuer: Issuer) -> None:
    for _ in range(3):
        provider.identify(issuer.access_token())
    assert issuer.asked == ["/.well-known/openid-configuration", "/jwks"]


def test_made_up_key_ids_do_not_make_us_ask_again_and_again(
    provider: OidcTokens, issuer: Issuer
) -> None:
    provider.identify(issuer.access_token())
    forged = issuer.access_token().split(".")
    forged[0] = "eyJhbGciOiJSUzI1NiIsImtpZCI6Im1hZGUtdXAifQ"  # kid: made-up
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            provider.identify(".".join(forged))
    assert issuer.asked.count("/jwks") == 1
