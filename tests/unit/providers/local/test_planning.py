"""From a chart's process to the agent's plan."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.local.folders import Folders
from datalab.providers.cluster.local.plan import LaunchPlan
from datalab.providers.cluster.local.planning import Planner, Prepared, encoded
from datalab.providers.cluster.local.spec import (
    Environment,
    Probe,
    ProcessSpec,
    Volume,
    VolumeKind,
)

REF = ReleaseRef(namespace="dl-acme", name="web")
FOLDERS = Folders(root=Path("/state/local"), memory=Path("/memory"))
HOME = Volume(name="home", kind=VolumeKind.KEPT, mount_path="/home/jovyan")
PROCESS = ProcessSpec(
    workload="web",
    image="example.test/web:1",
    command=["web"],
    environment={"CHART": "yes"},
    working_dir="",
    port=8000,
    readiness=Probe(path="/", period=10, timeout=1, failure_threshold=3),
    volumes=[HOME],
    cpu=None,
    memory=None,
)
ENVIRONMENT = Environment(
    name="web",
    binds=[Path("/environments/web")],
    path=[Path("/environments/web/bin")],
    variables={"CHART": "no", "OWN": "yes"},
    hidden=[Path("/usr/bin/node")],
)


def prepared(*, certificates: Path | None = None, **changed: Any) -> Prepared:
    return Planner(folders=FOLDERS, certificates=certificates).prepare(
        REF,
        digest="d",
        process=replace(PROCESS, **changed),
        environment=ENVIRONMENT,
        files={"/vault/secrets/A": b"canary"},
    )


def source_of(plan: LaunchPlan, target: str) -> str:
    return next(mount.source for mount in plan.mounts if mount.target == target)


def test_the_plan_survives_its_way_to_the_agent() -> None:
    plan = prepared().plan
    assert LaunchPlan.from_json(plan.to_json()) == plan


def test_the_chart_has_the_last_word_but_for_the_path() -> None:
    variables = prepared(environment={"CHART": "yes", "PATH": "/opt/bin"}).plan.environment
    assert (variables["CHART"], variables["OWN"]) == ("yes", "yes")
    assert variables["PATH"] == "/environments/web/bin:/opt/bin"


@pytest.mark.parametrize(
    ("changed", "home"),
    [
        pytest.param({}, "/home/jovyan", id="the kept volume"),
        pytest.param({"volumes": [replace(HOME, mount_path="/data")]}, "/data", id="elsewhere"),
        pytest.param({"environment": {"HOME": "/h"}}, "/h", id="the chart's own"),
        pytest.param({"volumes": []}, "/home/jovyan", id="nothing is kept"),
    ],
)
def test_home_is_where_files_outlive_a_pause(changed: dict[str, Any], home: str) -> None:
    plan = prepared(**changed).plan
    assert plan.environment["HOME"] == home
    assert plan.working_dir == home
    assert home in {mount.target for mount in plan.mounts}


def test_a_home_that_nothing_keeps_is_not_among_the_volumes() -> None:
    plan = prepared(volumes=[]).plan
    assert "/scratch/" in source_of(plan, "/home/jovyan")


def test_the_way_out_and_whom_to_trust_are_said_in_every_usual_name() -> None:
    with_bundle = prepared(certificates=Path("/etc/ssl/certs/ca-certificates.crt")).plan
    for name in ("HTTPS_PROXY", "https_proxy"):
        assert with_bundle.environment[name] == "http://127.0.0.1:3128"
    assert "127.0.0.1" in with_bundle.environment["NO_PROXY"]
    assert with_bundle.environment["SSL_CERT_FILE"] == "/etc/ssl/certs/ca-certificates.crt"
    assert "SSL_CERT_FILE" not in prepared().plan.environment


def test_a_secret_is_a_file_and_not_in_the_plan() -> None:
    found = prepared()
    assert found.files == {"files-vault-secrets/A": "Y2FuYXJ5"}
    assert "canary" not in str(found.plan.to_json())
    assert "Y2FuYXJ5" not in str(found.plan.to_json())
    assert source_of(found.plan, "/vault/secrets") == "/memory/dl-acme/web/files-vault-secrets"


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "/vault/secrets/", "/vault/secrets/..", "/vault/secrets/a/b", "relative", ""],
)
def test_nothing_is_delivered_elsewhere(path: str) -> None:
    with pytest.raises(ProviderRefused):
        encoded({path: b"x"})


def test_files_of_a_config_are_on_the_tmpfs_and_read_only() -> None:
    config = Volume(
        name="config", kind=VolumeKind.FILES, mount_path="/etc/app", files={"a.ini": b"x"}
    )
    found = prepared(volumes=[config])
    mount = next(one for one in found.plan.mounts if one.target == "/etc/app")
    assert mount.read_only
    assert mount.source.startswith("/memory/")
    assert found.files["volumes/config/a.ini"] == "eA=="


@pytest.mark.parametrize("wrong", [{"sub_path": "../other"}, {"sub_path": "/etc"}, {"name": ".."}])
def test_a_volume_does_not_lead_elsewhere(wrong: dict[str, str]) -> None:
    with pytest.raises(ProviderRefused):
        prepared(volumes=[replace(HOME, **wrong)])  # type: ignore[arg-type]


def test_volumes_that_a_chart_keeps_are_named() -> None:
    assert prepared(volumes=[replace(HOME, keep=True)]).keep == ["home"]
    assert prepared().keep == []
