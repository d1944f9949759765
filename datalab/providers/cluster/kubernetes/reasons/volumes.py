"""Why storage, or a file that is mounted, is not there."""

from datalab.providers.cluster.base import Reason
from datalab.providers.cluster.kubernetes.reasons.saying import Saying, first, reason

_NOT_MADE = (
    Saying(
        pattern=r'storageclass\.storage\.k8s\.io "(?P<name>[^"]+)" not found',
        code="NoStorageClass",
        sentence="The cluster has no storage of the class {name}. Choose another class, or tell "
        "the platform's administrator.",
    ),
    Saying(
        pattern=r"no persistent volumes available for this claim and no storage class is set",
        code="NoStorageClass",
        sentence="The cluster makes no storage by itself, and none is left. Tell the platform's "
        "administrator.",
    ),
)
_NOT_MOUNTED = (
    Saying(
        pattern=r"Multi-Attach error",
        code="VolumeInUse",
        sentence="Its storage is still held by another machine, where it ran before. It starts by "
        "itself when that lets go, after some minutes at most.",
    ),
    Saying(
        pattern=r'secret "[^"]+\.secrets" not found',
        code="SecretsComing",
        sentence="Its chosen secrets are being brought into the cluster. If it lasts, restart the "
        "service; if that does not help, tell the platform's administrator.",
    ),
    Saying(
        pattern=r'(?P<kind>secret|configmap) "(?P<name>[^"]+)" not found',
        code="FileMissing",
        sentence="The {kind} {name} that it needs is not there. This is tried again by itself; if "
        "it lasts, restart the service.",
    ),
    Saying(
        pattern=r"references non-existent (?P<kind>secret|config) key: (?P<name>\S+)",
        code="FileMissing",
        sentence="The key {name} that it needs is not there. This is tried again by itself; if it "
        "lasts, restart the service.",
    ),
    Saying(
        pattern=r"AttachVolume|[Aa]ttach timeout",
        code="VolumeNotAttached",
        sentence="Its storage cannot be joined to the machine. This is tried again by itself; if "
        "it lasts, tell the platform's administrator.",
    ),
)


def claim_not_bound(text: str) -> Reason:
    found = first(_NOT_MADE, text)
    return (
        found.reason
        if found
        else reason(
            "VolumeNotBound",
            "Its storage could not be made. This is tried again by itself; if it lasts, tell the "
            "platform's administrator.",
            raw=text,
        )
    )


def not_mounted(text: str) -> Reason:
    found = first(_NOT_MOUNTED, text)
    return (
        found.reason
        if found
        else reason(
            "VolumeNotMounted",
            "Its storage cannot be opened on the machine. This is tried again by itself; if it "
            "lasts, tell the platform's administrator.",
            raw=text,
        )
    )


def no_network(text: str) -> Reason:
    return reason(
        "NoNetwork",
        "The machine cannot give it a network address. This is tried again by itself; if it "
        "lasts, tell the platform's administrator.",
        raw=text,
    )
