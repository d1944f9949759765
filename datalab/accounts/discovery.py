"""Where the issuer's endpoints are: from settings for the built-in one, else from the issuer."""

from functools import cache

from django.conf import settings

from datalab.providers.identity.discovery import Discovery, Endpoints


def endpoints() -> Endpoints:
    """ProviderError where the issuer must be asked and does not answer as it should."""
    if settings.OIDC_ENDPOINTS:
        return Endpoints(**settings.OIDC_ENDPOINTS)
    return _discovery(settings.OIDC_ISSUER).endpoints()


@cache
def _discovery(issuer: str) -> Discovery:
    return Discovery(issuer)
