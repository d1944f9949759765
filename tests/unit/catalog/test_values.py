"""A form written for Onyxia, and what it becomes without a browser."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datalab.catalog.references import UNDEFINED
from datalab.catalog.values import merged, resolve_values, resource_values, value_at
from datalab.core.quantities import Resource, parse

CONTEXT: dict[str, Any] = {
    "user": {"name": "Alice", "email": "alice@acme.test"},
    "datalab": {"tenant": "acme", "secrets": ["shared/db"]},
    "region": {
        "gpus": "3",
        "on": "true",
        "disk": "900Gi",
        "tiny": "1Mi",
        "kind": "b",
        "tolerations": [{"key": "gpu", "operator": "Exists", "extra": 1}, {"key": "spot"}],
    },
}


def node(kind: str, reference: Any = None, **more: Any) -> dict[str, Any]:
    own = {"x-onyxia": {"overwriteDefaultWith": reference}} if reference is not None else {}
    return {"type": kind, **own, **more}


def resolved(schema: dict[str, Any], defaults: Any = UNDEFINED) -> Any:
    """The value of one field called x."""
    form = {"type": "object", "properties": {"x": schema}}
    given = {} if defaults is UNDEFINED else {"x": defaults}
    return resolve_values(form, context=CONTEXT, defaults=given).get("x", UNDEFINED)


@pytest.mark.parametrize(
    ("schema", "default", "value"),
    [
        pytest.param({"const": 5, "default": 6}, 7, 5, id="a constant comes first"),
        pytest.param(node("string", "user.name", default="d"), "v", "Alice", id="then the context"),
        pytest.param(node("string", "no.such", default="d"), "v", "d", id="then the default"),
        pytest.param(node("string", "no.such"), "v", "v", id="then the chart's values"),
        pytest.param(node("string"), UNDEFINED, UNDEFINED, id="else it is left out"),
        pytest.param(node("array"), UNDEFINED, [], id="a list is empty"),
        pytest.param(
            node("array", items=node("string", default="a"), minItems=2),
            UNDEFINED,
            ["a", "a"],
            id="or as long as it must be",
        ),
        pytest.param(node("object"), UNDEFINED, {}, id="a record is empty"),
        pytest.param(node("boolean", default=False), True, False, id="false is a default"),
        pytest.param(node("string", default=""), "v", "", id="so is an empty text"),
        pytest.param(node("integer", default=0), 3, 0, id="so is nought"),
    ],
)
def test_the_first_that_gives_something_counts(schema: Any, default: Any, value: Any) -> None:
    assert resolved(schema, default) == value


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param(node("integer", "region.gpus", default=1), 3, id="a text as a number"),
        pytest.param(node("string", "{{datalab.tenant}}"), "acme", id="a text"),
        pytest.param(node("boolean", "region.on"), True, id="a text as yes or no"),
        pytest.param(node("integer", "user.name", default=1), 1, id="a name is no number"),
        pytest.param(node("object", "user.name", default={}), {}, id="a name is no record"),
        pytest.param(
            node("string", "region.disk", sliderMin=1, sliderMax=100, sliderUnit="Gi"),
            "100Gi",
            id="no further than the slider goes",
        ),
        pytest.param(
            node("string", "region.tiny", sliderMin=1, sliderMax=100, sliderUnit="Gi"),
            "1Gi",
            id="no less than the slider goes",
        ),
        pytest.param(
            node("string", "region.kind", listEnum=["a", "b"], default="a"), "b", id="one of a list"
        ),
        pytest.param(
            node("string", "user.name", listEnum=["a", "b"], default="a"), "a", id="none of a list"
        ),
        pytest.param(node("array", "datalab.secrets"), ["shared/db"], id="a list as it is"),
        pytest.param(
            node("array", ["{{datalab.tenant}}", "and"]), ["acme", "and"], id="a list of references"
        ),
        pytest.param(
            node(
                "array",
                "region.tolerations",
                items={
                    "type": "object",
                    "properties": {
                        "key": node("string"),
                        "op": node("string", "{{operator}}", default="Equal"),
                        "effect": node("string", default="NoSchedule"),
                    },
                },
            ),
            [
                {"key": "gpu", "op": "Exists", "effect": "NoSchedule"},
                {"key": "spot", "op": "Equal", "effect": "NoSchedule"},
            ],
            id="a list of records, each through the form of its items",
        ),
    ],
)
def test_what_the_context_gives_is_made_to_fit(schema: dict[str, Any], value: Any) -> None:
    assert resolved(schema) == value


def test_properties_go_before_the_record_they_stand_in() -> None:
    schema = node(
        "object",
        {"name": "{{user.email}}"},
        default={"name": "d"},
        properties={"name": node("string", "user.name"), "gone": node("string")},
    )
    assert resolved(schema, {"name": "v"}) == {"name": "Alice"}


def test_values_of_the_chart_that_the_form_does_not_know_are_left_to_helm() -> None:
    form = {"type": "object", "properties": {"x": node("string")}}
    assert resolve_values(form, context={}, defaults={"x": "a", "y": "b"}) == {"x": "a"}


def test_a_chart_without_a_form_has_the_values_it_comes_with() -> None:
    assert resolve_values({}, context=CONTEXT, defaults={"y": "b"}) == {"y": "b"}


RESOURCES = {
    "properties": {
        "resources": {
            "properties": {
                "requests": {"properties": {"cpu": node("string"), "memory": node("string")}},
                "limits": {"properties": {"cpu": node("string"), "nvidia.com/gpu": node("string")}},
            }
        },
        "persistence": {"properties": {"size": node("string")}},
    }
}


def test_sizes_go_where_the_chart_takes_them() -> None:
    asked: dict[Resource, str | int] = {
        Resource.CPU: "2",
        Resource.MEMORY: "4Gi",
        Resource.GPU: 1,
        Resource.STORAGE: "9Gi",
    }
    assert resource_values(asked, schema=RESOURCES, defaults={}) == {
        "resources": {
            "requests": {"cpu": "2", "memory": "4Gi"},
            "limits": {"cpu": "2", "nvidia.com/gpu": "1"},
        },
        "persistence": {"size": "9Gi"},
    }


def test_without_a_form_the_charts_own_values_say_where_sizes_go() -> None:
    defaults = {"resources": {"limits": {"cpu": "1"}}}
    asked: dict[Resource, str | int] = {Resource.CPU: "2", Resource.STORAGE: "9Gi"}
    found = resource_values(asked, schema={}, defaults=defaults)
    assert found == {"resources": {"limits": {"cpu": "2"}}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)
RECORDS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@given(RECORDS, RECORDS)
def test_every_choice_is_in_the_merged_values(base: dict[str, Any], over: dict[str, Any]) -> None:
    whole = merged(base, over)
    for key, chosen in over.items():
        kept = value_at((key,), whole)
        if isinstance(chosen, dict) and isinstance(base.get(key), dict):
            assert chosen.keys() <= kept.keys()
        else:
            assert kept == chosen
    assert whole.keys() == base.keys() | over.keys()


@given(RECORDS, RECORDS)
def test_merging_changes_neither_side(base: dict[str, Any], over: dict[str, Any]) -> None:
    before = (repr(base), repr(over))
    merged(base, over)
    assert (repr(base), repr(over)) == before


@given(st.integers(min_value=0, max_value=10**6))
def test_a_slider_is_never_left_whatever_the_context_says(size: int) -> None:
    schema = node("string", "size", sliderMin=5, sliderMax=50, sliderUnit="Gi")
    form = {"type": "object", "properties": {"x": schema}}
    found = resolve_values(form, context={"size": f"{size}Mi"}, defaults={})["x"]
    assert parse("5Gi") <= parse(found) <= parse("50Gi")
