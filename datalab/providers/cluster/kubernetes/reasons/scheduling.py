"""Why no machine takes a pod: the scheduler's own sentence, taken apart.

https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
"""

import re
from collections.abc import Mapping

from datalab.providers.cluster.base import Reason
from datalab.providers.cluster.kubernetes.objects import Devices
from datalab.providers.cluster.kubernetes.reasons.saying import Saying, first, reason

_INSUFFICIENT = re.compile(r"\bInsufficient (?P<what>[\w./-]*\w)")
_SAYINGS = (
    Saying(
        pattern=r"unbound immediate PersistentVolumeClaims|didn't find available persistent vol"
        r"|persistentvolumeclaim \"[^\"]+\" (not found|is being deleted|bound to non-existent)",
        code="VolumeNotBound",
        sentence="Its storage is not there yet. It starts by itself once the cluster has made it.",
    ),
    Saying(
        pattern=r"volume node affinity conflict|PersistentVolume's node affinity",
        code="VolumeElsewhere",
        sentence="Its storage lies where no machine has room for it now. It starts by itself when "
        "a machine there is free; ask the platform's administrator if it lasts.",
    ),
    Saying(
        pattern=r"exceed max volume count",
        code="TooManyVolumes",
        sentence="Each machine holds as many volumes as it can. It starts by itself when another "
        "service is paused or removed.",
    ),
    Saying(
        pattern=r"Insufficient memory",
        code="InsufficientMemory",
        sentence="No machine has as much free memory as it asks for. It starts by itself when "
        "some is given back; or ask for less.",
    ),
    Saying(
        pattern=r"Insufficient cpu",
        code="InsufficientCpu",
        sentence="No machine has as much free cpu as it asks for. It starts by itself when some "
        "is given back; or ask for less.",
    ),
    Saying(
        pattern=r"Insufficient ephemeral-storage",
        code="InsufficientDisk",
        sentence="No machine has as much free disk as it asks for. It starts by itself when some "
        "is given back; or ask for less.",
    ),
    Saying(
        pattern=r"Too many pods",
        code="TooManyPods",
        sentence="Every machine runs as many services as it may. It starts by itself when "
        "another one is paused or removed.",
    ),
    Saying(
        pattern=r"(anti-)?affinity rules|topology spread constraints|free ports for the requested",
        code="Affinity",
        sentence="It may not run beside what runs on the machines now. It starts by itself when "
        "that changes; ask the platform's administrator if it lasts.",
    ),
    Saying(
        pattern=r"taint[^{]*\{node\.kubernetes\.io/(not-ready|unreachable)",
        code="MachinesNotReady",
        sentence="The machines of the cluster do not answer. It starts by itself when one is "
        "back; tell the platform's administrator if it lasts.",
    ),
    Saying(
        pattern=r"untolerated taint(?!\(?s?\)? ?\{node-role\.kubernetes\.io/)",
        code="Taint",
        sentence="The machines with room are kept for other work. Choose other resources, or ask "
        "the platform's administrator.",
    ),
    Saying(
        pattern=r"didn't match Pod's node affinity/selector",
        code="NoSuchMachine",
        sentence="No machine is of the kind it asks for. Choose other resources, or ask the "
        "platform's administrator for such a machine.",
    ),
    Saying(
        pattern=r"untolerated taint",
        code="Taint",
        sentence="The machines with room are kept for other work. Choose other resources, or ask "
        "the platform's administrator.",
    ),
    Saying(
        pattern=r"node\(s\) were unschedulable",
        code="MachinesClosed",
        sentence="The machines take nothing new at the moment, for maintenance perhaps. It starts "
        "by itself when they do.",
    ),
    Saying(
        pattern=r"no nodes available",
        code="NoMachines",
        sentence="The cluster has no machines at the moment. Tell the platform's administrator.",
    ),
)


def unschedulable(text: str, devices: Mapping[str, Devices]) -> Reason:
    """`devices` says how many of each there are and are in use, where that is known."""
    own = _without_preemption(text)
    lacking = [found["what"] for found in _INSUFFICIENT.finditer(own)]
    device = next((name for name in lacking if "/" in name), None)
    if device is not None:
        return reason("DeviceInUse", _none_free(device, devices.get(device)), raw=text)
    found = first(_SAYINGS, own)
    if found is not None:
        return reason(found.reason.code, found.reason.message, raw=text)
    return reason(
        "Unschedulable",
        "No machine takes it at the moment. It starts by itself when one does; the details tell "
        "the platform's administrator why.",
        raw=text,
    )


def _none_free(device: str, known: Devices | None) -> str:
    after = "It starts by itself when enough are given back."
    if known is None:
        return f"No free {device}. {after}"
    if not known.there:
        return f"There is no {device} in the cluster at the moment. Ask for none, or wait for one."
    if known.used >= known.there:
        return f"No free {device}: {known.used} of {known.there} are in use. {after}"
    return (
        f"Too few free {device} on one machine: {known.used} of {known.there} are in use. {after}"
    )


def _without_preemption(text: str) -> str:
    """What follows tells of the attempt to make room, in the same words with other meanings."""
    return re.split(r"[.,]? preemption: ", text, maxsplit=1)[0]
