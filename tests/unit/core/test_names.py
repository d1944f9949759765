import pytest
from hypothesis import given
from hypothesis import strategies as st

from datalab.core.names import is_label, slug


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        pytest.param("jupyter", True, id="plain"),
        pytest.param("a", True, id="one letter"),
        pytest.param("my-notebook-2", True, id="with hyphens"),
        pytest.param("-rf", False, id="a leading dash"),
        pytest.param("2fast", False, id="a leading digit"),
        pytest.param("a-", False, id="a trailing dash"),
        pytest.param("Jupyter", False, id="upper case"),
        pytest.param("a.b", False, id="a dot"),
        pytest.param("a" * 64, False, id="too long"),
        pytest.param("", False, id="empty"),
        pytest.param("a\n", False, id="a newline"),
    ],
)
def test_what_can_be_a_name(name: str, valid: bool) -> None:
    assert is_label(name) is valid


@given(st.text(), st.sampled_from([20, 40, 63]))
def test_any_text_gives_a_valid_name(text: str, longest: int) -> None:
    assert is_label(slug(text, longest=longest), longest=longest)


@given(st.text(), st.text())
def test_two_texts_never_give_the_same_name(one: str, other: str) -> None:
    assert (slug(one) == slug(other)) == (one == other)
