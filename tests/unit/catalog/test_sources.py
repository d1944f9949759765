"""Catalogues that administrators write: several versions, broken charts, changes while running."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from datalab.catalog.schema import resolve_schema
from datalab.catalog.sources import catalogs, find_chart, versions_of
from datalab.core.errors import NotFound, ProviderRefused

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, settings: Settings) -> Write:
    """Writes a chart into the only catalogue."""
    settings.CATALOGS = [
        {"id": "own", "name": "Own", "location": str(tmp_path), "excluded": ["Secret-Lab"]}
    ]

    def write(name: str, version: str = "1.0.0", schema: Any = None, **meta: Any) -> Path:
        folder = tmp_path / f"{name}-{version}"
        folder.mkdir(exist_ok=True)
        content = {"apiVersion": "v2", "name": name, "version": version, **meta}
        (folder / "Chart.yaml").write_text(json.dumps(content))
        if schema is not None:
            (folder / "values.schema.json").write_text(json.dumps(schema))
        return folder

    return write


def names() -> list[str]:
    return [f"{chart.name} {chart.version}" for one in catalogs() for chart in one.charts]


def test_versions_are_newest_first_and_names_sorted(write: Write) -> None:
    for name, version in (("b", "1.9.0"), ("a", "1.0.0"), ("b", "1.10.0"), ("b", "1.10.0-rc.1")):
        write(name, version)
    assert names() == ["a 1.0.0", "b 1.10.0", "b 1.10.0-rc.1", "b 1.9.0"]


@pytest.mark.parametrize(
    ("versions", "default"),
    [
        pytest.param(["1.0.0", "1.10.0", "1.9.0"], "1.10.0", id="the newest"),
        pytest.param(["1.0.0", "2.0.0-rc.1"], "1.0.0", id="no pre-release"),
        pytest.param(["2.0.0-rc.1", "2.0.0-rc.2"], "2.0.0-rc.2", id="unless there is nothing else"),
    ],
)
def test_who_names_no_version_gets(write: Write, versions: list[str], default: str) -> None:
    for version in versions:
        write("a", version)
    assert find_chart("own", "a", None).version == default


def test_a_version_is_found_by_its_name(write: Write) -> None:
    old = write("a", "1.0.0")
    write("a", "2.0.0")
    assert find_chart("own", "a", "1.0.0").folder == old.resolve()


@pytest.mark.parametrize(
    ("catalog", "chart", "version"),
    [
        pytest.param("other", "a", None, id="another catalogue"),
        pytest.param("own", "b", None, id="another chart"),
        pytest.param("own", "a", "9.9.9", id="another version"),
        pytest.param("own", "../a-1.0.0", None, id="a path"),
        pytest.param("own", "-a", None, id="an option"),
        pytest.param("own", "a", "x" * 5000, id="a very long version"),
    ],
)
def test_what_is_not_there_is_not_found(
    write: Write, catalog: str, chart: str, version: str | None
) -> None:
    write("a")
    with pytest.raises(NotFound) as missing:
        find_chart(catalog, chart, version)
    assert len(missing.value.detail) < 200


def test_libraries_and_excluded_charts_are_left_out(write: Write) -> None:
    write("common", type="library")
    write("secret-lab")
    write("a")
    assert names() == ["a 1.0.0"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        pytest.param("Chart.yaml", "name: [", id="no YAML"),
        pytest.param("Chart.yaml", "just a text", id="no mapping"),
        pytest.param("Chart.yaml", "version: 1.0.0", id="no name"),
        pytest.param("Chart.yaml", "{name: -x, version: 1.0.0}", id="a name like an option"),
        pytest.param("Chart.yaml", "{name: x, version: latest}", id="no version"),
        pytest.param("values.schema.json", "{", id="no JSON"),
        pytest.param("values.schema.json", "[]", id="a schema that is a list"),
        pytest.param("values.schema.json", '{"$ref": "#/definitions/x"}', id="a lost reference"),
        pytest.param("values.yaml", "- a", id="values that are a list"),
        pytest.param("values.yaml", "x" * 1_100_000, id="far too large"),
    ],
)
def test_a_broken_chart_does_not_take_the_others_with_it(
    write: Write, file: str, content: str
) -> None:
    write("good")
    (write("broken") / file).write_text(content)
    assert names() == ["good 1.0.0"]


def test_a_changed_chart_is_read_again(write: Write) -> None:
    folder = write("a", description="before")
    assert versions_of("own", "a")[0].description == "before"
    write("a", description="after")
    later = (folder / "Chart.yaml").stat().st_mtime + 5
    os.utime(folder / "Chart.yaml", (later, later))
    assert versions_of("own", "a")[0].description == "after"
    write("b")
    assert names() == ["a 1.0.0", "b 1.0.0"]


def test_references_are_written_out() -> None:
    schema = {
        "definitions": {"size": {"type": "string"}},
        "properties": {
            "a": {"$ref": "#/definitions/size"},
            "b": {"items": {"$ref": "ide/role.json"}},
        },
    }
    resolved = resolve_schema(schema)
    assert resolved["properties"]["a"] == {"type": "string"}
    assert "role" in resolved["properties"]["b"]["items"]["properties"]
    assert "definitions" not in resolved


def test_onyxias_names_stand_for_our_schemas() -> None:
    schema = {
        "properties": {
            "resources": {
                "type": "object",
                "x-onyxia": {"overwriteSchemaWith": "ide/resources.json"},
            },
            "vault": {"title": "kept", "x-onyxia": {"overwriteSchemaWith": "ide/no-such.json"}},
        }
    }
    properties = resolve_schema(schema)["properties"]
    assert properties["resources"]["properties"]["limits"]["properties"]["cpu"]["sliderMax"]
    assert properties["vault"]["title"] == "kept"


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"definitions": {"a": {"$ref": "#/definitions/a"}}}, id="to itself"),
        pytest.param(
            {
                "definitions": {
                    "a": {"properties": {"b": {"$ref": "#/definitions/b"}}},
                    "b": {"properties": {"a": {"$ref": "#/definitions/a"}}},
                }
            },
            id="in a circle",
        ),
        pytest.param({"$ref": "#/nothing"}, id="to nothing"),
        pytest.param({"$ref": "../../../../etc/passwd"}, id="out of the folder"),
        pytest.param({"$ref": "https://example.org/x.json"}, id="to the internet"),
    ],
)
def test_a_reference_that_leads_nowhere_is_the_charts_fault(schema: dict[str, Any]) -> None:
    with pytest.raises(ProviderRefused):
        resolve_schema(schema)
