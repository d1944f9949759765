"""How the OpenAPI schema names the two ways to sign in."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "datalab.accounts.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A Datalab token (`dl_…`), or an access token of the issuer.",
        }


class PageScheme(OpenApiAuthenticationExtension):
    target_class = "datalab.accounts.authentication.PageAuthentication"
    name = "page"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The page's session; unsafe methods need the CSRF token as well.",
        }
