"""What every chart engine promises, with helm and without it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datalab.core.errors import InvalidInput, ProviderError, ProviderRefused
from datalab.providers.charts.base import ChartEngine
from datalab.providers.charts.binary import install_helm, installed_helm
from datalab.providers.charts.helm import Helm
from datalab.providers.charts.memory import MemoryCharts

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "persistence": {
            "type": "object",
            "properties": {"enabled": {"type": "boolean"}, "size": {"type": "string"}},
        },
        "resources": {"type": "object"},
        "global": {"type": "object"},
    },
}
TEMPLATE = """
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
spec: {ports: [{port: 8888}]}
---
{{- if (.Values.persistence).enabled }}
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
spec: {resources: {requests: {storage: {{ .Values.persistence.size | quote }}}}}
{{- end }}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
spec:
  replicas: {{ ternary 0 1 (default false (.Values.global).suspend) }}
"""


@pytest.fixture(params=["memory", pytest.param("helm", marks=pytest.mark.embedded)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ChartEngine]:
    if request.param == "helm":
        install_helm(installed_helm())
        yield Helm(state=tmp_path / "state")
    else:
        yield MemoryCharts()


@pytest.fixture
def helm(tmp_path: Path) -> Helm:
    install_helm(installed_helm())
    return Helm(state=tmp_path / "state")


@pytest.fixture
def make_chart(tmp_path: Path) -> Callable[..., Path]:
    def make(template: str = TEMPLATE, name: str = "tool", **files: str) -> Path:
        chart = tmp_path / "charts" / name
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n")
        (chart / "values.schema.json").write_text(json.dumps(SCHEMA))
        (chart / "templates" / "all.yaml").write_text(template)
        for file, content in files.items():
            (chart / "templates" / file).write_text(content)
        return chart

    return make


VALUES = {"persistence": {"enabled": True, "size": "5Gi"}}


def test_the_manifests_carry_the_release_and_the_namespace(
    engine: ChartEngine, make_chart: Callable[..., Path]
) -> None:
    manifests = engine.render(make_chart(), release="mine", namespace="acme", values=VALUES)
    named = [(m["kind"], m["metadata"]["name"], m["metadata"]["namespace"]) for m in manifests]
    assert sorted(named) == [
        ("PersistentVolumeClaim", "mine", "acme"),
        ("Service", "mine", "acme"),
        ("StatefulSet", "mine", "acme"),
    ]


def test_values_reach_the_manifests(engine: ChartEngine, make_chart: Callable[..., Path]) -> None:
    values = {**VALUES, "global": {"suspend": True}}
    manifests = engine.render(make_chart(), release="mine", namespace="acme", values=values)
    by_kind = {m["kind"]: m for m in manifests}
    assert by_kind["StatefulSet"]["spec"]["replicas"] == 0
    claimed = by_kind["PersistentVolumeClaim"]["spec"]["resources"]["requests"]["storage"]
    assert claimed == "5Gi"


def test_the_same_input_has_the_same_answer(
    engine: ChartEngine, make_chart: Callable[..., Path]
) -> None:
    chart = make_chart()
    first = engine.render(chart, release="mine", namespace="acme", values=VALUES)
    again = engine.render(chart, release="mine", namespace="acme", values=VALUES)
    assert list(first) == list(again)


@pytest.mark.parametrize(
    "release",
    [
        pytest.param("-n", id="an-option"),
        pytest.param("--post-renderer=/bin/sh", id="a-long-option"),
        pytest.param("Mine", id="upper-case"),
        pytest.param("mine;id", id="a-shell-command"),
        pytest.param("a" * 41, id="too-long"),
        pytest.param("", id="empty"),
        pytest.param("../up", id="a-path"),
        pytest.param("mine\n", id="a-line-break"),
    ],
)
def test_a_name_that_is_no_label_is_refused(
    engine: ChartEngine, make_chart: Callable[..., Path], release: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        engine.render(make_chart(), release=release, namespace="acme", values={})
    assert "name" in refused.value.fields


def test_a_namespace_that_is_no_label_is_refused(
    engine: ChartEngine, make_chart: Callable[..., Path]
) -> None:
    with pytest.raises(InvalidInput):
        engine.render(make_chart(), release="mine", namespace="--kubeconfig", values={})


def test_a_value_against_the_schema_names_its_field(
    engine: ChartEngine, make_chart: Callable[..., Path]
) -> None:
    values = {"persistence": {"enabled": "perhaps"}}
    with pytest.raises(InvalidInput) as refused:
        engine.render(make_chart(), release="mine", namespace="acme", values=values)
    assert list(refused.value.fields) == ["persistence.enabled"]


def test_a_missing_chart_is_the_platforms_fault(engine: ChartEngine, tmp_path: Path) -> None:
    with pytest.raises(ProviderError):
        engine.render(tmp_path / "none", release="mine", namespace="acme", values={})


def test_notes_are_text(engine: ChartEngine, make_chart: Callable[..., Path]) -> None:
    chart = make_chart(**{"NOTES.txt": "{{ .Release.Name }} is in {{ .Release.Namespace }}."})
    notes = engine.notes(chart, release="mine", namespace="acme", values=VALUES)
    assert notes == "mine is in acme."


# -- helm alone ----------------------------------------------------------------------------------


def _config_map(expression: str) -> str:
    return (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n"
        f"data: {{value: {{{{ {expression} | quote }}}}}}\n"
    )


def _kept(helm_state: Path) -> list[Path]:
    return list((helm_state / "cache" / "renders").glob("*.json"))


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        pytest.param(".Release.Name", 1, id="plain-is-kept"),
        pytest.param("randAlphaNum 8", 0, id="random-is-not-kept"),
        pytest.param(
            "(ternary .Release.Name (randAlpha 8) (eq 1 1))", 0, id="sometimes-random-is-not-kept"
        ),
        pytest.param('toJson (lookup "v1" "Secret" "a" "b")', 0, id="lookup-is-not-kept"),
        pytest.param("now | unixEpoch", 0, id="the-clock-is-not-kept"),
    ],
)
def test_only_what_renders_the_same_twice_is_kept(
    helm: Helm, make_chart: Callable[..., Path], tmp_path: Path, expression: str, kept: int
) -> None:
    chart = make_chart(_config_map(expression))
    helm.render(chart, release="mine", namespace="acme", values={})
    assert len(_kept(tmp_path / "state")) == kept


@pytest.mark.embedded
def test_a_kept_answer_is_used_until_the_chart_changes(
    helm: Helm, make_chart: Callable[..., Path], tmp_path: Path
) -> None:
    chart = make_chart(_config_map(".Release.Name"))
    helm.render(chart, release="mine", namespace="acme", values={})
    (kept,) = _kept(tmp_path / "state")
    kept.write_text('[{"kind": "FromTheCache"}]')
    answer = helm.render(chart, release="mine", namespace="acme", values={})
    assert answer == [{"kind": "FromTheCache"}]

    (chart / "templates" / "all.yaml").write_text(_config_map(".Release.Namespace"))
    changed = helm.render(chart, release="mine", namespace="acme", values={})
    assert changed[0]["data"] == {"value": "acme"}


@pytest.mark.embedded
def test_a_broken_cache_file_is_rendered_again(
    helm: Helm, make_chart: Callable[..., Path], tmp_path: Path
) -> None:
    chart = make_chart(_config_map(".Release.Name"))
    helm.render(chart, release="mine", namespace="acme", values={})
    (kept,) = _kept(tmp_path / "state")
    kept.write_text('[{"kind"')
    (answer,) = helm.render(chart, release="mine", namespace="acme", values={})
    assert answer["data"] == {"value": "mine"}


@pytest.mark.embedded
def test_what_a_chart_says_with_fail_reaches_the_person(
    helm: Helm, make_chart: Callable[..., Path]
) -> None:
    chart = make_chart('{{ fail "Choose a size first." }}')
    with pytest.raises(InvalidInput, match=r"^Choose a size first\.$"):
        helm.render(chart, release="mine", namespace="acme", values={})


@pytest.mark.embedded
@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ .Values.none.of.this }}", id="a-fault-in-the-template"),
        pytest.param("kind: [", id="no-yaml"),
        pytest.param("just: text", id="no-kind"),
    ],
)
def test_a_fault_of_the_chart_is_refused(
    helm: Helm, make_chart: Callable[..., Path], template: str
) -> None:
    with pytest.raises(ProviderRefused) as refused:
        helm.render(make_chart(template), release="mine", namespace="acme", values={})
    assert "templates" not in refused.value.detail


@pytest.mark.embedded
def test_aliases_that_stand_for_millions_are_refused(
    helm: Helm, make_chart: Callable[..., Path]
) -> None:
    levels = [f"  l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 10)]
    bomb = "\n".join(["kind: ConfigMap", "data:", "  l0: &l0 [x, x]", *levels])
    with pytest.raises(ProviderRefused):
        helm.render(make_chart(bomb), release="mine", namespace="acme", values={})


@pytest.mark.embedded
def test_hooks_and_test_pods_are_left_out(helm: Helm, make_chart: Callable[..., Path]) -> None:
    hook = 'apiVersion: v1\nkind: Pod\nmetadata: {name: h, annotations: {"helm.sh/hook": %s}}\n'
    chart = make_chart(**{"hook.yaml": hook % "pre-install", "test.yaml": hook % "test"})
    manifests = helm.render(chart, release="mine", namespace="acme", values=VALUES)
    assert "Pod" not in {m["kind"] for m in manifests}


@pytest.mark.embedded
def test_the_values_file_is_gone_afterwards(
    helm: Helm, make_chart: Callable[..., Path], tmp_path: Path
) -> None:
    values = {"resources": {"canary": "c4n4ry"}}
    helm.render(make_chart(), release="mine", namespace="acme", values=values)
    left = [
        p for p in (tmp_path / "state").rglob("*") if p.is_file() and b"c4n4ry" in p.read_bytes()
    ]
    assert left == []
