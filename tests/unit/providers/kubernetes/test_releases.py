"""How helm is called for a cluster: with a program in its place that writes down what it was given."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from datalab.core.errors import DatalabError, ProviderRefused, ProviderUnavailable
from datalab.core.reconciling import CLAIM_FOR
from datalab.providers.charts.program import HelmProgram
from datalab.providers.cluster.base import Release, ReleaseRef
from datalab.providers.cluster.kubernetes.releases import TAKES_S, Releases, reaching

REF = ReleaseRef(namespace="dl-acme", name="lab")
SPY = """#!/usr/bin/python3
import json, os, pathlib, sys
arguments = sys.argv[1:]
told = {"arguments": arguments, "environment": dict(os.environ)}
if "--values" in arguments:
    values = pathlib.Path(arguments[arguments.index("--values") + 1])
    told["mode"] = values.stat().st_mode & 0o777
    told["values"] = json.loads(values.read_text())
chart = pathlib.Path(arguments[-1])
if chart.is_dir():
    told["chart"] = {p.name: p.read_text() for p in chart.rglob("*") if p.is_file()}
pathlib.Path(SPIED).write_text(json.dumps(told))
sys.stderr.write(SAYS)
sys.exit(1 if SAYS else 0)
"""


class Spy:
    """A helm that writes down what it is given; `says` is what it fails with."""

    def __init__(self, folder: Path) -> None:
        self._told = folder / "told.json"
        self._program = folder / "bin" / "helm"
        self._program.parent.mkdir()
        self.says("")

    def says(self, stderr: str) -> None:
        text = SPY.replace("SPIED", repr(str(self._told))).replace("SAYS", repr(stderr))
        self._program.write_text(text)
        self._program.chmod(0o755)

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._told.read_text())
        return found


@pytest.fixture
def spy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spy:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("DATALAB_SECRET_KEY", "only-for-tests")
    return Spy(tmp_path)


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    reaches = {"KUBECONFIG": "/etc/datalab/kubeconfig"}
    return Releases(helm=HelmProgram(home=tmp_path / "helm", timeout=10, reaches=reaches))


@pytest.fixture
def release(tmp_path: Path) -> Release:
    chart = tmp_path / "lab"
    chart.mkdir()
    (chart / "Chart.yaml").write_text(
        "{apiVersion: v2, name: lab, version: 1.2.3, appVersion: '4'}"
    )
    (chart / "secret-template.yaml").write_text("{{ lookup }}")
    return Release(ref=REF, chart=chart, version="1.2.3", values={"size": "10Gi"})


MANIFESTS: list[dict[str, Any]] = [
    {"kind": "ConfigMap", "data": {"text": '{{ lookup "v1" "Secret" }}\n---\nkind: Secret'}},
    {"kind": "Service"},
]


def test_helm_gets_the_finished_manifests_and_no_template_of_the_chart(
    spy: Spy, releases: Releases, release: Release
) -> None:
    releases.install(release, MANIFESTS, digest="abc")
    chart = spy.told["chart"]
    assert set(chart) == {"Chart.yaml", "all.yaml", "manifests.yaml"}
    assert list(yaml.safe_load_all(chart["manifests.yaml"])) == MANIFESTS
    assert chart["all.yaml"].count("{{") == 1
    about = yaml.safe_load(chart["Chart.yaml"])
    assert (about["name"], about["version"], about["appVersion"]) == ("lab", "1.2.3", "4")


def test_values_go_by_a_file_of_our_own_and_names_come_after_the_options(
    spy: Spy, releases: Releases, release: Release
) -> None:
    releases.install(release, MANIFESTS, digest="abc")
    told = spy.told
    assert (told["mode"], told["values"]) == (0o600, {"size": "10Gi"})
    assert not any("10Gi" in argument for argument in told["arguments"])
    assert told["arguments"][-3:-1] == ["--", "lab"]
    assert "datalab.io/digest=abc" in told["arguments"]


def test_unchecked_parts_of_a_chart_never_run_and_nobody_waits(
    spy: Spy, releases: Releases, release: Release
) -> None:
    releases.install(release, MANIFESTS, digest="abc")
    arguments = spy.told["arguments"]
    assert {"--no-hooks", "--skip-crds", "--server-side=true"} <= set(arguments)
    assert arguments[arguments.index("--history-max") + 1] == "5"
    assert not {"--wait", "--create-namespace", "--take-ownership"} & set(arguments)


def test_helm_knows_the_cluster_and_nothing_else_of_ours(spy: Spy, releases: Releases) -> None:
    releases.uninstall(REF)
    told = spy.told
    assert told["environment"]["KUBECONFIG"] == "/etc/datalab/kubeconfig"
    assert "DATALAB_SECRET_KEY" not in told["environment"]
    assert told["arguments"][:3] == ["uninstall", "--namespace", "dl-acme"]
    assert "--ignore-not-found" in told["arguments"]
    assert told["arguments"][-2:] == ["--", "lab"]


def test_nothing_is_left_on_disk(spy: Spy, releases: Releases, release: Release) -> None:
    releases.install(release, MANIFESTS, digest="abc")
    assert {one.name for one in releases.helm.home.iterdir()} == {"plugins"}


def test_in_a_pod_helm_is_told_where_the_cluster_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    expected = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    assert reaching(None) == expected
    assert reaching(Path("/a")) == {"KUBECONFIG": "/a"}


@pytest.mark.parametrize(
    "ref",
    [
        pytest.param(ReleaseRef(namespace="dl-acme", name="--help"), id="an option as a name"),
        pytest.param(ReleaseRef(namespace="-n", name="lab"), id="an option as a namespace"),
        pytest.param(ReleaseRef(namespace="dl-acme", name="a b"), id="two words"),
    ],
)
def test_a_name_that_is_none_reaches_no_command_line(
    releases: Releases, release: Release, ref: ReleaseRef
) -> None:
    changed = Release(ref=ref, chart=release.chart, version="1", values={})
    with pytest.raises(DatalabError, match="usable"):
        releases.install(changed, MANIFESTS, digest="abc")
    with pytest.raises(ProviderRefused, match="usable"):
        releases.uninstall(ref)


def test_a_failure_is_told_in_our_words(spy: Spy, releases: Releases) -> None:
    spy.says("Error: Kubernetes cluster unreachable: token abc")
    with pytest.raises(ProviderUnavailable, match="does not answer"):
        releases.uninstall(REF)


def test_a_helm_that_hangs_is_ended(spy: Spy, tmp_path: Path) -> None:
    (tmp_path / "bin" / "helm").write_text("#!/bin/sh\nexec sleep 30\n")
    slow = Releases(helm=HelmProgram(home=tmp_path / "helm", timeout=0.2))
    with pytest.raises(ProviderUnavailable, match="interrupted"):
        slow.uninstall(REF)


def test_helm_has_ended_before_another_worker_claims_the_service() -> None:
    assert CLAIM_FOR.total_seconds() > 2 * TAKES_S
