"""Reading what an issuer says about a person. Pure."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import jwt

from datalab.core.errors import NotSignedIn
from datalab.providers.identity.base import Identity

LEEWAY = 30
"""Seconds that two clocks may differ."""
_OF_OTHER_TOKENS = {"nonce", "at_hash", "c_hash", "events"}


def verified(
    token: str, key: jwt.PyJWK, *, algorithm: str, issuer: str, audience: str
) -> dict[str, Any]:
    """The claims of a token that is genuine, in time, from this issuer and for this audience."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            issuer=issuer,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.PyJWTError as error:
        raise NotSignedIn(f"The token is not valid: {error}") from None
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise NotSignedIn("The token is about nobody.")
    return claims


def check_is_access_token(token: str, claims: Mapping[str, Any]) -> None:
    """Of all that an issuer signs for us only an access token is a key to the API.

    `nonce` and the hashes are an id_token's, `events` a logout_token's. `typ` in the header is that
    of RFC 9068, in the claims it is Keycloak's word: Bearer, ID, Refresh, Offline, Logout.
    """
    header_type = str(jwt.get_unverified_header(token).get("typ", "JWT")).lower()
    if header_type.removeprefix("application/") not in {"jwt", "at+jwt"}:
        raise NotSignedIn("This is no access token.")
    if not _OF_OTHER_TOKENS.isdisjoint(claims) or claims.get("typ", "Bearer") != "Bearer":
        raise NotSignedIn("This is no access token.")


def check_authorized_party(claims: Mapping[str, Any], *, client_id: str) -> None:
    """https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation, points 3 to 5."""
    party = claims.get("azp")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several and party is None) or (party is not None and party != client_id):
        raise NotSignedIn("The token was issued to another application.")


def check_access_token_hash(
    claims: Mapping[str, Any], access_token: str, *, algorithm: str
) -> None:
    """`at_hash` binds the access token to the id_token; optional, but never wrong."""
    expected = claims.get("at_hash")
    if expected is None:
        return
    digest = hashlib.new(f"sha{algorithm[2:]}", access_token.encode()).digest()
    actual = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if expected != actual:
        raise NotSignedIn("The access token does not belong to this sign-in.")


def identity_from(claims: Mapping[str, Any], *, groups_claim: str) -> Identity:
    """An identity without groups where the claim is missing or is no list of texts."""
    groups = claims.get(groups_claim)
    return Identity(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        username=_text(claims, "preferred_username"),
        email=_text(claims, "email"),
        # Exactly true: an issuer that says anything else does not vouch for it.
        email_verified=claims.get("email_verified") is True,
        display_name=_text(claims, "name"),
        groups=[one for one in groups if isinstance(one, str)] if isinstance(groups, list) else [],
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
