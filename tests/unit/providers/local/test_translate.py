"""Manifests as one process: what is honoured, with the result."""

from copy import deepcopy
from typing import Any

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.local.spec import Probe, Volume, VolumeKind
from datalab.providers.cluster.local.translate.variables import expand
from tests.unit.providers.local.translating import (
    APP,
    GONE,
    POD,
    Manifest,
    changed,
    chart,
    places,
    process,
    put,
    translated,
)

GI = 1024**3


def volumes(changes: dict[str, Any] | None = None) -> dict[str, Volume]:
    return {one.mount_path: one for one in process(changes).volumes}


def test_the_whole_chart_becomes_one_process() -> None:
    made = process()
    assert (made.workload, made.image) == ("web", "example.test/web:1")
    assert (list(made.command), made.working_dir, made.port) == (["serve"], "/work", 8000)
    assert (made.cpu, made.memory, made.gpu) == (1500, 2 * GI, 0)
    assert (made.suspended, made.stop_grace) == (False, 12)
    assert made.readiness == Probe(path="/ok", period=5, timeout=1, failure_threshold=3)
    assert made.environment == {
        "A": "1",
        "B": "2",
        "S_KEY": "s3cret",
        "PLAIN": "plain",
        "POD": "web-0",
        "CPU": "1500",
    }


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        pytest.param("$(A)", "1", id="known"),
        pytest.param("a$(A)b$(B)c", "a1b2c", id="several"),
        pytest.param("$(NOPE)", "$(NOPE)", id="unknown stays"),
        pytest.param("$$(A)", "$(A)", id="escaped"),
        pytest.param("$$$(A)", "$1", id="an escaped dollar before a known one"),
        pytest.param("$$$$(A)", "$$(A)", id="two escaped dollars"),
        pytest.param("$A ${A}", "$A ${A}", id="what a shell would expand"),
        pytest.param("$(A", "$(A", id="never closed"),
        pytest.param("100$", "100$", id="a dollar at the end"),
        pytest.param("$()", "$()", id="no name"),
        pytest.param("$(C)", "$(A)", id="values are not expanded again"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_references_are_expanded_as_kubernetes_does(text: str, expanded: str) -> None:
    assert expand(text, {"A": "1", "B": "2", "C": "$(A)"}) == expanded


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param({"value": "$(PLAIN)!"}, "plain!", id="one that stands before"),
        pytest.param({"value": "$(LATER)"}, "$(LATER)", id="one that stands after"),
        pytest.param({"value": "$(S_KEY)"}, "s3cret", id="one from envFrom"),
        pytest.param({}, "", id="no value is empty"),
        pytest.param(
            {"valueFrom": {"configMapKeyRef": {"name": "conf", "key": "B"}}}, "2", id="config map"
        ),
        pytest.param(
            {"valueFrom": {"secretKeyRef": {"name": "keys", "key": "KEY"}}}, "s3cret", id="secret"
        ),
        pytest.param(
            {"valueFrom": {"secretKeyRef": {"name": "keys", "key": "X", "optional": True}}},
            None,
            id="an optional key that is not there",
        ),
        pytest.param(
            {"valueFrom": {"configMapKeyRef": {"name": "no", "key": "X", "optional": True}}},
            None,
            id="an optional map that is not there",
        ),
        pytest.param(
            {"valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}},
            "dl-acme",
            id="namespace",
        ),
        pytest.param(
            {"valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}, "127.0.0.1", id="address"
        ),
        pytest.param(
            {"valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['team']"}}}, "7", id="label"
        ),
        pytest.param(
            {"valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['note']"}}},
            "read me",
            id="annotation",
        ),
        pytest.param(
            {"valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['none']"}}},
            "",
            id="a label that is not there",
        ),
        pytest.param(
            {"valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Mi"}}},
            "2048",
            id="limit in units",
        ),
        pytest.param(
            {"valueFrom": {"resourceFieldRef": {"resource": "requests.cpu"}}},
            "1",
            id="request rounded up",
        ),
    ],
)
def test_a_variable_has_its_value(variable: dict[str, Any], value: str | None) -> None:
    made = process(
        {
            f"{APP}.env.3": {"name": "ASKED", **variable},
            f"{APP}.env.4": {"name": "LATER", "value": "later"},
        }
    )
    assert made.environment.get("ASKED") == value


