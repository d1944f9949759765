"""What helm says on stderr when it talks to a cluster, as errors of the platform.

Most of it is the API server's own text, wrapped:
https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

import re

from datalab.core.errors import DatalabError, ProviderRefused, ProviderUnavailable

_LONGEST = 2000

_TABLE: tuple[tuple[str, type[ProviderRefused | ProviderUnavailable], str], ...] = (
    # First what also says "not found" or "forbidden", and passes by itself.
    (r"because it is being terminated", ProviderUnavailable, "The namespace is being removed."),
    (
        r"another operation \(install/upgrade/rollback\) is in progress",
        ProviderUnavailable,
        "Something else changes this service right now. This is tried again.",
    ),
    (
        r"failed calling webhook|no endpoints available for service",
        ProviderUnavailable,
        "A part of the cluster that checks what starts does not answer. This is tried again.",
    ),
    (
        # Go's own form of a request that got no answer (https://pkg.go.dev/net/url#Error), of those to
        # an API server: a webhook quotes its own to others in what it refuses.
        r"\b(?:Get|Head|Post|Put|Patch|Delete) \\?\"https?://[^\"]+/(?:apis?|version|openapi)\b[^\"]*\": |"
        r"cluster unreachable|connection refused|connection reset|i/o timeout|no such host|"
        r"no route to host|TLS handshake timeout|context deadline exceeded|unexpected EOF|"
        r"http2: |etcdserver|too many requests|currently unable to handle|"
        r"server is currently unavailable|internal error occurred|the object has been modified|"
        r"client rate limiter",
        ProviderUnavailable,
        "The cluster does not answer. This is tried again.",
    ),
    (
        r"exceeded quota",
        ProviderRefused,
        "The cluster's own quota of this tenant has no room for it. "
        "Remove what is kept there, or ask a platform administrator.",
    ),
    (
        r"invalid ownership metadata|cannot be imported into the current release|"
        r"exists and cannot be",
        ProviderRefused,
        "Something of that name is in the tenant's namespace already and belongs to somebody "
        "else. Choose another name.",
    ),
    (
        r"denied the request|violates PodSecurity",
        ProviderRefused,
        "A rule of the cluster does not allow this service. Ask a platform administrator.",
    ),
    (
        r"updates to statefulset spec for fields other than|field is immutable|"
        r"spec is immutable|can not be less than",
        ProviderRefused,
        "What is there cannot be changed in this way. Roll the change back, or remove the service and "
        "launch it anew.",
    ),
    (
        r"Too long: (?:must have at most|may not be more than)|request is too large|"
        r"Request entity too large",
        ProviderRefused,
        "The chart renders far too much.",
    ),
    (
        r"no matches for kind|ensure CRDs are installed|could not find the requested resource",
        ProviderRefused,
        "The cluster does not know a kind of object that this chart brings. "
        "Ask a platform administrator.",
    ),
    (
        r"namespaces \\?\"[^\"]*\" not found",
        ProviderRefused,
        "The tenant's namespace does not exist yet.",
    ),
    (
        r"is forbidden: User|Unauthorized|must be logged in|credentials",
        ProviderRefused,
        "The cluster does not let the platform do this.",
    ),
)


def error_from(stderr: str | None) -> DatalabError:
    """None: helm was ended: it took too long, or its machine had no memory for it.

    The text itself is a note, never told to people.
    """
    if stderr is None:
        return ProviderUnavailable(
            "This has been interrupted. It is tried again.", provider="cluster"
        )
    for pattern, error, sentence in _TABLE:
        if re.search(pattern, stderr, re.IGNORECASE):
            found: DatalabError = error(sentence, provider="cluster")
            break
    else:
        found = ProviderRefused("The cluster refuses this service.", provider="cluster")
    found.add_note(stderr[-_LONGEST:])
    return found
