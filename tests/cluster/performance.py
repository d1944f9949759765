"""All scenes at once, and when each was said by the cluster, seen by asking, and by watching."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from datalab.providers.cluster.base import Observation, Observed, Reason, ReleaseRef
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from tests.cluster.registry import running_registry
from tests.cluster.scenes import DEVICE, SCENES, Scene, device
from tests.cluster.stage import Eyes, Stage, open_eyes, stage
from tests.parts.ports import wait_until

LONGEST_S = 200.0
"""Of either act."""
SLOW = "image-slow"
_SCOPED = "/apis/admissionregistration.k8s.io/v1"
_LOOK_EVERY = 0.3
_NO_REASON = Reason(code="", message="")


@dataclass(kw_only=True)
class Shown:
    """Moments (`time.monotonic`), and the first sight that had the right code."""

    ref: ReleaseRef
    said_at: float | None = None
    asked_at: float | None = None
    watched_at: float | None = None
    asked: Observation | None = None
    watched: Observation | None = None
    last: dict[str, Observation] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return None not in {self.said_at, self.asked_at, self.watched_at}


def perform(api: KubernetesApi, image: str, *, watching: KubernetesApi) -> Mapping[str, Shown]:
    """`watching` is the account of who listens."""
    with ExitStack() as until_the_end:
        eyes = until_the_end.enter_context(open_eyes(api, watching=watching))
        registry = until_the_end.enter_context(running_registry())
        stages = {
            kind: until_the_end.enter_context(_prepared(api, image, kind))
            for kind in ("plain", "quota", "limits", "baseline", "webhook", "policy")
        }
        until_the_end.enter_context(_machines(api))
        until_the_end.enter_context(_far_volume(api))
        holder = device(stages["plain"], "holder", "2")
        wait_until(lambda: eyes.asked(holder).state is Observed.RUNNING)
        shown: dict[str, Shown] = {}
        # A machine fetches one image at a time: the one that takes for ever comes last.
        for act in (set(SCENES) - {SLOW}, {SLOW}):
            for name in act:
                where = _with_registry(stages[SCENES[name].where], registry)
                shown[name] = Shown(ref=SCENES[name].play(where, name))
            deadline = time.monotonic() + LONGEST_S
            while time.monotonic() < deadline and not all(one.is_over for one in shown.values()):
                _look(eyes, stages, shown)
                time.sleep(_LOOK_EVERY)
        return shown


def _look(eyes: Eyes, stages: Mapping[str, Stage], shown: Mapping[str, Shown]) -> None:
    said = {kind: _by_release(one) for kind, one in stages.items()}
    for name, one in shown.items():
        scene = SCENES[name]
        if one.said_at is None and scene.says in said[scene.where].get(name, "") + " ":
            one.said_at = time.monotonic()
    _watch(eyes, shown)
    for name, one in shown.items():
        if one.said_at is None or one.asked_at is not None:
            continue
        found = eyes.asked(one.ref)
        if _fits(SCENES[name], found):
            one.asked, one.asked_at = found, time.monotonic()
        one.last["asked"] = found
        _watch(eyes, shown)  # to ask takes longer, and is not what is timed


def _watch(eyes: Eyes, shown: Mapping[str, Shown]) -> None:
    for name, one in shown.items():
        if one.watched_at is not None:
            continue
        found = eyes.watched(one.ref)
        if _fits(SCENES[name], found):
            one.watched, one.watched_at = found, time.monotonic()
        one.last["watched"] = found


def _fits(scene: Scene, seen: Observation) -> bool:
    reason = seen.reason or _NO_REASON
    state = scene.state or seen.state.value
    is_it = (reason.code, seen.state.value) == (scene.code, state)
    return is_it and scene.reads in reason.message and scene.quotes in reason.raw


def _by_release(one: Stage) -> Mapping[str, str]:
    """What is said of each: its name begins those of all its parts."""
    found: dict[str, str] = {}
    for item, text in one.said():
        name = next(
            (known for known in sorted(SCENES, key=len, reverse=True) if _is_of(item, known)), ""
        )
        found[name] = found.get(name, "") + text
    return found


def _is_of(item: str, release: str) -> bool:
    parts = (release, f"home-{release}")
    return any(item == part or item.startswith(f"{part}-") for part in parts)


def _with_registry(one: Stage, registry: str) -> Stage:
    return Stage(api=one.api, namespace=one.namespace, image=one.image, registry=registry)


# -- what the scenes need ------------------------------------------------------------------------
@contextmanager
def _prepared(api: KubernetesApi, image: str, kind: str) -> Iterator[Stage]:
    labels = {"observation.test/kind": kind}
    if kind == "baseline":
        labels["pod-security.kubernetes.io/enforce"] = "baseline"
    with stage(api, image, labels=labels) as one, ExitStack() as until_the_end:
        path = f"/api/v1/namespaces/{one.namespace}"
        match kind:
            case "quota":
                hard = {"requests.memory": "32Mi"}
                api.create(f"{path}/resourcequotas", _named("limits", spec={"hard": hard}))
            case "limits":
                limits = [{"type": "Container", "max": {"memory": "32Mi"}}]
                api.create(f"{path}/limitranges", _named("limits", spec={"limits": limits}))
            case "webhook":
                until_the_end.enter_context(_silent_webhook(api, one))
            case "policy":
                until_the_end.enter_context(_never(api, one))
            case _:
                pass
        yield one


@contextmanager
def _silent_webhook(api: KubernetesApi, one: Stage) -> Iterator[None]:
    service = {"namespace": one.namespace, "name": "nobody", "path": "/"}
    webhook = {
        "name": "silent.observation.test",
        "clientConfig": {"service": service},
        "rules": _PODS_ARE_MADE,
        "namespaceSelector": _only(one),
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": 2,
    }
    with _made(api, "validatingwebhookconfigurations", _named(one.namespace, webhooks=[webhook])):
        yield


@contextmanager
def _never(api: KubernetesApi, one: Stage) -> Iterator[None]:
    name = f"observation-never-{one.namespace}"
    policy = {
        "matchConstraints": {"resourceRules": _PODS_ARE_MADE, "namespaceSelector": _only(one)},
        "validations": [{"expression": "false", "message": "Never on a Monday."}],
    }
    binding = {"policyName": name, "validationActions": ["Deny"]}
    with (
        _made(api, "validatingadmissionpolicies", _named(name, spec=policy)),
        _made(api, "validatingadmissionpolicybindings", _named(name, spec=binding)),
    ):
        time.sleep(2)  # until the API server has taken it up
        yield


_PODS_ARE_MADE = [
    {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
]


def _only(one: Stage) -> Json:
    return {"matchLabels": {"kubernetes.io/metadata.name": one.namespace}}


@contextmanager
def _made(api: KubernetesApi, plural: str, body: Json, group: str = _SCOPED) -> Iterator[None]:
    api.create(f"{group}/{plural}", body)
    try:
        yield
    finally:
        api.delete(f"{group}/{plural}/{body['metadata']['name']}")


def _named(name: str, **more: object) -> Json:
    return {"metadata": {"name": name}, **more}


@contextmanager
def _machines(api: KubernetesApi) -> Iterator[None]:
    """Two devices on the real one; and one more, kept for others, that nothing runs on."""
    real = api.list("/api/v1/nodes").items[0]["metadata"]["name"]
    api.merge(f"/api/v1/nodes/{real}/status", {"status": {"capacity": {DEVICE: "2"}}})
    kept = {
        "metadata": {"name": "observation-kept", "labels": {"observation.test/kind": "kept"}},
        "spec": {"taints": [{"key": "kept", "value": "others", "effect": "NoSchedule"}]},
    }
    api.delete("/api/v1/nodes/observation-kept")
    try:
        with _made(api, "nodes", kept, "/api/v1"):
            yield
    finally:
        gone = {"capacity": {DEVICE: None}, "allocatable": {DEVICE: None}}
        api.merge(f"/api/v1/nodes/{real}/status", {"status": gone})


@contextmanager
def _far_volume(api: KubernetesApi) -> Iterator[None]:
    """Of a driver that nobody runs."""
    volume = {
        "metadata": {"name": "observation-far", "labels": {"observation.test/volume": "far"}},
        "spec": {
            "capacity": {"storage": "1Mi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "csi": {"driver": "nobody.observation.test", "volumeHandle": "far"},
        },
    }
    api.delete("/api/v1/persistentvolumes/observation-far")
    with _made(api, "persistentvolumes", volume, "/api/v1"):
        yield
