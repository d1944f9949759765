"""From what a cluster tells of a release to what a person is told. Pure: no network, no clock.

What it waits for has a step of its own, and a step its own clock: QUEUED until there is a pod,
SCHEDULING until a machine takes it, PREPARING while an image is fetched (one that is there already
is no step), STARTING until it answers. FAILED is only what does not mend by itself; everything that
the cluster goes on trying is a wait with a reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from datalab.providers.cluster.base import NOT_APPLIED, Observation, Observed, Reason, Step
from datalab.providers.cluster.kubernetes.objects import HelmRecord, ReleaseObjects
from datalab.providers.cluster.kubernetes.pods import (
    evicted_lately,
    lost_for_good,
    observe_pod,
    takes_room,
    worst,
)
from datalab.providers.cluster.kubernetes.reading import (
    REVISION,
    Json,
    annotation,
    condition,
    events_of,
    happened_at,
    is_going,
    is_owned_by,
    label,
    name_of,
)
from datalab.providers.cluster.kubernetes.reasons import external_secrets
from datalab.providers.cluster.kubernetes.reasons.creating import not_created


def observation_of(objects: ReleaseObjects, now: datetime) -> Observation:
    """`now` tells what is slow, and what was long ago."""
    seen = _observation_of(objects, now)
    if seen.state is Observed.FAILED and any(takes_room(pod) for pod in objects.pods):
        return replace(seen, takes_room=True)
    return seen


def waits_for_secrets(seen: Observation) -> bool:
    """A pod waits for the Secret with the chosen ones."""
    return seen.reason is not None and seen.reason.code == external_secrets.WAITS


def with_cause(
    seen: Observation, asked: Json | None, events: Iterable[Json], now: datetime
) -> Observation:
    """Nearer to the cause than the machine: what the operator says of `asked`, where that is known."""
    if asked is None:
        return seen
    return replace(seen, reason=external_secrets.not_brought(asked, events, now) or seen.reason)


def _observation_of(objects: ReleaseObjects, now: datetime) -> Observation:
    record = objects.record
    wanted = [one for one in objects.workloads if not is_going(one)]
    if record is None or record.status in {"uninstalled", "uninstalling"}:
        return _leaving(objects, wanted)
    if record.status.startswith("pending-") or record.status == "unknown":
        return _not_at_work("Applying", "It is being handed to the cluster.")
    if record.status == "failed":
        return _not_applied(record)
    if not wanted:
        return _not_at_work("Incomplete", "Part of it is missing in the cluster; it is made again.")
    meant = [one for one in wanted if one["spec"]["replicas"]]
    if not meant:
        return _stopped(objects)
    return worst([_observe_workload(one, objects, now) for one in meant])


def _leaving(objects: ReleaseObjects, wanted: Sequence[Json]) -> Observation:
    """Kept storage is not of the release any more."""
    if wanted and objects.record is None:
        return _not_at_work(
            "RecordLost", "The cluster has forgotten how it was made; it is made again."
        )
    going = [one for one in objects.claims if is_going(one)]
    if objects.record or objects.workloads or objects.pods or going:
        return Observation(state=Observed.REMOVING)
    return Observation(state=Observed.ABSENT)


def _not_applied(record: HelmRecord) -> Observation:
    return Observation(
        state=Observed.FAILED,
        reason=Reason(
            code=NOT_APPLIED,
            message="The cluster did not accept all of it. Change it, or restart it to try again.",
            raw=f"Helm's revision {record.revision} is marked as {record.status}.",
        ),
    )


def _stopped(objects: ReleaseObjects) -> Observation:
    if not objects.pods:
        return Observation(state=Observed.PAUSED)
    reason = Reason(code="Stopping", message="Its processes are being ended.")
    return Observation(state=Observed.STARTING, step=Step.STARTING, reason=reason)


def _observe_workload(workload: Json, objects: ReleaseObjects, now: datetime) -> Observation:
    status = workload["status"]
    if status.get("observedGeneration", 0) < workload["metadata"].get("generation", 0):
        return _queued("Applying", "The cluster has taken the change and is about to make it.")
    makers = _makers(workload, objects)
    mine = [one for one in objects.pods if any(is_owned_by(one, maker) for maker in makers)]
    newest = [one for one in mine if not is_going(one) and _is_newest(one, workload, makers)]
    alive = [one for one in newest if one["status"].get("phase") != "Failed"] or newest
    if not alive:
        return lost_for_good(mine, objects.events) or _without_pod(
            workload, makers, objects, anything=bool(mine), now=now
        )
    seen = [observe_pod(one, objects, now=now) for one in alive]
    if sum(one.state is Observed.RUNNING for one in seen) >= workload["spec"]["replicas"]:
        return _running(seen)
    return (
        worst(seen)
        if len(alive) >= workload["spec"]["replicas"]
        else _some_missing(workload, makers, objects, seen)
    )


def _makers(workload: Json, objects: ReleaseObjects) -> list[Json]:
    """Who makes its pods: a StatefulSet itself, a Deployment's ReplicaSet of the newest revision."""
    if workload["kind"] == "StatefulSet":
        return [workload]
    owned = [one for one in objects.replica_sets if is_owned_by(one, workload)]
    return sorted(owned, key=lambda one: int(annotation(one, REVISION) or 0))


