"""What installers say, as a sentence and a fraction."""

import json

import pytest

from datalab.providers.cluster.local.progress import (
    Meter,
    NpmMeter,
    locked_npm_packages,
    locked_packages,
)

UV = """\
Resolved 3 packages in 242ms
Downloading pandas (11.8MiB)
Downloading pyarrow (52.5MiB)
 Downloaded pandas
 Downloaded pyarrow
Prepared 3 packages in 1.96s
Installed 3 packages in 193ms
 + pandas==3.1.1
Compiling 2 packages
Compiled pandas
Compiled pyarrow
""".splitlines()


def test_the_sentence_names_what_is_being_installed_and_how_far() -> None:
    meter = Meter(3)
    said = [meter.message for line in UV if meter.hear(line)]
    assert said == [
        "Downloading 3 packages",
        "Downloading pandas (11.8MiB)",
        "Downloading pyarrow (52.5MiB)",
        "Downloading pyarrow",
        "Downloading 3 packages",
        "Installing 3 packages",
        "Installing pandas (1 of 2)",
        "Installing pyarrow (2 of 2)",
    ]


def test_the_fraction_only_grows_and_leaves_room_for_the_check_at_the_end() -> None:
    meter = Meter(3)
    fractions = []
    for line in [*UV, *UV]:
        meter.hear(line)
        fractions.append(meter.progress)
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(0.95)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("", id="nothing"),
        pytest.param("warning: something new that uv will say one day", id="unknown words"),
        pytest.param(" + pandas==3.1.1", id="the list at the end"),
        pytest.param("Compiled", id="half a line"),
    ],
)
def test_a_line_that_nobody_knows_changes_nothing(line: str) -> None:
    meter = Meter(3)
    before = (meter.message, meter.progress)
    assert not meter.hear(line)
    assert (meter.message, meter.progress) == before


def test_npm_is_followed_package_by_package_within_its_share() -> None:
    meter = NpmMeter(what="VS Code", expected=2, start=0.5, end=0.7)
    fetched = "npm http fetch GET 200 https://registry.test/ws/-/ws-8.1.0.tgz 9ms (cache hit)"
    assert (meter.message, meter.progress) == ("Installing VS Code (0 of 2)", 0.5)
    assert meter.hear(fetched)
    assert (meter.message, meter.progress) == ("Installing VS Code (1 of 2)", 0.6)
    assert not meter.hear("npm http fetch GET 200 https://registry.test/ws 9ms")
    assert meter.hear("npm http cache ws@https://registry.test/ws/-/ws-8.1.0.tgz 0ms (cache hit)")
    assert not meter.hear(fetched), "more than the lock names"
    assert meter.progress == pytest.approx(0.7)


def test_a_lock_says_how_many_packages_to_expect() -> None:
    python = "anyio==4.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\npandas==3.1 ; x\n"
    npm = {"packages": {"": {}, "node_modules/a": {}, "node_modules/b": {"dev": True}}}
    assert locked_packages(python) == 2
    assert locked_npm_packages(json.dumps(npm)) == 1
    assert locked_npm_packages("{}") == 1
