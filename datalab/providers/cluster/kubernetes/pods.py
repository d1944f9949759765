"""What one pod says of itself. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from datalab.providers.cluster.base import Observation, Observed, Reason, Step
from datalab.providers.cluster.kubernetes.containers import (
    containers_of,
    is_about_to_crash_again,
    observe_container,
    restarted_lately,
    waiting_for,
)
from datalab.providers.cluster.kubernetes.objects import ReleaseObjects
from datalab.providers.cluster.kubernetes.reading import (
    Json,
    condition,
    happened_at,
    is_going,
    name_of,
    newest,
)
from datalab.providers.cluster.kubernetes.reasons import machines, scheduling, volumes

_STEPS = [Step.QUEUED, Step.SCHEDULING, Step.PREPARING, Step.STARTING, None]
_LATELY = timedelta(hours=1)


def observe_pod(pod: Json, objects: ReleaseObjects, *, now: datetime) -> Observation:
    """Of one that is not being deleted."""
    if pod["status"].get("phase") == "Failed":
        return _failed(pod)
    if condition(pod, "PodScheduled").get("status") != "True":
        return _unscheduled(pod, objects)
    if _is_lost(pod):
        return _lost(pod, objects.events)
    waited_for = list(waiting_for(pod))
    if condition(pod, "Ready").get("status") == "True":
        waited_for = [one for one in containers_of(pod) if is_about_to_crash_again(one, now=now)]
        if not waited_for:
            return Observation(state=Observed.RUNNING, reason=_lately(pod, objects, now))
    seen = [
        observe_container(one, pod, events=objects.events, output=objects.logs, now=now)
        for one in waited_for
    ]
    return worst(seen) if seen else Observation(state=Observed.STARTING, step=Step.STARTING)


def worst(seen: Sequence[Observation]) -> Observation:
    """The one that is furthest from running, which is what all wait for."""
    return min(seen, key=_distance)


def _distance(seen: Observation) -> tuple[int, int]:
    order = [Observed.FAILED, Observed.UNKNOWN, Observed.STARTING, Observed.RUNNING]
    return (order.index(seen.state) if seen.state in order else 0, _STEPS.index(seen.step))


def is_ready(pod: Json) -> bool:
    return not is_going(pod) and condition(pod, "Ready").get("status") == "True"


def takes_room(pod: Json) -> bool:
    """The cluster's quota counts it: https://kubernetes.io/docs/concepts/policy/resource-quotas/"""
    return pod["status"].get("phase") not in {"Failed", "Succeeded"}


def lost_for_good(pods: Sequence[Json], events: Sequence[Json]) -> Observation | None:
    """One that is to be deleted, on a machine that cannot say that it has done so."""
    gone = [pod for pod in pods if is_going(pod) and pod["status"].get("reason") == "NodeLost"]
    return _lost(gone[0], events) if gone else None


def _failed(pod: Json) -> Observation:
    """The cluster makes another one in its place."""
    text = str(pod["status"].get("message", ""))
    return Observation(state=Observed.STARTING, step=Step.SCHEDULING, reason=machines.evicted(text))


def _unscheduled(pod: Json, objects: ReleaseObjects) -> Observation:
    told = condition(pod, "PodScheduled")
    text = str(told.get("message", ""))
    if not text:
        return Observation(state=Observed.STARTING, step=Step.SCHEDULING)
    reason = scheduling.unschedulable(text, objects.devices)
    if reason.code == "VolumeNotBound":
        reason = _storage(objects) or reason
    return Observation(state=Observed.STARTING, step=Step.SCHEDULING, reason=reason)


def _storage(objects: ReleaseObjects) -> Reason | None:
    """Nearer to the cause than the scheduler: why a claim has no volume."""
    for claim in objects.claims:
        if claim["status"].get("phase") == "Bound":
            continue
        said = newest(claim, objects.events, "ProvisioningFailed", "FailedBinding")
        if said is not None:
            return volumes.claim_not_bound(said["message"])
    return None


def _is_lost(pod: Json) -> bool:
    """Its containers were ready when last heard of; the cluster has taken that back, not they."""
    if condition(pod, "Ready").get("status") == "True":
        return False
    mains = [one for one in containers_of(pod) if not one.is_init]
    gates = [
        one for one in pod["status"].get("conditions") or [] if one["type"] == "ContainersReady"
    ]
    all_well = bool(mains) and all(one.status.get("ready") for one in mains)
    return all_well and any(one["status"] == "True" for one in gates)


def _lost(pod: Json, events: Sequence[Json]) -> Observation:
    said = newest(pod, events, "NodeNotReady", "TaintManagerEviction")
    raw = str(said["message"]) if said else str(pod["status"].get("message", ""))
    return Observation(state=Observed.UNKNOWN, reason=machines.machine_lost(raw))


def _lately(pod: Json, objects: ReleaseObjects, now: datetime) -> Reason | None:
    """Why one that is ready was started again."""
    restarted = (restarted_lately(one, now=now) for one in containers_of(pod) if not one.is_init)
    found = next((one for one in restarted if one), None)
    return found or evicted_lately(name_of(pod), objects, now=now)


def evicted_lately(pod: str, objects: ReleaseObjects, *, now: datetime) -> Reason | None:
    """The pod before it, of the same name, had to leave."""
    said = [
        one
        for one in objects.events
        if one["reason"] == "Evicted"
        and one["involvedObject"].get("name") == pod
        and now - happened_at(one) < _LATELY
    ]
    return machines.evicted(max(said, key=happened_at)["message"]) if said else None