def test_a_later_variable_wins_over_envfrom_and_over_an_earlier_one() -> None:
    made = process(
        {
            f"{APP}.env.3": {"name": "A", "value": "own"},
            f"{APP}.env.4": {"name": "PLAIN", "value": "again"},
        }
    )
    assert (made.environment["A"], made.environment["PLAIN"]) == ("own", "again")


def test_command_and_arguments_are_joined_and_expanded_with_all_variables() -> None:
    made = process({f"{APP}.command": ["run", "$(CPU)"], f"{APP}.args": ["$(A)", "$$(A)", "$(X)"]})
    assert list(made.command) == ["run", "1500", "1", "$(A)", "$(X)"]


@pytest.mark.parametrize(
    ("changes", "folder"),
    [
        pytest.param({f"{APP}.workingDir": "/else"}, "/else", id="as stated"),
        pytest.param({f"{APP}.workingDir": GONE}, "/", id="nothing stated"),
        pytest.param(
            {f"{APP}.workingDir": GONE, f"{APP}.env.3": {"name": "HOME", "value": "/home/me"}},
            "/home/me",
            id="its home",
        ),
    ],
)
def test_it_starts_in_a_folder(changes: dict[str, Any], folder: str) -> None:
    assert process(changes).working_dir == folder


# -- volumes -------------------------------------------------------------------------------------
def test_each_volume_has_its_kind_place_and_contents() -> None:
    by_path = volumes()
    home, conf = by_path["/home/me"], by_path["/srv/conf"]
    shm, mixed = by_path["/dev/shm"], by_path["/srv/mixed"]  # noqa: S108 - inside the tool
    assert (home.kind, home.name, home.size, home.keep) == (VolumeKind.KEPT, "home", GI, False)
    assert (conf.kind, dict(conf.files)) == (VolumeKind.FILES, {"sub/a": b"1"})
    assert (shm.kind, shm.size) == (VolumeKind.MEMORY, 64 * 1024**2)
    assert dict(mixed.files) == {"KEY": b"s3cret", "who": b"dl-acme"}
    assert (mixed.read_only, conf.read_only, home.read_only) == (True, True, False)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        pytest.param({"emptyDir": {}}, VolumeKind.SCRATCH, id="an empty folder"),
        pytest.param({"emptyDir": {"medium": "Memory"}}, VolumeKind.MEMORY, id="in memory"),
        pytest.param({"secret": {"secretName": "keys"}}, VolumeKind.FILES, id="a secret"),
        pytest.param(
            {"configMap": {"name": "none", "optional": True}},
            VolumeKind.FILES,
            id="an optional map that is not there",
        ),
    ],
)
def test_a_source_becomes_a_kind_of_folder(source: dict[str, Any], kind: VolumeKind) -> None:
    found = volumes({f"{POD}.volumes.1": {"name": "conf", **source}})
    assert found["/srv/conf"].kind is kind


@pytest.mark.parametrize(
    ("source", "mode"),
    [
        pytest.param({"name": "conf"}, 0o444, id="nothing stated"),
        pytest.param({"name": "conf", "defaultMode": 0o400}, 0o444, id="private"),
        pytest.param({"name": "conf", "defaultMode": 0o755}, 0o555, id="all executable"),
        pytest.param(
            {"name": "conf", "items": [{"key": "A", "path": "a", "mode": 0o550}]},
            0o555,
            id="one executable",
        ),
    ],
)
def test_a_script_stays_executable(source: dict[str, Any], mode: int) -> None:
    found = volumes({f"{POD}.volumes.1": {"name": "conf", "configMap": source}})
    assert found["/srv/conf"].file_mode == mode


