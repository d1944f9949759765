"""The OpenID provider of the embedded platform."""

from functools import partial
from typing import Any

from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string


def in_state(name: str) -> Any:
    """What a function of the built-in provider reads from the state folder, at first use."""
    return SimpleLazyObject(partial(_call, f"datalab.embedded.provider.{name}"))


def _call(dotted_path: str) -> Any:
    return import_string(dotted_path)()


def oauth2_provider(issuer: str) -> dict[str, Any]:
    """For django-oauth-toolkit."""
    return {
        "OIDC_ENABLED": True,
        "OIDC_ISS_ENDPOINT": issuer,
        "OIDC_RSA_PRIVATE_KEY": in_state("keys.current_pem"),
        "OIDC_RSA_PRIVATE_KEYS_INACTIVE": in_state("keys.former_pems"),
        "OAUTH2_VALIDATOR_CLASS": "datalab.embedded.provider.validator.Validator",
        "CLIENT_SECRET_HASHER": "random_sha256",
        "PKCE_REQUIRED": True,
        "SCOPES": {"openid": "", "email": "", "profile": "", "groups": ""},
        "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
        "ID_TOKEN_EXPIRE_SECONDS": 300,
        "ACCESS_TOKEN_EXPIRE_SECONDS": 300,
        "OIDC_RESPONSE_TYPES_SUPPORTED": ["code"],
        "REFRESH_TOKEN_EXPIRE_SECONDS": 300,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
        "OIDC_RP_INITIATED_LOGOUT_ALWAYS_PROMPT": False,
        # All of RFC 9700 but https for redirects, which localhost cannot have.
        "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
        "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
        "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
        "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
        "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
        "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
        "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
        "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
        "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
    }
