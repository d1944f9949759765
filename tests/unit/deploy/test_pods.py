"""What every pod of the platform keeps to, whatever the values."""

import re

import pytest
import yaml

from tests.unit.deploy.rendering import CHART, EXAMPLES, containers, of_kind, pods, rendered

EVERY_EXAMPLE = pytest.mark.parametrize("example", EXAMPLES)
PARTS = {"portal", "gate", "worker", "beat", "watcher", "migration"}
ASKS_THE_CLUSTER = {"portal", "gate", "worker", "watcher"}
WRITABLE = {"/state", "/tmp"}  # noqa: S108 - in a pod
READS = {
    "portal": {
        *("SECRET_KEY", "DATABASE_PASSWORD", "OIDC_CLIENT_SECRET", "VAULT_SECRET_ID"),
        *("S3_ACCESS_KEY", "S3_SECRET_KEY"),
    },
    "gate": {
        *("SECRET_KEY", "DATABASE_PASSWORD", "GATE_SECRET", "OIDC_CLIENT_SECRET"),
        *("S3_ACCESS_KEY", "S3_SECRET_KEY"),
    },
    "worker": {
        *("SECRET_KEY", "DATABASE_PASSWORD", "OIDC_CLIENT_SECRET", "VAULT_SECRET_ID"),
        *("S3_ACCESS_KEY", "S3_SECRET_KEY"),
    },
    "beat": {"SECRET_KEY"},
    "watcher": {"SECRET_KEY", "DATABASE_PASSWORD"},
    "migration": {"SECRET_KEY", "DATABASE_PASSWORD"},
}


def test_these_parts_run() -> None:
    assert {part for part, _ in pods(rendered("minimal"))} == {*PARTS, "door"}
    assert {part for part, _ in pods(rendered("traefik"))} == PARTS


