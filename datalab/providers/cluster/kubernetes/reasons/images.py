"""Why an image is not there. The texts are containerd's, below the kubelet's reason.

https://kubernetes.io/docs/concepts/containers/images/
"""

from datalab.providers.cluster.base import Reason
from datalab.providers.cluster.kubernetes.reasons.saying import (
    Saying,
    Verdict,
    first,
    reason,
    verdict,
)

_SAYINGS = (
    Saying(
        pattern=r"no match for platform|exec format",
        code="ImageForOtherMachines",
        sentence="Its image is made for machines of another kind. Choose another version.",
        mends=False,
    ),
    Saying(
        pattern=r"429 |[Tt]oo ?[Mm]any ?[Rr]equests",
        code="ImageRefusedForNow",
        sentence="The registry takes no more requests for now. This is tried again by itself.",
    ),
    Saying(
        pattern=r"dial tcp|no such host|i/o timeout|connection refused|connection reset|"
        r"TLS handshake|deadline exceeded|x509: |: EOF|50[0234] ",
        code="ImageUnreachable",
        sentence="The registry of its image does not answer. This is tried again by itself; if it "
        "lasts, tell the platform's administrator.",
    ),
    Saying(
        pattern=r"[Uu]nauthorized|[Ff]orbidden|pull access denied|authorization failed|"
        r"authentication required|insufficient_scope|no basic auth",
        code="ImageForbidden",
        sentence="The cluster may not fetch its image, or there is none of that name. Choose "
        "another version, or ask the platform's administrator for access.",
        mends=False,
    ),
    Saying(
        pattern=r"not found|manifest unknown|does not exist|name unknown",
        code="ImageNotFound",
        sentence="There is no image of that name and version. Choose another version, or tell "
        "whoever keeps the chart.",
        mends=False,
    ),
)

TROUBLE = {
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
}
"""What the kubelet says a container is waiting for."""
_BACKED_OFF = "ImagePullBackOff"


def image_trouble(waiting: str, text: str, *, tried_before: bool) -> Verdict:
    """Final only once the kubelet waits before it tries again, and then for good."""
    if waiting == "InvalidImageName":
        return verdict(
            "ImageNotFound",
            "The name of its image is none. Choose another version, or tell whoever keeps the "
            "chart.",
            raw=text,
            mends=False,
        )
    if waiting == "ErrImageNeverPull":
        return verdict(
            "ImageNotFound",
            "Its image is not on the machine and may not be fetched. Choose another version, or "
            "tell the platform's administrator.",
            raw=text,
            mends=False,
        )
    found = first(_SAYINGS, text)
    if found is None:
        return verdict(
            "ImageNotFetched",
            "Its image could not be fetched. This is tried again by itself; the details say why.",
            raw=text,
        )
    return Verdict(
        reason=found.reason, mends=found.mends or not (tried_before or waiting == _BACKED_OFF)
    )


def being_fetched(image: str, *, slow: bool, raw: str) -> Reason:
    if slow:
        return reason(
            "ImageSlow",
            f"Its image {image} is being fetched, which takes long: it is large, or the registry "
            "is slow. The next start on the same machine is quick.",
            raw=raw,
        )
    return reason("ImageFetching", f"Its image {image} is being fetched.", raw=raw)
