"""Signing in with the issuer: mozilla-django-oidc, with what it leaves open closed.

What each override is for is in docs/decisions/0004-sign-in.md.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import requests
import structlog
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from jwt import PyJWK
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from datalab.accounts.actions import sign_in
from datalab.accounts.discovery import endpoints
from datalab.accounts.group_rules import profile_of
from datalab.accounts.models import User
from datalab.accounts.outcome import SignInError, note_failure
from datalab.core.errors import NotSignedIn, ProviderError
from datalab.providers.identity import claims as claim
from datalab.providers.identity.signing_keys import SigningKeys

log = structlog.get_logger(__name__)


class SignInBackend(OIDCAuthenticationBackend):
    """Refuses with None and a note of the reason; raises for nothing that a token can cause."""

    request: HttpRequest

    def __init__(self) -> None:
        # Not the parent's: it wants every endpoint now, also to look up a session's user, and
        # an outside issuer's are asked for at the first sign-in only.
        self.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_ID
        self.OIDC_RP_CLIENT_SECRET = str(settings.OIDC_RP_CLIENT_SECRET)
        self.OIDC_RP_SIGN_ALGO = settings.OIDC_RP_SIGN_ALGO
        self.OIDC_RP_IDP_SIGN_KEY = None
        self.UserModel = User

    @property
    def OIDC_OP_TOKEN_ENDPOINT(self) -> str:  # noqa: N802 - the library's name
        return endpoints().token

    @property
    def OIDC_OP_USER_ENDPOINT(self) -> str:  # noqa: N802
        return endpoints().userinfo

    def authenticate(  # type: ignore[override]  # narrower, see below
        self, request: HttpRequest | None, *, nonce: str, code_verifier: str
    ) -> User | None:
        """Named arguments: Django does not even try us with somebody's user name and password."""
        if request is None:
            return None
        try:
            user: User | None = super().authenticate(
                request, nonce=nonce, code_verifier=code_verifier
            )
        except (requests.RequestException, ProviderError) as error:
            # The text of the library's error holds the token endpoint's whole answer.
            log.warning("issuer_not_reached", error=type(error).__name__)
            note_failure(request, _code_of(error))
            return None
        except (NotSignedIn, SuspiciousOperation) as error:
            log.warning("sign_in_refused", reason=str(error))
            note_failure(request, SignInError.FAILED)
            return None
        return user

    def get_token(self, payload: Mapping[str, Any]) -> dict[str, str]:
        answer = super().get_token(payload)
        tokens = answer if isinstance(answer, dict) else {}
        if not all(isinstance(tokens.get(name), str) for name in ("id_token", "access_token")):
            raise NotSignedIn("The issuer answered without tokens.")
        return tokens

    def retrieve_matching_jwk(self, token: str) -> PyJWK:
        return _signing_keys().key_for(token, algorithm=self.OIDC_RP_SIGN_ALGO)

    def get_payload_data(self, token: str, key: PyJWK) -> dict[str, Any]:
        """The parent looks at the signature only: neither audience nor issuer."""
        claims = claim.verified(
            token,
            key,
            algorithm=self.OIDC_RP_SIGN_ALGO,
            issuer=settings.OIDC_ISSUER,
            audience=self.OIDC_RP_CLIENT_ID,
        )
        claim.check_authorized_party(claims, client_id=self.OIDC_RP_CLIENT_ID)
        return claims

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        if not kwargs.get("nonce"):
            # To the parent, no nonce sent and none received are equal.
            raise NotSignedIn("No nonce was sent.")
        payload: dict[str, Any] = super().verify_token(token, **kwargs)
        return payload

    def get_userinfo(
        self, access_token: str, id_token: str, payload: Mapping[str, Any]
    ) -> dict[str, Any]:
        try:
            about = super().get_userinfo(access_token, id_token, payload)
        except requests.JSONDecodeError:
            raise NotSignedIn("The issuer's userinfo is not JSON.") from None
        if not isinstance(about, dict) or about.get("sub") != payload["sub"]:
            raise NotSignedIn("The issuer's userinfo is about somebody else.")
        return {**about, **payload}  # what is signed wins

    def get_or_create_user(
        self, access_token: str, id_token: str, payload: Mapping[str, Any]
    ) -> User | None:
        """By (issuer, subject); the parent goes by e-mail."""
        claim.check_access_token_hash(payload, access_token, algorithm=self.OIDC_RP_SIGN_ALGO)
        claims = self.get_userinfo(access_token, id_token, payload)
        identity = claim.identity_from(claims, groups_claim=settings.OIDC_GROUPS_CLAIM)
        user = sign_in(profile=profile_of(identity))
        if user is None:
            note_failure(self.request, SignInError.NO_ACCESS)
        return user


@cache
def _signing_keys() -> SigningKeys:
    return SigningKeys(lambda: endpoints().jwks)


def _code_of(error: Exception) -> SignInError:
    """A 4xx of the issuer is an answer: the same request will not do better."""
    response = getattr(error, "response", None)
    if response is not None and 400 <= response.status_code < 500:
        return SignInError.FAILED
    return SignInError.TRY_AGAIN
