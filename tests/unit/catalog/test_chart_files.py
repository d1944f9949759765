"""The charts as files: clean by Helm's own measure, alike where they should be."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from datalab.providers.charts.binary import find_helm, install_helm, installed_helm
from datalab.providers.charts.cache import draws_or_looks_up

CATALOGUE = Path(settings.CATALOGS[0]["location"])
CHARTS = sorted(file.parent.name for file in CATALOGUE.glob("*/values.schema.json"))


def helm(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    install_helm(installed_helm())
    environment = {"PATH": os.defpath, "HOME": str(home)}
    command = [str(find_helm()), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def schema_of(chart: str) -> Any:
    return json.loads((CATALOGUE / chart / "values.schema.json").read_text())


def values_of(chart: str) -> Any:
    return yaml.safe_load((CATALOGUE / chart / "values.yaml").read_text())


@pytest.mark.parametrize("chart", [*CHARTS, "common"])
def test_a_chart_is_clean_by_helms_own_measure(chart: str, tmp_path: Path) -> None:
    linted = helm("lint", "--strict", str(CATALOGUE / chart), home=tmp_path)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("chart", CHARTS)
def test_a_packed_chart_brings_its_library_along(chart: str, tmp_path: Path) -> None:
    """The library is a link in the checkout; an archive has the files themselves."""
    packed = helm("package", str(CATALOGUE / chart), "-d", str(tmp_path), home=tmp_path)
    assert packed.returncode == 0, packed.stderr
    (archive,) = tmp_path.glob("*.tgz")
    rendered = helm("template", "mine", str(archive), home=tmp_path)
    assert "kind: StatefulSet" in rendered.stdout, rendered.stderr


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_says_what_it_is(chart: str) -> None:
    folder = CATALOGUE / chart
    meta = yaml.safe_load((folder / "Chart.yaml").read_text())
    assert meta["annotations"]["datalab.io/title"]
    assert (folder / "README.md").read_text().startswith("# ")
    assert (folder / "icon.svg").read_text().startswith("<svg")
    assert (folder / "charts" / "common").resolve() == CATALOGUE / "common"


@pytest.mark.parametrize("chart", CHARTS)
def test_an_image_is_public_and_pinned(chart: str) -> None:
    image = values_of(chart)["image"]
    assert re.search(r"\d+\.\d+\.\d+", image["tag"])
    assert image["repository"].partition("/")[0] in {"docker.io", "ghcr.io", "quay.io"}


@pytest.mark.parametrize("chart", CHARTS)
def test_every_chart_has_the_same_form_beside_its_own_group(chart: str) -> None:
    """The same words for the same thing. Only the tool's own group, its folder and GPUs differ."""

    def shared(name: str) -> Any:
        form = schema_of(name)["properties"]
        del form[name]
        form["persistence"].pop("description")
        form["persistence"]["properties"]["size"].pop("default")
        form["resources"]["properties"]["limits"]["properties"].pop("nvidia.com/gpu", None)
        return form

    assert shared(chart) == shared(CHARTS[0])


@pytest.mark.parametrize("chart", CHARTS)
def test_every_value_is_in_the_form_and_its_defaults_agree(chart: str) -> None:
    def disagreements(node: Any, value: Any, path: str) -> list[str]:
        found = [f"{path}.{key}" for key in value if key not in node.get("properties", {})]
        for key, child in node.get("properties", {}).items():
            if "properties" in child and isinstance(value.get(key), dict):
                found += disagreements(child, value[key], f"{path}.{key}")
            elif key in value and "default" in child and child["default"] != value[key]:
                found.append(f"{path}.{key}")
        return found

    assert disagreements(schema_of(chart), values_of(chart), "") == []


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_renders_the_same_twice_so_that_it_can_be_kept(chart: str) -> None:
    assert draws_or_looks_up(CATALOGUE / chart, values_of(chart)) is False
