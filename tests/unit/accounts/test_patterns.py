"""Patterns of group names: what they match, what is none, and that none can keep us busy."""

import time

import pytest

from datalab.accounts.patterns import LONGEST_GROUP, compiled


@pytest.mark.parametrize(
    ("pattern", "group", "found"),
    [
        pytest.param("acme-admins", "acme-admins", {}, id="itself"),
        pytest.param("acme-admins", "acme-admins2", None, id="not a longer one"),
        pytest.param("acme-admins", "xacme-admins", None, id="not the end of one"),
        pytest.param("acme-admins", "acme-admins\n", None, id="not one that goes on"),
        pytest.param("a.b", "axb", None, id="a dot is a dot"),
        pytest.param("a|b", "a", None, id="a bar is a bar"),
        pytest.param("acme-*", "acme-anything at all", {}, id="a star is any text"),
        pytest.param("CN=*,OU=acme", "CN=x,OU=acme", {}, id="a distinguished name"),
        pytest.param(
            "{tenant}:{role}", "acme:admin", {"tenant": "acme", "role": "admin"}, id="both names"
        ),
        pytest.param("{tenant}:{role}", "acme:owner", None, id="no role of ours"),
        pytest.param("{tenant}:{role}", "Acme:admin", None, id="no tenant's name"),
        pytest.param("dl-{tenant}-*", "dl-acme-x", {"tenant": "acme"}, id="a name and a star"),
    ],
)
def test_a_pattern_matches_whole_names(
    pattern: str, group: str, found: dict[str, str] | None
) -> None:
    matched = compiled(pattern).fullmatch(group)
    assert (matched.groupdict() if matched else None) == found


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        pytest.param("", "characters", id="nothing"),
        pytest.param("a" * 201, "characters", id="too long"),
        pytest.param("a\nb", "one line", id="two lines"),
        pytest.param("*", "every group", id="everything"),
        pytest.param("***", "every group", id="everything, thrice"),
        pytest.param("a*b*c*d*e", "at most 3", id="too many stars"),
        pytest.param("{group}", "means nothing", id="a name that we do not know"),
        pytest.param("a{2,}", "means nothing", id="a regular expression's count"),
        pytest.param("{tenant", "means nothing", id="an open brace"),
        pytest.param("{tenant}{tenant}", "once", id="a name twice"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(pattern: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        compiled(pattern)


@pytest.mark.parametrize(
    ("pattern", "group"),
    [
        pytest.param("(a+)+$", "a" * 255 + "!", id="nested repetition"),
        pytest.param("(a|aa)+$", "a" * 255 + "!", id="overlapping choices"),
        pytest.param("(.*a){20}x".replace("{20}", ""), "a" * 256, id="repeated any"),
        pytest.param("([a-z]+)*[0-9]", "a" * 256, id="a class in a class"),
        pytest.param("(?=(a+))\\1*b", "a" * 256, id="a look-ahead"),
        pytest.param("*a*a*", "a" * 255 + "b", id="three stars"),
        pytest.param("*a*b", "a" * 256, id="two stars and no end"),
        pytest.param("*{tenant}*!", "a" * 256, id="stars around a name"),
        pytest.param("*-{tenant}-{role}", "-a" * 128, id="a star and both names"),
        pytest.param("*{tenant}{role}", "a" * 256, id="all three, touching"),
    ],
)
def test_no_pattern_keeps_us_busy(pattern: str, group: str) -> None:
    assert len(group) <= LONGEST_GROUP
    began = time.process_time()
    compiled(pattern).fullmatch(group)
    assert time.process_time() - began < 0.5