def _is_newest(pod: Json, workload: Json, makers: Sequence[Json]) -> bool:
    if workload["kind"] == "StatefulSet":
        revision = workload["status"].get("updateRevision")
        return revision is None or label(pod, "controller-revision-hash") == revision
    return is_owned_by(pod, makers[-1])


def _running(seen: Sequence[Observation]) -> Observation:
    told = [one for one in seen if one.state is Observed.RUNNING]
    return next((one for one in told if one.reason), Observation(state=Observed.RUNNING))


def _without_pod(
    workload: Json,
    makers: Sequence[Json],
    objects: ReleaseObjects,
    *,
    anything: bool,
    now: datetime,
) -> Observation:
    refused = _refused(workload, makers, objects)
    if refused is not None:
        return refused
    if anything:
        return Observation(
            state=Observed.STARTING,
            step=Step.STARTING,
            reason=Reason(code="Replacing", message="Its former processes are being ended."),
        )
    left = evicted_lately(f"{name_of(workload)}-0", objects, now=now)
    return Observation(state=Observed.STARTING, step=Step.QUEUED, reason=left)


def _some_missing(
    workload: Json, makers: Sequence[Json], objects: ReleaseObjects, seen: Sequence[Observation]
) -> Observation:
    """Fewer pods than replicas: they come one after the other, or the next one was refused."""
    waiting = [one for one in seen if one.state is not Observed.RUNNING]
    if waiting:
        return worst(waiting)
    return _refused(workload, makers, objects) or Observation(
        state=Observed.STARTING, step=Step.QUEUED
    )


def _refused(workload: Json, makers: Sequence[Json], objects: ReleaseObjects) -> Observation | None:
    """What the API server answered the last attempt to make a pod, where that was a no."""
    text = str(condition(workload, "ReplicaFailure").get("message", ""))
    for maker in makers[-1:]:
        said = events_of(maker, objects.events, "FailedCreate", "SuccessfulCreate")
        no = [one for one in said if one["reason"] == "FailedCreate"]
        yes = [one for one in said if one["reason"] == "SuccessfulCreate"]
        if no and not (yes and happened_at(yes[0]) > happened_at(no[0])):
            text = no[0]["message"]
    if not text:
        return None
    found = not_created(text)
    if not found.mends:
        return Observation(state=Observed.FAILED, reason=found.reason)
    return Observation(state=Observed.STARTING, step=Step.QUEUED, reason=found.reason)


def _not_at_work(code: str, message: str) -> Observation:
    """A helm is at work or was killed, or somebody deleted a part: applied again it is whole."""
    return Observation(state=Observed.STARTING, reason=Reason(code=code, message=message))


def _queued(code: str, message: str) -> Observation:
    reason = Reason(code=code, message=message)
    return Observation(state=Observed.STARTING, step=Step.QUEUED, reason=reason)
