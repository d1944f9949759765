from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datalab.catalog.references import UNDEFINED, look_up, resolve

CONTEXT: dict[str, Any] = {
    "user": {"idep": "alice", "age": 7, "admin": True, "groups": ["a", "b"], "none": None},
    "k8s": {"domain": "lab.example"},
    "claims": {"x.y": "dotted", "z": {"list": [{"name": "first"}]}},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("user.idep", "alice", id="a path"),
        pytest.param("user.groups[1]", "b", id="an index"),
        pytest.param('claims["x.y"]', "dotted", id="a name with a dot"),
        pytest.param("claims['x.y']", "dotted", id="single quotes"),
        pytest.param("claims.z.list[0].name", "first", id="all at once"),
        pytest.param("user.groups[9]", UNDEFINED, id="beyond the end"),
        pytest.param("user.idep.length", UNDEFINED, id="below a text"),
        pytest.param("nobody.there", UNDEFINED, id="nothing there"),
        pytest.param("user.none", UNDEFINED, id="null counts as nothing"),
        pytest.param("user[[", UNDEFINED, id="no path at all"),
        pytest.param("user.__class__", UNDEFINED, id="no Python below"),
    ],
)
def test_a_path_leads_into_the_context(path: str, found: Any) -> None:
    assert look_up(path, CONTEXT) == found


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        pytest.param("user.idep", "alice", id="a bare text is a path"),
        pytest.param("{{user.idep}}", "alice", id="in braces"),
        pytest.param("{{ user.groups }}", ["a", "b"], id="a whole one keeps its type"),
        pytest.param("{{user.age}}", 7, id="a number stays a number"),
        pytest.param("x-{{user.idep}}-{{user.age}}", "x-alice-7", id="joined to a text"),
        pytest.param("is {{user.admin}}", "is true", id="booleans as the browser writes them"),
        pytest.param("x-{{user.groups}}", UNDEFINED, id="a list cannot be joined"),
        pytest.param("{{user.idep}}.{{no.such}}", UNDEFINED, id="nothing if one part is missing"),
        pytest.param(["{{user.idep}}", "user.idep"], ["alice", "user.idep"], id="bare in a list"),
        pytest.param(["{{user.idep}}", "{{no}}"], UNDEFINED, id="a list with a gap"),
        pytest.param(
            {"host": "h.{{k8s.domain}}", "n": 1}, {"host": "h.lab.example", "n": 1}, id="a record"
        ),
        pytest.param({"host": "{{no}}"}, UNDEFINED, id="a record with a gap"),
        pytest.param({"a": [{"b": "{{user.age}}"}]}, {"a": [{"b": 7}]}, id="nested"),
        pytest.param(None, None, id="no reference"),
    ],
)
def test_a_reference_stands_for_a_value(reference: Any, found: Any) -> None:
    assert resolve(reference, CONTEXT) == found


@given(st.text(max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    resolve(text, CONTEXT)
    look_up(text, CONTEXT)


@given(st.text(max_size=30))
def test_what_a_person_is_called_is_never_evaluated(name: str) -> None:
    """A user named `{{datalab.bucket}}` is called so, and gets no bucket's name."""
    context = {"user": {"name": name}, "datalab": {"bucket": "dl-acme"}}
    assert resolve("I am {{user.name}}.", context) == f"I am {name}."
