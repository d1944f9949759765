"""What the API server says no with, as errors of the platform.

https://kubernetes.io/docs/reference/using-api/api-concepts/ and, for the body,
https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#status-v1-meta
"""

import json

from datalab.core.errors import ProviderError, ProviderRefused, ProviderUnavailable

_TRY_AGAIN = {408, 409, 425, 429}
_LONGEST = 1000


class Expired(ProviderUnavailable):
    """410: the resourceVersion to go on from is too old. List anew."""


def refusal(status: int, body: bytes) -> ProviderError:
    """The server's own sentence is a note: it may name what the person who asked must not see."""
    said, reason = _said(body)
    error: ProviderError
    if status == 410:
        error = Expired("The cluster has forgotten that moment.", provider="cluster")
    elif reason == "AlreadyExists":
        error = ProviderRefused("There is something of that name already.", provider="cluster")
    elif status in _TRY_AGAIN or status >= 500:
        error = ProviderUnavailable("The cluster is busy. This is tried again.", provider="cluster")
    elif status in {401, 403} and "exceeded quota" not in said:
        error = ProviderRefused(
            "The cluster does not let the platform do this.", provider="cluster"
        )
    else:
        error = ProviderRefused("The cluster refuses this.", provider="cluster")
    error.add_note(f"{status} {said}")
    return error


def _said(body: bytes) -> tuple[str, str]:
    """The message and the reason of a Status."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return body[:_LONGEST].decode("utf-8", "replace"), ""
    return str(found.get("message", ""))[:_LONGEST], str(found.get("reason", ""))