def test_two_mounts_of_one_volume_share_it() -> None:
    made = process(
        {f"{APP}.volumeMounts.4": {"name": "home", "mountPath": "/data", "subPath": "data"}}
    )
    same = [(one.mount_path, one.sub_path) for one in made.volumes if one.name == "home"]
    assert same == [("/home/me", ""), ("/data", "data")]


def test_a_sub_path_may_name_variables() -> None:
    found = volumes({f"{APP}.volumeMounts.0.subPathExpr": "of-$(POD)"})
    assert found["/home/me"].sub_path == "of-web-0"


def test_a_read_only_claim_is_read_only_wherever_it_is_mounted() -> None:
    found = volumes({f"{POD}.volumes.0.persistentVolumeClaim.readOnly": True})
    assert found["/home/me"].read_only


def test_a_claim_that_helm_must_keep_is_kept() -> None:
    path = "PersistentVolumeClaim:metadata.annotations"
    assert volumes({path: {"helm.sh/resource-policy": "keep"}})["/home/me"].keep


@pytest.mark.parametrize(
    ("policy", "keep"),
    [
        pytest.param(GONE, True, id="a cluster keeps it"),
        pytest.param({"whenDeleted": "Retain"}, True, id="kept"),
        pytest.param({"whenDeleted": "Delete"}, False, id="deleted with the set"),
    ],
)
def test_a_set_brings_claims_of_its_own(policy: Any, keep: bool) -> None:
    template = {
        "metadata": {"name": "home"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}},
    }
    changes: dict[str, Any] = {
        f"{POD}.volumes.0": {"name": "other", "emptyDir": {}},
        "spec.volumeClaimTemplates": [template],
    }
    if policy is not GONE:
        changes["spec.persistentVolumeClaimRetentionPolicy"] = policy
    home = volumes(changes)["/home/me"]
    assert (home.name, home.size, home.keep) == ("home-web-0", 2 * GI, keep)


def test_no_claim_can_be_called_like_a_pod_volume() -> None:
    names = {one.name: one.kind for one in process().volumes}
    assert all(kind is VolumeKind.KEPT or "_" in name for name, kind in names.items())


# -- ports, readiness, sizes ---------------------------------------------------------------------
TWO_PORTS = [
    {"name": "admin", "containerPort": 9000},
    {"name": "http", "containerPort": 8000},
]


@pytest.mark.parametrize(
    ("changes", "port"),
    [
        pytest.param({}, 8000, id="by name"),
        pytest.param({"Service:spec.ports.0.targetPort": 8000}, 8000, id="by number"),
        pytest.param({f"{APP}.ports": TWO_PORTS}, 8000, id="the other port is not meant"),
        pytest.param(
            {"Ingress:spec.rules.0.http.paths.0.backend.service.port": {"number": 80}},
            8000,
            id="the ingress names the service's number",
        ),
        pytest.param(
            {
                "Ingress:spec.rules": GONE,
                "Ingress:spec.defaultBackend": {"service": {"name": "web", "port": {"number": 80}}},
            },
            8000,
            id="a default backend",
        ),
        pytest.param({"Service:spec.clusterIP": "None"}, 8000, id="a headless service"),
    ],
)
def test_people_reach_the_port_that_the_service_leads_to(
    changes: dict[str, Any], port: int
) -> None:
    assert process(changes).port == port


def without(*kinds: str) -> list[dict[str, Any]]:
    return [one for one in chart() if one["kind"] not in kinds]


def test_without_a_service_the_one_port_is_reached() -> None:
    assert translated(without("Service", "Ingress")).process.port == 8000


def test_of_several_ports_the_one_called_http_is_reached_and_the_rest_is_said() -> None:
    manifests = without("Ingress")
    put(manifests[0], f"{APP}.ports", TWO_PORTS)
    service = next(one for one in manifests if one["kind"] == "Service")
    put(service, "spec.ports.1", {"name": "admin", "port": 90, "targetPort": "admin"})
    found = translated(manifests)
    assert found.process.port == 8000
    assert any("9000" in note for note in found.notes)


