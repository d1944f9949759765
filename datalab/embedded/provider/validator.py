"""What the built-in provider says about a person."""

from collections.abc import Callable, Mapping
from typing import Any

from jwcrypto.jws import JWS
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.settings import oauth2_settings
from oauth2_provider.utils import jwk_from_pem

Claim = Callable[[Any], Any]


class Validator(OAuth2Validator):
    oidc_claim_scope = {**OAuth2Validator.oidc_claim_scope, "groups": "groups"}

    def get_additional_claims(self) -> Mapping[str, Claim]:  # type: ignore[override]
        """Without an argument, so that discovery can list them."""
        return {
            "sub": lambda request: request.user.subject,
            "preferred_username": lambda request: request.user.username,
            "name": lambda request: request.user.get_full_name(),
            "email": lambda request: request.user.email,
            # Its accounts are made by whoever runs the platform, with their addresses.
            "email_verified": lambda request: bool(request.user.email),
            "groups": lambda request: sorted(request.user.groups.values_list("name", flat=True)),
        }

    def _get_key_for_token(self, token: str) -> Any:
        """Also a former key: the parent refuses the first sign-out after a rotation.

        Private, but the only place: test_keys.py notices when the library changes it.
        """
        key = super()._get_key_for_token(token)
        named = _key_id(token)
        for pem in oauth2_settings.OIDC_RSA_PRIVATE_KEYS_INACTIVE if key is not None else ():
            former = jwk_from_pem(pem)
            if former.thumbprint() == named:
                return former
        return key


def _key_id(token: str) -> str:
    unverified = JWS()
    unverified.deserialize(token)
    return str(unverified.jose_header.get("kid", ""))
