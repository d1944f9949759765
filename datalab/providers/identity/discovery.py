"""Where an issuer's endpoints are.

https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
"""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Self

import httpx

from datalab.core.errors import ProviderRefused, ProviderUnavailable

PROVIDER = "identity"
DOCUMENT = "/.well-known/openid-configuration"
TIMEOUT = httpx.Timeout(10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Addresses; an empty one is not offered. `names_itself`: answers carry `iss` (RFC 9207)."""

    authorization: str
    token: str
    userinfo: str
    jwks: str
    end_session: str = ""
    introspection: str = ""
    names_itself: bool = False

    @classmethod
    def from_document(cls, document: Mapping[str, Any], *, issuer: str) -> Self:
        if document.get("issuer") != issuer:
            # Else whoever answers here could sign people in under another issuer's name.
            raise ProviderRefused(
                "The identity provider's discovery document is for another issuer.",
                provider=PROVIDER,
            )
        try:
            return cls(
                authorization=str(document["authorization_endpoint"]),
                token=str(document["token_endpoint"]),
                userinfo=str(document["userinfo_endpoint"]),
                jwks=str(document["jwks_uri"]),
                end_session=str(document.get("end_session_endpoint") or ""),
                introspection=str(document.get("introspection_endpoint") or ""),
                names_itself=document.get("authorization_response_iss_parameter_supported") is True,
            )
        except KeyError as missing:
            raise ProviderRefused(
                f"The identity provider's discovery document lacks {missing}.", provider=PROVIDER
            ) from None


def fetch_json(client: httpx.Client, method: str, url: str, **options: Any) -> Any:
    """The JSON answer of a 200; ProviderUnavailable or ProviderRefused else."""
    try:
        answer = client.request(method, url, **options)
    except httpx.HTTPError as error:
        raise _unavailable() from error
    if answer.status_code == 429 or answer.status_code >= 500:
        raise _unavailable()
    if answer.status_code != 200:
        raise _refused(f"answered {answer.status_code}")
    try:
        return answer.json()
    except ValueError:
        raise _refused("did not answer in JSON") from None


def _unavailable() -> ProviderUnavailable:
    return ProviderUnavailable(
        "The identity provider does not answer. Try again in a moment.", provider=PROVIDER
    )


def _refused(what: str) -> ProviderRefused:
    return ProviderRefused(f"The identity provider {what}.", provider=PROVIDER)


class Discovery:
    """Reads the document at first use and keeps it: an issuer's endpoints do not move."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._found: Endpoints | None = None
        self._lock = Lock()

    def endpoints(self) -> Endpoints:
        with self._lock:
            if self._found is None:
                with httpx.Client(timeout=TIMEOUT) as client:
                    document = fetch_json(client, "GET", self._issuer.rstrip("/") + DOCUMENT)
                if not isinstance(document, dict):
                    raise _refused("did not answer with a discovery document")
                self._found = Endpoints.from_document(document, issuer=self._issuer)
            return self._found
