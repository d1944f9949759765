"""Webhooks over HTTP."""

import time
from collections.abc import Mapping

import httpx

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.webhooks.destination import (
    PROVIDER,
    Networks,
    Resolve,
    destination_of,
    parsed,
    resolved,
)

TIMEOUT = httpx.Timeout(5.0)
ALTOGETHER = 15.0
"""Seconds for one delivery, however slowly the other side drips."""
MOST_ANSWER = 64 * 1024
"""Bytes of an answer that are read, and thrown away."""


class HttpWebhooks:
    def __init__(self, *, allowed: Networks = (), resolve: Resolve = resolved) -> None:
        """`allowed` are networks besides the open internet, there also over http."""
        self._allowed = tuple(allowed)
        self._resolve = resolve

    def check(self, url: str) -> None:
        parsed(url, allowed=self._allowed)
        destination_of(url, allowed=self._allowed, resolve=self._resolve)

    def send(self, url: str, *, headers: Mapping[str, str], body: bytes) -> int:
        to = destination_of(url, allowed=self._allowed, resolve=self._resolve)
        try:
            # Neither proxies of the environment, nor redirects: both lead past the guard.
            with httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client:
                request = client.build_request(
                    "POST",
                    to.url,
                    headers={**headers, "Host": to.host},
                    content=body,
                    extensions={"sni_hostname": to.hostname},
                )
                return _answered(client, request)
        except httpx.HTTPError as error:
            text = f"{to.hostname} did not answer: {type(error).__name__}."
            raise ProviderUnavailable(text, provider=PROVIDER) from error


def _answered(client: httpx.Client, request: httpx.Request) -> int:
    began = time.monotonic()
    answer = client.send(request, stream=True)
    try:
        read = 0
        for piece in answer.iter_raw():
            read += len(piece)
            if read > MOST_ANSWER or time.monotonic() - began > ALTOGETHER:
                break
    finally:
        answer.close()
    if answer.is_success:
        return answer.status_code
    text = f"The other side answered {answer.status_code}."
    if answer.is_redirect:
        text += " Redirects are not followed: enter the address that it leads to."
    raise ProviderRefused(text, provider=PROVIDER)