@pytest.mark.parametrize(
    ("changes", "probe"),
    [
        pytest.param(
            {f"{APP}.readinessProbe": {"tcpSocket": {"port": 8000}}},
            Probe(path=None, period=10, timeout=1, failure_threshold=3),
            id="a connection",
        ),
        pytest.param(
            {
                f"{APP}.readinessProbe": GONE,
                f"{APP}.startupProbe": {
                    "httpGet": {"path": "up", "port": "http"},
                    "periodSeconds": 1,
                    "failureThreshold": 300,
                },
            },
            Probe(path="/up", period=1, timeout=1, failure_threshold=300),
            id="only a startup probe",
        ),
        pytest.param(
            {
                f"{APP}.startupProbe": {
                    "httpGet": {"path": "/up", "port": 8000},
                    "periodSeconds": 1,
                    "failureThreshold": 300,
                }
            },
            Probe(path="/ok", period=1, timeout=1, failure_threshold=300),
            id="asks like readiness, waits like startup",
        ),
        pytest.param(
            {f"{APP}.readinessProbe": GONE},
            Probe(path=None, period=1, timeout=1, failure_threshold=3),
            id="no probe at all",
        ),
    ],
)
def test_it_is_ready_when_its_probe_says_so(changes: dict[str, Any], probe: Probe) -> None:
    assert process(changes).readiness == probe


@pytest.mark.parametrize(
    ("limits", "sizes"),
    [
        pytest.param({"cpu": 2, "memory": "512Mi"}, (2000, 512 * 1024**2, 0), id="whole cores"),
        pytest.param({}, (None, None, 0), id="requests limit nothing"),
        pytest.param(
            {"cpu": "1", "nvidia.com/gpu": "2"}, (1000, None, 2), id="graphics processors"
        ),
    ],
)
def test_limits_are_in_the_platforms_units(limits: dict[str, Any], sizes: tuple[Any, ...]) -> None:
    made = process({f"{APP}.resources.limits": limits, f"{APP}.env.2": {"name": "X"}})
    assert (made.cpu, made.memory, made.gpu) == sizes


def test_no_replicas_is_a_pause() -> None:
    assert process({"spec.replicas": 0}).suspended


def test_a_deployment_means_the_same() -> None:
    assert process({"spec.serviceName": GONE, "kind": "Deployment"}) == process()


def test_a_list_is_its_items_and_an_empty_document_is_nothing() -> None:
    wrapped: list[Any] = [{"kind": "List", "apiVersion": "v1", "items": chart()}, {}, None]
    assert translated(wrapped) == translated(chart())


# -- whatever is written there -------------------------------------------------------------------
JUNK: list[Any] = [None, "x", "", -1, 3, True, 1.5, [], {}, ["x"], [{}], [None], {"a": "b"}, [[]]]


def outcome(manifests: list[Manifest]) -> str:
    """Empty where it is as it should be: a translation, or a refusal in one sentence."""
    try:
        translated(manifests)
    except ProviderRefused as refusal:
        return "" if refusal.detail.endswith(".") else refusal.detail
    except Exception as error:  # noqa: BLE001 - that none comes is what is tested
        return repr(error)
    return ""


@pytest.mark.parametrize("index", range(len(chart())), ids=[one["kind"] for one in chart()])
def test_junk_at_any_place_is_refused_or_means_something(index: int) -> None:
    """Nothing but ProviderRefused ever leaves."""
    wrong = []
    for path in places(chart()[index]):
        for junk in JUNK:
            manifests = chart()
            put(manifests[index], path, deepcopy(junk))
            found = outcome(manifests)
            if found:
                wrong.append(f"{path} = {junk!r}: {found}")
    assert wrong == []


def test_translating_changes_nothing_in_the_manifests() -> None:
    manifests = changed({})
    translated(manifests)
    assert manifests == changed({})
