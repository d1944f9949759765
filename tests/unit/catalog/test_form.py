from typing import Any

import pytest

from datalab.catalog.form import build_form
from datalab.catalog.preset_rules import parse_presets
from datalab.core.quantities import Resource

GI = 1024**3
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["tool", "hidden"],
    "properties": {
        "tool": {
            "type": "object",
            "title": "Tool",
            "properties": {
                "zone": {"type": "string", "x-onyxia": {"overwriteListEnumWith": "region.zones"}},
                "note": {"type": "string", "render": "textArea"},
                "pin": {"type": "string", "render": "password", "pattern": "^[0-9]+$"},
            },
        },
        "hidden": {"type": "string", "x-onyxia": {"hidden": True}},
        "group": {"type": "object", "properties": {"a": {"type": "string", "hidden": True}}},
        "resources": {
            "properties": {
                "limits": {
                    "properties": {
                        "cpu": {"type": "string", "sliderMax": 8000, "sliderUnit": "m"},
                        "memory": {"type": "string", "sliderMin": 1, "sliderUnit": "Gi"},
                    }
                }
            }
        },
        "persistence": {
            "type": "object",
            "properties": {"size": {"type": "string"}, "keep": {"type": "boolean"}},
        },
    },
}
GIVEN = {
    "tool": {"zone": "north", "note": ""},
    "hidden": "x",
    "persistence": {"size": "10Gi", "keep": False},
    "resources": {"limits": {"cpu": "1", "memory": "2Gi"}},
}
CONTEXT = {"region": {"zones": ["north", "south"]}}
MOST = {Resource.CPU: 4000, Resource.MEMORY: 4 * GI, Resource.GPU: 0, Resource.STORAGE: 50 * GI}
PRESETS = [
    {"id": "one", "title": "One", "resources": {"cpu": "1"}},
    {"id": "many", "title": "Many", "resources": {"cpu": "6", "memory": "16Gi"}},
    {"id": "most", "title": "Most", "resources": {"cpu": "16"}},
    {"id": "place", "title": "Place", "nodeSelector": {"pool": "gpu"}},
]


def form(**most: int) -> dict[str, Any]:
    limits = {**MOST, **{Resource(name): amount for name, amount in most.items()}}
    presets = parse_presets(PRESETS)
    return build_form(SCHEMA, GIVEN, context=CONTEXT, most=limits, presets=presets)


def test_only_what_a_person_chooses_is_in_the_schema() -> None:
    schema = form()["schema"]
    assert set(schema["properties"]) == {"tool", "persistence"}
    assert set(schema["properties"]["persistence"]["properties"]) == {"keep"}
    assert schema["required"] == ["tool"]


def test_the_schema_speaks_plain_json_schema() -> None:
    properties = form()["schema"]["properties"]["tool"]["properties"]
    assert properties["zone"] == {"type": "string", "enum": ["north", "south"]}
    assert properties["pin"] == {"type": "string", "pattern": "^[0-9]+$"}


def test_hints_say_how_fields_are_shown() -> None:
    assert form()["ui"]["tool"] == {
        "ui:order": ["zone", "note", "pin", "*"],
        "note": {"ui:widget": "textarea"},
        "pin": {"ui:widget": "password"},
    }


def test_it_begins_with_what_the_platform_and_the_chart_say() -> None:
    assert form()["defaults"] == {
        "tool": {"zone": "north", "note": ""},
        "persistence": {"keep": False},
    }


@pytest.mark.parametrize(
    ("most", "resource", "highest"),
    [
        pytest.param({"cpu": 4000}, "cpu", "4", id="the quota"),
        pytest.param({"cpu": 64_000}, "cpu", "8", id="the chart"),
        pytest.param({"memory": 0}, "memory", "1Gi", id="never below the least"),
    ],
)
def test_a_size_goes_as_far_as_the_quota_and_the_chart(
    most: dict[str, int], resource: str, highest: str
) -> None:
    assert form(**most)["resources"][resource]["max"] == highest


def test_a_size_that_the_chart_does_not_take_is_not_offered() -> None:
    assert set(form()["resources"]) == {"cpu", "memory", "storage"}


def test_presets_are_those_that_the_chart_can_take_whatever_the_quota_says() -> None:
    """What the quota forbids is shown with its reason: see room.py."""
    assert [one["id"] for one in form()["presets"]] == ["one", "many", "place"]


def test_a_preset_tells_its_sizes_and_not_its_place() -> None:
    [one, *_, place] = form()["presets"]
    assert place == {
        "id": "place",
        "title": "Place",
        "description": "",
        "resources": {},
        "special": True,
    }
    assert one["special"] is False
