"""The port's local side: renders, translates, has the environment built, and asks the agent.

What was asked for is in `release.json`, what runs in the agent's `instance.json`; both outlive every
process of the platform, so that each of them can be killed.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.charts.base import ChartEngine
from datalab.providers.cluster.base import (
    Capacity,
    Observation,
    Observed,
    Reason,
    Release,
    ReleaseRef,
    Step,
    Volume,
)
from datalab.providers.cluster.lacking import lacking
from datalab.providers.cluster.local import logs
from datalab.providers.cluster.local.agent.instance import Stage
from datalab.providers.cluster.local.client import AgentClient
from datalab.providers.cluster.local.devices import GPU
from datalab.providers.cluster.local.environments import Declaration, Environments
from datalab.providers.cluster.local.folders import Folders, read_json, write_json
from datalab.providers.cluster.local.planning import Planner, encoded
from datalab.providers.cluster.local.spec import BuildState, BuildStatus, Environment, ProcessSpec
from datalab.providers.cluster.local.translate import translate
from datalab.providers.cluster.local.volumes import volumes
from datalab.providers.cluster.placement import placed
from datalab.providers.cluster.room import Room

ANSWERS_WITHIN = 120.0
"""Seconds for what the agent does before it answers: a namespace is removed with all its tools."""

ANSWERS_A_PING_WITHIN = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRuntime:
    """Plays charts on this machine. Every method may be called from any thread and process."""

    folders: Folders
    agent: AgentClient
    charts: ChartEngine
    environments: Environments
    planner: Planner

    @property
    def injects_credentials(self) -> bool:
        """Nobody else does: the platform renders a tool's secrets and delivers them here."""
        return False

    @property
    def identifies_tools(self) -> bool:
        """Nobody here could tell whose a process is: a token says it."""
        return False

    def ping(self) -> None:
        self.agent.ask("about", timeout_s=ANSWERS_A_PING_WITHIN)

    def ensure_namespace(self, namespace: str, *, quota: Mapping[str, str]) -> None:
        (self.folders.namespace(namespace) / "releases").mkdir(
            mode=0o700, parents=True, exist_ok=True
        )

    def remove_namespace(self, namespace: str) -> None:
        self.agent.ask("remove_namespace", timeout_s=ANSWERS_WITHIN, namespace=namespace)

    def apply(self, release: Release) -> None:
        if not self.folders.namespace(release.ref.namespace).is_dir():
            raise ProviderRefused("The tenant's namespace does not exist yet.", provider="cluster")
        process = self._translated(release)
        self._check_gpus(process)
        declaration = self.environments.for_image(release.chart, process.image)
        record = _record(release, process, declaration)
        before = read_json(self.folders.record(release.ref))
        write_json(self.folders.record(release.ref), record)
        if record["paused"]:
            self.agent.ask_about(release.ref, "stop")
            return
        built = self.environments.status(declaration)
        if built.environment is None:
            self._build(release.ref, declaration, built, anew=before != record)
            return
        self._start(release, record["digest"], process, built.environment)

    def remove(self, ref: ReleaseRef) -> None:
        if not self.folders.release(ref).is_dir():
            return
        record = read_json(self.folders.record(ref)) or {}
        self.agent.ask_about(ref, "remove", keep=record.get("keep", []))

    def observe(self, ref: ReleaseRef) -> Observation:
        record = read_json(self.folders.record(ref))
        if record is None:
            return Observation(state=Observed.ABSENT)
        if record.get("removing"):
            return Observation(state=Observed.REMOVING)
        status = self.agent.ask_about(ref, "status")
        if record["paused"]:
            stopped = status["instance"] is None and not status["busy"]
            return Observation(state=Observed.PAUSED if stopped else Observed.RUNNING)
        return self._running(record, status)

    def deliver(self, ref: ReleaseRef, files: Mapping[str, bytes]) -> bool:
        return bool(self.agent.ask_about(ref, "deliver", files=encoded(files))["changed"])

    def releases(self, namespace: str) -> Sequence[ReleaseRef]:
        return list(self.folders.refs(namespace))

    def volumes(self, namespace: str, *, beside: Collection[str]) -> Sequence[Volume]:
        try:
            return list(volumes(self.folders, namespace, beside))
        except OSError as error:
            text = "The tools' storage cannot be read."
            raise ProviderUnavailable(text, provider="cluster") from error

    def logs(self, ref: ReleaseRef, *, tail: int) -> str:
        return logs.tail(self.folders.log(ref), tail)

    def changes(self) -> Iterator[ReleaseRef | None]:
        return self.agent.changes()

    def mirror(self) -> None:
        """Asking the agent costs next to nothing."""

    def stop_all(self) -> None:
        """Stop every tool and keep what it has: the platform goes down. Starting again is `apply`."""
        for ref in self.folders.refs():
            self.agent.ask_about(ref, "stop")

    def is_idle(self) -> bool:
        """Whether no tool runs or is being stopped any more."""
        answers = [self.agent.ask_about(ref, "status") for ref in self.folders.refs()]
        return all(one["instance"] is None and not one["busy"] for one in answers)

    def not_enforced(self) -> Sequence[str]:
        """What this machine does not limit, in sentences for its administrator."""
        return [str(one) for one in self.agent.ask("about")["not_enforced"]]

    def capacity(self) -> Capacity:
        """Storage is that of the disk, which other things share: no quota of it is enforced."""
        told = self.agent.ask("capacity")
        return Capacity(
            cpu=told["cpu"],
            memory=told["memory"],
            storage=told["storage"],
            devices=told["devices"],
        )

    def room(self, taken: Mapping[str, int]) -> Room:
        """Of devices only: nothing waits for cpu or memory here, tools share what there is."""
        return replace(self.capacity(), cpu=None, memory=None).without(taken)

    # -- starting --------------------------------------------------------------------------------
    def _translated(self, release: Release) -> ProcessSpec:
        manifests = self.charts.render(
            release.chart,
            release=release.ref.name,
            namespace=release.ref.namespace,
            values=release.values,
        )
        name = release.ref.name
        whole = placed(manifests, release.placement, release=name)
        translation = translate(whole, release=name, namespace=release.ref.namespace)
        return translation.process

    def _check_gpus(self, process: ProcessSpec) -> None:
        """ProviderRefused for more than this machine will ever have."""
        if not process.gpu:
            return
        if problem := lacking(self.capacity(), {GPU: process.gpu}):
            raise ProviderRefused(problem, provider="cluster")

    def _build(
        self, ref: ReleaseRef, declaration: Declaration, status: BuildStatus, *, anew: bool
    ) -> None:
        """A failed build is tried again when somebody asks for something, not by itself."""
        if status.state is BuildState.ABSENT or (status.state is BuildState.FAILED and anew):
            self.environments.start_build(declaration)
        path = str(self.environments.progress_path(declaration))
        self.agent.ask_about(ref, "watch_build", path=path)

    def _start(
        self, release: Release, digest: str, process: ProcessSpec, environment: Environment
    ) -> None:
        status = self.agent.ask_about(release.ref, "status")
        instance = status["instance"]
        same = instance and instance["digest"] == digest and not _is_over(instance)
        if same:
            # It runs: only its files may be newer.
            self.deliver(release.ref, release.files)
            if not status["busy"]:
                return
            # It may be about to become another: what is asked last is done last.
        prepared = self.planner.prepare(
            release.ref,
            digest=digest,
            process=process,
            environment=environment,
            files=release.files,
        )
        self.agent.ask("start", plan=prepared.plan.to_json(), files=dict(prepared.files))

    # -- observing -------------------------------------------------------------------------------
    def _running(self, record: Mapping[str, Any], status: Mapping[str, Any]) -> Observation:
        instance = status["instance"]
        if status["waiting"]:
            reason = Reason(code="GpuInUse", message=status["waiting"])
            return Observation(state=Observed.STARTING, step=Step.QUEUED, reason=reason)
        if instance is not None and instance["digest"] == record["digest"]:
            return _seen(instance)
        if instance is not None or status["busy"]:
            return _STARTING
        return self._before_the_start(record)

    def _before_the_start(self, record: Mapping[str, Any]) -> Observation:
        """No process: its environment is not ready, or it was stopped with the platform."""
        declaration = self.environments.for_image(Path(record["chart"]), record["image"])
        built = self.environments.status(declaration)
        match built.state:
            case BuildState.BUILDING:
                reason = Reason(code="EnvironmentBuilding", message=_sentence(built.message))
                return Observation(
                    state=Observed.STARTING,
                    step=Step.PREPARING,
                    reason=reason,
                    progress=built.progress,
                )
            case BuildState.FAILED:
                reason = Reason(
                    code="EnvironmentFailed", message=_sentence(built.message), raw=built.raw
                )
                return Observation(state=Observed.FAILED, reason=reason)
            case BuildState.READY | BuildState.ABSENT:
                return Observation(state=Observed.STARTING, step=Step.SCHEDULING)


