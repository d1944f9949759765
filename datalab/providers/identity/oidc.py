"""Access tokens of an OpenID issuer, as programs send them."""

from collections.abc import Mapping
from typing import Any

import httpx

from datalab.core.errors import NotSignedIn
from datalab.providers.identity import claims as claim
from datalab.providers.identity.base import Identity
from datalab.providers.identity.discovery import TIMEOUT, Discovery, Endpoints, fetch_json
from datalab.providers.identity.signing_keys import SigningKeys

PING = httpx.Timeout(2.0)
REFUSED = "This token is not accepted. Sign in again for a new one."


class OidcTokens:
    """Verifies a signed token itself, and asks the issuer about an opaque one (RFC 7662)."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str = "",
        algorithm: str = "RS256",
        groups_claim: str = "groups",
        endpoints: Mapping[str, Any] | None = None,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._algorithm = algorithm
        self._groups_claim = groups_claim
        self._known = Endpoints(**endpoints) if endpoints else None
        self._discovery = Discovery(issuer)
        self._keys = SigningKeys(lambda: self._endpoints().jwks)

    def ping(self) -> None:
        """Asks for the issuer's keys: without them nobody can sign in."""
        with httpx.Client(timeout=PING) as client:
            fetch_json(client, "GET", self._endpoints().jwks)

    def identify(self, access_token: str) -> Identity:
        if not access_token or not access_token.isascii():
            raise NotSignedIn(REFUSED)
        is_signed = access_token.count(".") == 2
        found = self._verify(access_token) if is_signed else self._ask(access_token)
        return claim.identity_from(found, groups_claim=self._groups_claim)

    def _endpoints(self) -> Endpoints:
        return self._known or self._discovery.endpoints()

    def _verify(self, token: str) -> dict[str, Any]:
        key = self._keys.key_for(token, algorithm=self._algorithm)
        found = claim.verified(
            token,
            key,
            algorithm=self._algorithm,
            issuer=self._issuer,
            audience=self._client_id,
        )
        claim.check_is_access_token(token, found)
        return found

    def _ask(self, token: str) -> dict[str, Any]:
        endpoints = self._endpoints()
        if not endpoints.introspection:
            raise NotSignedIn(REFUSED)
        with httpx.Client(timeout=TIMEOUT) as client:
            answer = fetch_json(
                client,
                "POST",
                endpoints.introspection,
                data={"token": token, "token_type_hint": "access_token"},
                auth=(self._client_id, str(self._client_secret)),
            )
            self._check_answer(answer)
            about = fetch_json(
                client, "GET", endpoints.userinfo, headers={"Authorization": f"Bearer {token}"}
            )
        if not isinstance(about, dict) or about.get("sub") != answer["sub"]:
            raise NotSignedIn(REFUSED)
        return {**about, "iss": self._issuer}

    def _check_answer(self, answer: Any) -> None:
        if not isinstance(answer, dict) or answer.get("active") is not True:
            raise NotSignedIn(REFUSED)
        audience = answer.get("aud", answer.get("client_id"))
        audiences = audience if isinstance(audience, list) else [audience]
        of_issuer = answer.get("iss", self._issuer) == self._issuer
        if not of_issuer or self._client_id not in audiences or not answer.get("sub"):
            raise NotSignedIn(REFUSED)
