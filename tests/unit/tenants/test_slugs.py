from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datalab.core.names import TENANT_MAX, is_label
from datalab.tenants.slugs import candidates


@pytest.mark.parametrize(
    ("display_name", "slug"),
    [
        pytest.param("Acme Robotics", "acme-robotics", id="words"),
        pytest.param("  Nordic--Ünits &  Co. ", "nordic-units-co", id="accents and punctuation"),
        pytest.param("Straße Ærø", "strasse-aero", id="letters that do not decompose"),
        pytest.param("3M", "t-3m", id="a leading digit"),
        pytest.param("HR", "hr", id="two letters"),
        pytest.param("x" * 60, "x" * 40, id="a long one"),
    ],
)
def test_a_readable_name_comes_first(display_name: str, slug: str) -> None:
    assert next(candidates(display_name)) == slug


@pytest.mark.parametrize("display_name", ["株式会社", "🦄", "…", ""])
def test_a_name_without_any_letter_of_ascii_still_gives_one(display_name: str) -> None:
    assert next(candidates(display_name)).startswith("t--")


@given(st.text())
def test_every_candidate_is_a_valid_name_and_the_same_each_time(display_name: str) -> None:
    first = list(islice(candidates(display_name), 4))
    assert all(is_label(one, longest=TENANT_MAX) for one in first)
    assert len(set(first)) == 4
    assert list(islice(candidates(display_name), 4)) == first


@given(st.lists(st.text(), max_size=30))
def test_whatever_tenants_are_called_each_gets_a_slug_of_its_own(names: list[str]) -> None:
    taken: list[str] = []
    for name in names:
        taken.append(next(one for one in candidates(name) if one not in taken))
    assert len(set(taken)) == len(names)
