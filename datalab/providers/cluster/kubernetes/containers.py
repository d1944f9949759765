"""What one container of a pod says of itself. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from datalab.providers.cluster.base import Observation, Observed, Reason, Step
from datalab.providers.cluster.kubernetes.reading import (
    Json,
    condition,
    events_of,
    moment,
    newest,
)
from datalab.providers.cluster.kubernetes.reasons import (
    ending,
    images,
    probing,
    secrets,
    volumes,
)

FINAL_RESTARTS = 3
"""So often in a row it may end before that is called a failure."""
STEADY_AFTER = timedelta(minutes=10)
"""The kubelet forgets former crashes of what ran so long, and so do we."""
TRUSTED_AFTER = timedelta(seconds=60)
"""So long one must run that has crashed several times in a row before it is said to run."""
SLOW_AFTER = timedelta(seconds=60)
_RECENT = timedelta(hours=1)
_NOT_STARTED = {"CreateContainerError", "RunContainerError", "PostStartHookError"}
_MOUNTING = ("FailedMount", "FailedAttachVolume", "FailedMapVolume")
_NETWORK = "FailedCreatePodSandBox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """`status` is empty where the kubelet has not said anything of it yet."""

    spec: Json
    status: Json
    is_init: bool
    is_only: bool

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    @property
    def who(self) -> str:
        return "The tool" if self.is_only else f"Its part {self.name}"

    @property
    def state(self) -> Json:
        return self.status.get("state") or {}

    @property
    def last(self) -> Json | None:
        """How it ended: now, or before its newest start."""
        found = self.state.get("terminated")
        return found or (self.status.get("lastState") or {}).get("terminated")

    @property
    def restarts(self) -> int:
        return int(self.status.get("restartCount", 0))

    @property
    def is_sidecar(self) -> bool:
        return self.is_init and self.spec.get("restartPolicy") == "Always"

    @property
    def is_done(self) -> bool:
        """The next one may begin."""
        if self.is_sidecar:
            return bool(self.status.get("started"))
        ended_with = (self.state.get("terminated") or {}).get("exitCode")
        return self.is_init and ended_with == 0

    @property
    def memory(self) -> str | None:
        return ((self.spec.get("resources") or {}).get("limits") or {}).get("memory")


def containers_of(pod: Json) -> list[Container]:
    """In the order in which they start."""
    mains = pod["spec"].get("containers") or []
    inits = pod["spec"].get("initContainers") or []
    said = _by_name(pod, "containerStatuses")
    said_first = _by_name(pod, "initContainerStatuses")
    return [
        Container(spec=one, status=said_first.get(one["name"], {}), is_init=True, is_only=False)
        for one in inits
    ] + [
        Container(
            spec=one,
            status=said.get(one["name"], {}),
            is_init=False,
            is_only=one is mains[0],
        )
        for one in mains
    ]


def _by_name(pod: Json, which: str) -> dict[str, Json]:
    return {one["name"]: one for one in pod["status"].get(which) or []}


def waiting_for(pod: Json) -> Iterator[Container]:
    """Those that keep the pod from being ready, in the order in which they must go on."""
    found = containers_of(pod)
    for one in found:
        if one.is_init and not one.is_done:
            yield one
            return
    yield from (one for one in found if not one.is_init and not one.status.get("ready"))
    yield from (one for one in found if one.is_sidecar and one.status.get("ready") is False)


def observe_container(
    one: Container, pod: Json, *, events: Sequence[Json], output: str, now: datetime
) -> Observation:
    """Of one that keeps its pod from being ready."""
    state = one.state
    if "running" in state:
        return _running(one, pod, events=events, output=output)
    if "terminated" in state:
        return _ended(one, pod, events=events, output=output)
    waiting = state.get("waiting") or {}
    why, text = str(waiting.get("reason", "")), str(waiting.get("message", ""))
    if why in images.TROUBLE:
        found = images.image_trouble(why, text, tried_before=_backed_off(pod, events))
        return _seen(found.reason, step=Step.PREPARING, fails=not found.mends)
    if why == "CrashLoopBackOff":
        return _ended(one, pod, events=events, output=output)
    if why == "CreateContainerConfigError":
        reason, mends = ending.not_configured(text, who=one.who)
        return _seen(reason, step=Step.STARTING, fails=not mends)
    if why in _NOT_STARTED:
        return _seen(ending.not_started(text, who=one.who), step=Step.STARTING)
    return _before_its_start(one, pod, events=events, now=now)


def _backed_off(pod: Json, events: Sequence[Json]) -> bool:
    said = events_of(pod, events, "BackOff")
    return any("pulling image" in one["message"] for one in said)


def _before_its_start(
    one: Container, pod: Json, *, events: Sequence[Json], now: datetime
) -> Observation:
    """The newest that the machine says about the pod tells what it is busy with."""
    said = newest(
        pod, events, *_MOUNTING, _NETWORK, "Pulling", "Pulled", "SuccessfulAttachVolume", "Created"
    )
    match said["reason"] if said else "":
        case "FailedMount" | "FailedAttachVolume" | "FailedMapVolume" if said:
            return _seen(volumes.not_mounted(said["message"]), step=Step.STARTING)
        case "FailedCreatePodSandBox" if said:
            return _seen(volumes.no_network(said["message"]), step=Step.STARTING)
        case "Pulling" if said:
            slow = now - moment(said["lastTimestamp"]) > SLOW_AFTER
            image = _image_in(said["message"]) or str(one.spec.get("image", ""))
            reason = images.being_fetched(image, slow=slow, raw=said["message"])
            return _seen(reason, step=Step.PREPARING)
        case _:
            return Observation(state=Observed.STARTING, step=Step.STARTING, reason=_BEGINS)


_BEGINS = Reason(code="Beginning", message="The machine is about to start it.")


def _image_in(text: str) -> str:
    """`Pulling image "name:tag"`"""
    _, _, rest = text.partition('"')
    return rest.partition('"')[0]


def _running(one: Container, pod: Json, *, events: Sequence[Json], output: str) -> Observation:
    if is_crashing(one):
        return _ended(one, pod, events=events, output=output)
    if one.is_init and not one.is_sidecar:
        reason = (
            secrets.agent_waits(output)
            if one.name == secrets.AGENT
            else Reason(code="Preparing", message=f"Its part {one.name} prepares the start.")
        )
        return _seen(reason, step=Step.STARTING)
    problem = _probe_problem(one, pod, events)
    if was_ready(one, pod):
        return Observation(state=Observed.RUNNING, reason=probing.not_ready(problem))
    if one.last is not None:
        again = _why_it_ended(one, pod, events=events, output=output)
        return _seen(again, step=Step.STARTING)
    return _seen(probing.starting(problem), step=Step.STARTING)


def is_crashing(one: Container) -> bool:
    """It has ended several times in a row, each time soon after its start."""
    return one.restarts >= FINAL_RESTARTS and one.last is not None and not _was_steady(one.last)


def is_about_to_crash_again(one: Container, *, now: datetime) -> bool:
    """It runs, and was ready in a moment; but so it did the last times."""
    began = moment((one.state.get("running") or {}).get("startedAt"))
    return is_crashing(one) and now - began < TRUSTED_AFTER


def was_ready(one: Container, pod: Json) -> bool:
    """Ready was taken from the pod after this very start: it answered, and no longer does."""
    started = moment((one.state.get("running") or {}).get("startedAt"))
    ready = condition(pod, "Ready")
    return bool(one.status.get("started")) and moment(ready.get("lastTransitionTime")) > started


def _ended(one: Container, pod: Json, *, events: Sequence[Json], output: str) -> Observation:
    why = _why_it_ended(one, pod, events=events, output=output)
    if is_crashing(one):
        return Observation(
            state=Observed.FAILED,
            reason=ending.crash_loop(why, who=one.who, restarts=one.restarts),
        )
    return _seen(why, step=Step.STARTING)


def _why_it_ended(one: Container, pod: Json, *, events: Sequence[Json], output: str) -> Reason:
    terminated = one.last or {}
    if one.name == secrets.AGENT and output:
        return secrets.agent_waits(output)
    if terminated.get("reason") != "OOMKilled":
        for event in events_of(pod, events, "Killing"):
            if f"ontainer {one.name} failed" in event["message"] and "probe" in event["message"]:
                return probing.ended_for_silence(_probe_problem(one, pod, events))
    return ending.ended(
        terminated, who=one.who, memory=one.memory, again=not is_crashing(one), output=output
    )


def restarted_lately(one: Container, *, now: datetime) -> Reason | None:
    """Of one that is ready: why it was started again within the last hour."""
    last = one.last
    if not one.restarts or last is None or now - moment(last.get("finishedAt")) > _RECENT:
        return None
    why = ending.ended(last, who=one.who, memory=one.memory, again=True, output="")
    return ending.was_restarted(why, who=one.who)


def _was_steady(terminated: dict[str, Any]) -> bool:
    return moment(terminated.get("finishedAt")) - moment(terminated.get("startedAt")) > STEADY_AFTER


def _probe_problem(one: Container, pod: Json, events: Sequence[Json]) -> str:
    said = newest(pod, events, "Unhealthy")
    return str(said["message"]) if said else ""


def _seen(reason: Reason, *, step: Step, fails: bool = False) -> Observation:
    if fails:
        return Observation(state=Observed.FAILED, reason=reason)
    return Observation(state=Observed.STARTING, step=step, reason=reason)
