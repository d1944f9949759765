import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from datalab.providers.charts.cache import RenderCache, chart_digest, draws_or_looks_up, key_of


@pytest.fixture
def cache(tmp_path: Path) -> RenderCache:
    return RenderCache(tmp_path / "renders", most=10)


def test_what_was_put_is_found_and_nothing_else(cache: RenderCache) -> None:
    cache.put("a", [{"kind": "Service"}])
    assert cache.get("a") == [{"kind": "Service"}]
    assert cache.get("b") is None


@pytest.mark.parametrize("content", [b"", b'[{"kind', b"\xff\xfe", b'{"kind": "no list"}'])
def test_a_broken_file_counts_as_nothing(
    cache: RenderCache, tmp_path: Path, content: bytes
) -> None:
    cache.put("a", [])
    (tmp_path / "renders" / "a.json").write_bytes(content)
    assert cache.get("a") is None


def test_the_least_recently_used_go_first(cache: RenderCache, tmp_path: Path) -> None:
    for number in range(10):
        cache.put(f"k{number}", [{"kind": str(number)}])
        os.utime(tmp_path / "renders" / f"k{number}.json", (number, number))
    assert cache.get("k0") is not None  # used now
    cache.put("k10", [{"kind": "10"}])
    assert cache.get("k0") is not None
    assert cache.get("k1") is None
    assert len(list((tmp_path / "renders").glob("*.json"))) <= 10


def test_many_writers_and_readers_never_see_half_an_answer(
    cache: RenderCache, tmp_path: Path
) -> None:
    answer = [{"kind": "x" * 50_000}]

    def work(number: int) -> bool:
        cache.put(f"k{number % 15}", answer)
        return cache.get(f"k{(number + 7) % 15}") in (None, answer)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(300)))
    left = [file.name for file in (tmp_path / "renders").iterdir()]
    assert not any(name.startswith(".new-") for name in left)
    assert len(left) <= 11


def test_a_disk_that_takes_nothing_costs_no_launch(tmp_path: Path) -> None:
    (tmp_path / "renders").write_text("a file where the folder should be")
    cache = RenderCache(tmp_path / "renders")
    cache.put("a", [])
    cache.mark("a", stable=True)
    assert cache.get("a") is None
    assert cache.is_stable("a") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(("d", "r", {"a": 1}), ("d", "r", {"a": 2}), id="another value"),
        pytest.param(("d", "r", {"a": 1}), ("d", "r", {"a": "1"}), id="another type"),
        pytest.param(("dr", "", {}), ("d", "r", {}), id="another cut"),
    ],
)
def test_different_questions_have_different_keys(one: Any, other: Any) -> None:
    assert key_of(*one) != key_of(*other)


def test_the_order_of_values_does_not_matter() -> None:
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    (tmp_path / "chart" / "templates").mkdir(parents=True)
    (tmp_path / "chart" / "Chart.yaml").write_text("name: x")
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "x.tpl").write_text("library")
    (tmp_path / "chart" / "charts").symlink_to(tmp_path / "library")
    return tmp_path / "chart"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: (c / "Chart.yaml").write_text("name: y"), id="a file's content"),
        pytest.param(lambda c: (c / "Chart.yaml").rename(c / "chart.yaml"), id="a file's name"),
        pytest.param(lambda c: (c / "templates" / "n.yaml").write_text(""), id="another file"),
        pytest.param(lambda c: (c / "charts" / "x.tpl").write_text("new"), id="a linked library"),
    ],
)
def test_a_charts_digest_follows_its_files(chart: Path, change: Callable[[Path], object]) -> None:
    before = chart_digest(chart)
    assert chart_digest(chart) == before
    change(chart)
    assert chart_digest(chart) != before


@pytest.mark.parametrize(
    ("template", "values", "may_differ"),
    [
        pytest.param("{{ .Values.random }}", {}, False, id="a value with such a name"),
        pytest.param("{{ randAlphaNum 5 }}", {}, True, id="a draw"),
        pytest.param("{{ if .x }}{{ genSelfSignedCert }}{{ end }}", {}, True, id="a draw at times"),
        pytest.param("{{ lookup }}", {}, True, id="a look at the cluster"),
        pytest.param("{{ tpl .Values.a . }}", {"a": "{{ now }}"}, True, id="a draw in a value"),
        pytest.param("plain", {"a": ["deep", {"b": "{{ x }}"}]}, True, id="braces far down"),
    ],
)
def test_what_might_differ_is_seen(
    chart: Path, template: str, values: dict[str, Any], may_differ: bool
) -> None:
    (chart / "templates" / "a.yaml").write_text(template)
    assert draws_or_looks_up(chart, values) is may_differ
