"""What happens to the machine below."""

import re

from datalab.providers.cluster.base import Reason
from datalab.providers.cluster.kubernetes.reasons.saying import Saying, first, reason

_EVICTED = (
    Saying(
        pattern=r"Usage of EmptyDir volume|ephemeral local storage usage exceeds|"
        r"exceeded its local ephemeral storage limit",
        code="TooMuchDisk",
        sentence="It wrote more to its temporary storage than it may, so it was ended, and starts "
        "again. Keep large files in its home folder or in the bucket.",
    ),
    Saying(
        pattern=r"low on resource: (?P<what>[\w.-]+?)\.?( |$)",
        code="Evicted",
        sentence="Its machine was short of {what}, so it was ended there; it starts again.",
    ),
)
_LOST = "The machine it runs on has stopped answering, so nobody knows whether it still works. "


def evicted(text: str) -> Reason:
    found = first(_EVICTED, re.sub(r"\s+", " ", text))
    return (
        reason(found.reason.code, found.reason.message, raw=text)
        if found
        else reason("Evicted", "Its machine had to end it; it starts again.", raw=text)
    )


def machine_lost(text: str) -> Reason:
    return reason(
        "MachineLost",
        f"{_LOST}It goes on when the machine is back, or starts elsewhere after some minutes.",
        raw=text,
    )