_STARTING = Observation(
    state=Observed.STARTING,
    step=Step.STARTING,
    reason=Reason(code="StartingUp", message="It has been started and does not answer yet."),
)


def _seen(instance: Mapping[str, Any]) -> Observation:
    reason = (
        Reason(**dict(zip(("code", "message", "raw"), instance["reason"], strict=True)))
        if instance["reason"]
        else None
    )
    match Stage(instance["stage"]):
        case Stage.STARTING if reason is None:
            return _STARTING
        case Stage.STARTING:
            return Observation(state=Observed.STARTING, step=Step.STARTING, reason=reason)
        case Stage.READY | Stage.STOPPING:
            return Observation(state=Observed.RUNNING, reason=reason)
        case Stage.ENDED:
            return Observation(state=Observed.FAILED, reason=reason)
        case Stage.LOST:
            # Not its own fault, so it is started again.
            return Observation(state=Observed.ABSENT, reason=reason)


def _is_over(instance: Mapping[str, Any]) -> bool:
    return Stage(instance["stage"]) in {Stage.ENDED, Stage.LOST}


def _record(release: Release, process: ProcessSpec, declaration: Declaration) -> dict[str, Any]:
    """`digest` names what should run: the same digest is the same process."""
    made_of = [
        release.version,
        release.digest,
        release.values,
        release.restarts,
        declaration.key,
        list(process.command),
        sorted(process.environment.items()),
    ]
    if release.placement.devices:
        made_of.append(dict(release.placement.devices))
    text = json.dumps(made_of, sort_keys=True, default=str)
    return {
        "chart": str(release.chart),
        "version": release.version,
        "image": process.image,
        "paused": release.paused or process.suspended,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "keep": [one.name for one in process.volumes if one.keep],
    }


def _sentence(text: str) -> str:
    return text if text.endswith((".", "…", "!")) else f"{text}."
