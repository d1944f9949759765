"""From manifests to a process: what is honoured, what is refused by name, what is noted."""

from copy import deepcopy
from typing import Any

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.local.spec import ProcessSpec, VolumeKind
from datalab.providers.cluster.local.translate import translate

CONFIG = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "conf"},
    "data": {"GREETING": "hello", "app.ini": "x=1\n"},
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]},
}
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "example.test/web:1",
                        "command": ["serve", "--port=$(PORT)", "$$(PORT)"],
                        "args": ["--name", "$(NAME)"],
                        "env": [
                            {"name": "PORT", "value": "8000"},
                            {
                                "name": "NAME",
                                "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}},
                            },
                            {
                                "name": "GREETING",
                                "valueFrom": {
                                    "configMapKeyRef": {"name": "conf", "key": "GREETING"}
                                },
                            },
                        ],
                        "ports": [{"name": "http", "containerPort": 8000}],
                        "readinessProbe": {"httpGet": {"path": "/ok", "port": "http"}},
                        "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}},
                        "volumeMounts": [
                            {"name": "conf", "mountPath": "/etc/app"},
                            {"name": "home", "mountPath": "/home/jovyan"},
                        ],
                    }
                ],
                "volumes": [
                    {"name": "conf", "configMap": {"name": "conf"}},
                    {"name": "home", "persistentVolumeClaim": {"claimName": "home"}},
                ],
            },
        },
    },
}
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "home", "annotations": {"helm.sh/resource-policy": "keep"}},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
POD = "spec.template.spec"
CONTAINER = f"{POD}.containers.0"


def changed(path: str, value: Any) -> dict[str, Any]:
    manifest = deepcopy(DEPLOYMENT)
    place: Any = manifest
    *way, last = path.split(".")
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[int(last) if last.isdigit() else last] = value
    return manifest


def process(*manifests: Any) -> ProcessSpec:
    found = manifests or (DEPLOYMENT,)
    every = [CONFIG, CLAIM, SERVICE, *found]
    return translate(every, release="web", namespace="dl-acme").process


def test_a_command_is_what_a_cluster_would_run() -> None:
    made = process()
    assert list(made.command) == ["serve", "--port=8000", "$(PORT)", "--name", "dl-acme"]
    assert made.environment["GREETING"] == "hello"
    assert (made.port, made.readiness.path) == (8000, "/ok")
    assert (made.cpu, made.memory) == (500, 1024**3)


def test_volumes_become_folders_and_files() -> None:
    volumes = {one.mount_path: one for one in process().volumes}
    assert volumes["/etc/app"].kind is VolumeKind.FILES
    assert volumes["/etc/app"].files["app.ini"] == b"x=1\n"
    assert volumes["/home/jovyan"].kind is VolumeKind.KEPT
    assert volumes["/home/jovyan"].keep


def test_no_replicas_is_a_pause() -> None:
    assert process(changed("spec.replicas", 0)).suspended


@pytest.mark.parametrize(
    ("manifest", "named"),
    [
        pytest.param(changed("spec.replicas", 2), "one replica", id="two replicas"),
        pytest.param(changed(f"{POD}.hostNetwork", True), "hostNetwork", id="the host's network"),
        pytest.param(
            changed(f"{POD}.volumes.0", {"name": "conf", "hostPath": {"path": "/"}}),
            "hostPath",
            id="a host path",
        ),
        pytest.param(
            changed(f"{CONTAINER}.securityContext", {"privileged": True}),
            "privileged",
            id="privileged",
        ),
        pytest.param(
            changed(f"{CONTAINER}.lifecycle", {"postStart": {}}), "lifecycle", id="a lifecycle hook"
        ),
        pytest.param(
            changed(f"{CONTAINER}.fancyNewField", 1), "fancyNewField", id="an unknown field"
        ),
        pytest.param(
            changed(f"{POD}.shareProcessNamespace", True),
            "shareProcessNamespace",
            id="shared processes",
        ),
        pytest.param(
            changed(f"{CONTAINER}.volumeMounts.0.mountPath", "/usr"),
            "/usr",
            id="a mount over the system",
        ),
        pytest.param({**DEPLOYMENT, "kind": "DaemonSet"}, "DaemonSet", id="a daemon set"),
        pytest.param(
            {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "j"}},
            "CronJob",
            id="a cron job",
        ),
        pytest.param(
            changed(f"{CONTAINER}.env.2.valueFrom.configMapKeyRef.key", "nope"),
            "nope",
            id="a missing key",
        ),
        pytest.param(
            changed(f"{CONTAINER}.readinessProbe", {"grpc": {"port": 1}}),
            "grpc",
            id="a probe of another kind",
        ),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(manifest: dict[str, Any], named: str) -> None:
    with pytest.raises(ProviderRefused) as refused:
        process(*([manifest] if manifest["kind"] != "CronJob" else [DEPLOYMENT, manifest]))
    assert named in refused.value.detail


def test_what_one_machine_does_not_need_is_noted_not_silent() -> None:
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "p"},
    }
    found = translate(
        [CONFIG, CLAIM, SERVICE, DEPLOYMENT, {**policy, "spec": {}}],
        release="web",
        namespace="dl-acme",
    )
    assert any("NetworkPolicy" in note for note in found.notes)


def test_a_chart_without_a_workload_or_with_two_is_refused() -> None:
    for manifests in ([CONFIG], [DEPLOYMENT, {**DEPLOYMENT, "metadata": {"name": "other"}}]):
        with pytest.raises(ProviderRefused):
            translate([CONFIG, CLAIM, *manifests], release="web", namespace="dl-acme")
