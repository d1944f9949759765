"""Limits that a page draws and no JSON-schema validator knows."""

from typing import Any

import pytest

from datalab.catalog.limits import choice_problems, shape_problems, value_problems

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "size": {"type": "string", "sliderMin": 1, "sliderMax": 100, "sliderUnit": "Gi"},
        "cpu": {"type": "string", "sliderMin": 50, "sliderMax": 4000, "sliderUnit": "m"},
        "count": {"type": "integer", "sliderMin": 1, "sliderMax": 3},
        "version": {"type": "string", "render": "list", "listEnum": ["py3.12", "py3.13"]},
        "zone": {
            "type": "string",
            "listEnum": ["only-without-context"],
            "x-onyxia": {"overwriteListEnumWith": "region.zones"},
        },
        "name": {"type": "string", "pattern": "^[a-z]+$"},
        "role": {"type": "string", "enum": ["view"]},
        "env": {
            "type": "array",
            "maxItems": 2,
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "size": {"sliderMax": 5}},
            },
        },
        "free": {"type": "object"},
        "open": {"type": "object", "properties": {"a": {}}, "additionalProperties": True},
        "hidden": {"type": "string", "x-onyxia": {"hidden": True}},
        "shown": {"type": "string", "x-onyxia": {"readonly": True}},
        "inside": {
            "type": "object",
            "x-onyxia": {"hidden": True},
            "properties": {"a": {"type": "string"}, "b": {"type": "boolean"}},
        },
        "sometimes": {"type": "string", "hidden": {"value": "x", "path": "name"}},
    },
}
CONTEXT = {"region": {"zones": ["north", "south"]}}
GIVEN = {"hidden": "h", "shown": "s", "inside": {"a": "i", "b": True}}


@pytest.mark.parametrize(
    ("values", "paths"),
    [
        pytest.param({"size": "100Gi", "cpu": "4", "count": 3}, [], id="up to the very end"),
        pytest.param({"size": "1024Mi"}, [], id="in another unit"),
        pytest.param({"size": "9000Gi"}, ["size"], id="too much"),
        pytest.param({"size": "1Mi"}, ["size"], id="too little"),
        pytest.param({"size": "101Gi"}, ["size"], id="a little too much"),
        pytest.param({"size": "lots"}, ["size"], id="not an amount"),
        pytest.param({"size": "5Gi\n"}, ["size"], id="an amount and a line break"),
        pytest.param({"cpu": "99999999m"}, ["cpu"], id="too many thousandths"),
        pytest.param({"cpu": "4001m"}, ["cpu"], id="a thousandth too much"),
        pytest.param({"count": 64}, ["count"], id="too many"),
        pytest.param({"version": "evil/image:1"}, ["version"], id="not on the form's list"),
        pytest.param({"zone": "north"}, [], id="on the context's list"),
        pytest.param({"zone": "only-without-context"}, ["zone"], id="on the list it replaces"),
        pytest.param({"name": "ok"}, [], id="of the form"),
        pytest.param({"name": "NO"}, ["name"], id="not of the form"),
        pytest.param({"name": "ok\n"}, ["name"], id="of the form but for a line break"),
        pytest.param({"role": "cluster-admin"}, ["role"], id="not on the schema's list"),
        pytest.param({"count": "2"}, ["count"], id="another type"),
        pytest.param(
            {"env": [{"name": "A"}, {"size": 6}]}, ["env.1", "env.1.size"], id="in a list"
        ),
        pytest.param({"env": [{"name": "A"}] * 3}, ["env"], id="too long a list"),
    ],
)
def test_complete_values_keep_to_every_limit(values: dict[str, Any], paths: list[str]) -> None:
    assert sorted(value_problems(SCHEMA, values, context=CONTEXT)) == paths


@pytest.mark.parametrize(
    ("chosen", "paths"),
    [
        pytest.param({"size": "5Gi", "env": []}, [], id="what the form offers"),
        pytest.param({"other": 1}, ["other"], id="what it does not know"),
        pytest.param({"free": {"any": 1}}, [], id="anything in a free record"),
        pytest.param({"open": {"b": 1}}, [], id="anything in an open one"),
        pytest.param({"hidden": "mine"}, ["hidden"], id="a hidden field"),
        pytest.param({"hidden": "h"}, [], id="a hidden field as it is"),
        pytest.param({"shown": "mine"}, ["shown"], id="a field that is only shown"),
        pytest.param({"inside": {"a": "mine"}}, ["inside"], id="inside a hidden record"),
        pytest.param({"inside": {"a": "i"}}, [], id="a part of a hidden record as it is"),
        pytest.param({"inside": {"b": 1}}, ["inside"], id="one is not true"),
        pytest.param({"inside": {"c": None}}, ["inside"], id="more inside a hidden record"),
        pytest.param({"inside": None}, ["inside"], id="a hidden record taken away"),
        pytest.param({"sometimes": "x"}, [], id="a field that is hidden by another one only"),
    ],
)
def test_a_choice_is_among_what_is_offered(chosen: dict[str, Any], paths: list[str]) -> None:
    assert sorted(choice_problems(SCHEMA, chosen, given=GIVEN, known={})) == paths


def test_a_chart_without_a_form_takes_the_keys_that_it_comes_with() -> None:
    chosen = {"image": {"tag": "1"}, "other": 1}
    assert list(choice_problems({}, chosen, given={}, known={"image": {}})) == ["other"]


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("chosen", "fine"),
    [
        pytest.param({"a": "text\nof two lines\twith a tab"}, True, id="text"),
        pytest.param({"a": "naïve 数据"}, True, id="text of any language"),
        pytest.param(_nested(12), True, id="as deep as may be"),
        pytest.param(_nested(13), False, id="too deep"),
        pytest.param({"a": list(range(3000))}, False, id="too many"),
        pytest.param({"a": "x" * 20_001}, False, id="too long"),
        pytest.param({"a": "null\x00"}, False, id="a zero character"),
        pytest.param({"a": "\x1b[2J"}, False, id="an escape"),
        pytest.param({"a": "\ud800"}, False, id="half a character"),
        pytest.param({"a\x00": 1}, False, id="a zero character in a name"),
    ],
)
def test_what_is_chosen_is_small_and_plain(chosen: dict[str, Any], fine: bool) -> None:
    assert (shape_problems(chosen) == {}) is fine


def test_an_answer_does_not_repeat_all_that_was_sent() -> None:
    values = {"name": "X" * 10_000, "version": "Y" * 10_000, "size": "Z" * 10_000}
    problems = value_problems(SCHEMA, values, context=CONTEXT)
    assert sorted(problems) == ["name", "size", "version"]
    assert all(len(text) < 300 for text in problems.values())