@EVERY_EXAMPLE
def test_a_pod_keeps_to_restricted_pod_security(example: str) -> None:
    for part, pod in pods(rendered(example)):
        assert pod["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        }, part
        for container in containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, part
        kinds = {next(kind for kind in volume if kind != "name") for volume in pod["volumes"]}
        assert kinds <= {"emptyDir", "projected", "configMap", "secret"}, part


@EVERY_EXAMPLE
def test_only_state_and_temporary_files_can_be_written(example: str) -> None:
    for part, pod in pods(rendered(example)):
        for container in containers(pod):
            mounts = container["volumeMounts"]
            writable = {one["mountPath"] for one in mounts if not one.get("readOnly")}
            assert writable == (WRITABLE if part != "door" else set()), part


@EVERY_EXAMPLE
def test_a_token_of_the_cluster_is_in_the_pods_that_ask_it_and_in_no_other(example: str) -> None:
    objects = rendered(example)
    asking = {part for part, pod in pods(objects) if pod["automountServiceAccountToken"]}
    assert asking == ASKS_THE_CLUSTER
    accounts = of_kind(objects, "ServiceAccount")
    assert not any(one["automountServiceAccountToken"] for one in accounts.values())
    used = [pod["serviceAccountName"] for _, pod in pods(objects)]
    assert sorted(used) == sorted(accounts), "one account each, and no other"


@EVERY_EXAMPLE
def test_an_image_is_pinned_by_a_tag_or_a_digest(example: str) -> None:
    for part, pod in pods(rendered(example)):
        for container in containers(pod):
            assert re.search(r"(:[\w][\w.-]*|@sha256:[0-9a-f]{64})$", container["image"]), part
            assert not container["image"].endswith(":latest"), part


@EVERY_EXAMPLE
def test_every_container_says_what_it_needs_and_how_to_see_that_it_lives(example: str) -> None:
    for part, pod in pods(rendered(example)):
        for container in containers(pod):
            resources = container["resources"]
            assert {"cpu", "memory"} <= resources["requests"].keys(), part
            assert "memory" in resources["limits"], part
        if part != "migration":
            assert "livenessProbe" in pod["containers"][0], part
        if part not in {"migration", "beat"}:
            assert "readinessProbe" in pod["containers"][0], part


@EVERY_EXAMPLE
def test_no_service_gets_into_the_environment_by_itself(example: str) -> None:
    """A Service called datalab-gate would set DATALAB_GATE_PORT to tcp://…"""
    assert not any(pod["enableServiceLinks"] for _, pod in pods(rendered(example)))


@EVERY_EXAMPLE
def test_a_secret_is_a_file_and_nothing_else(example: str) -> None:
    objects = rendered(example)
    assert not of_kind(objects, "Secret")
    for part, pod in pods(objects):
        for container in containers(pod):
            for variable in container.get("env", ()):
                assert "secretKeyRef" not in variable.get("valueFrom", {}), part
            assert not any("secretRef" in one for one in container.get("envFrom", ())), part


def test_a_part_reads_the_secrets_that_it_needs_and_no_other() -> None:
    for part, pod in pods(rendered("minimal")):
        if part == "door":
            continue
        expected = {f"DATALAB_{name}" for name in READS[part]}
        for container in containers(pod):
            files = {
                one["name"].removesuffix("_FILE"): one["value"]
                for one in container["env"]
                if one["name"].endswith("_FILE") and one["value"].startswith("/run/secrets/")
            }
            assert files == {name: f"/run/secrets/datalab/{name}" for name in expected}, part
        [volume] = [one for one in pod["volumes"] if one["name"] == "secrets"]
        mounted = {item["path"] for one in volume["projected"]["sources"]
                   for item in one["secret"]["items"]}  # fmt: skip
        assert mounted == expected, part
        assert volume["projected"]["defaultMode"] == 0o440


def test_a_secret_may_come_from_another_secret_than_the_rest() -> None:
    [volume] = [
        one
        for part, pod in pods(rendered("everything"))
        for one in pod["volumes"]
        if part == "beat" and one["name"] == "secrets"
    ]
    assert [
        (one["secret"]["name"], one["secret"]["items"]) for one in volume["projected"]["sources"]
    ] == [
        ("datalab", [{"key": "secret-key", "path": "DATALAB_SECRET_KEY"}]),
        ("datalab-valkey", [{"key": "password", "path": "DATALAB_BROKER_PASSWORD"}]),
    ]


@EVERY_EXAMPLE
def test_an_upgrade_takes_no_pod_away_before_another_is_ready(example: str) -> None:
    for name, one in of_kind(rendered(example), "Deployment").items():
        if name == "datalab-beat":
            assert one["spec"]["strategy"] == {"type": "Recreate"}
            assert one["spec"]["replicas"] == 1
            continue
        rolling = one["spec"]["strategy"]["rollingUpdate"]
        assert rolling == {"maxUnavailable": 0, "maxSurge": 1}, name
    for part, pod in pods(rendered(example)):
        if part in {"portal", "gate", "door"}:
            waits = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert 5 <= waits < pod["terminationGracePeriodSeconds"] - 10, part


@EVERY_EXAMPLE
def test_pods_of_a_part_spread_over_machines_and_leave_them_one_by_one(example: str) -> None:
    objects = rendered(example)
    for part, pod in pods(objects):
        keys = [one["topologyKey"] for one in pod["topologySpreadConstraints"]]
        assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"], part
    budgets = of_kind(objects, "PodDisruptionBudget")
    many = {
        name
        for name, one in of_kind(objects, "Deployment").items()
        if one["spec"].get("replicas", 2) > 1
    }
    assert set(budgets) == many
    assert all(one["spec"]["maxUnavailable"] == 1 for one in budgets.values())


def test_changed_settings_make_the_pods_anew() -> None:
    def stamps(**more: object) -> set[str]:
        deployments = of_kind(rendered("minimal", more), "Deployment")
        annotations = [
            one["spec"]["template"]["metadata"]["annotations"]
            for name, one in deployments.items()
            if name != "datalab-door"
        ]
        return {one["datalab.io/settings"] for one in annotations}

    before, after = stamps(), stamps(allowedImages=["quay.io/ours/"])
    assert len(before) == len(after) == 1
    assert before != after


def test_the_database_is_migrated_before_anything_else_is_changed() -> None:
    objects = rendered("minimal")
    [job] = of_kind(objects, "Job").values()
    hooks = job["metadata"]["annotations"]["helm.sh/hook"]
    assert hooks == "pre-install,pre-upgrade"
    account = of_kind(objects, "ServiceAccount")["datalab-migration"]["metadata"]["annotations"]
    assert account["helm.sh/hook"] == hooks
    assert int(account["helm.sh/hook-weight"]) < int(
        job["metadata"]["annotations"]["helm.sh/hook-weight"]
    )
    pod = job["spec"]["template"]["spec"]
    assert [one["command"][1:3] for one in containers(pod)] == [
        ["manage.py", "check"],
        ["manage.py", "migrate"],
    ]
    assert not any("envFrom" in one for one in containers(pod)), "the ConfigMap is not there yet"


def test_replicas_are_left_to_the_autoscaler_where_there_is_one() -> None:
    objects = rendered("everything")
    assert "replicas" not in of_kind(objects, "Deployment")["datalab-portal"]["spec"]
    [scaler] = of_kind(objects, "HorizontalPodAutoscaler").values()
    assert scaler["spec"]["scaleTargetRef"]["name"] == "datalab-portal"
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (3, 9)
    assert not of_kind(rendered("minimal"), "HorizontalPodAutoscaler")


def test_the_chart_is_for_the_version_that_the_package_has() -> None:
    from datalab import VERSION  # noqa: PLC0415 - what is compared

    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == VERSION
