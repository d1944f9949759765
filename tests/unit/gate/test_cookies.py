import pytest

from datalab.gate.cookies import OURS, TOOL, issued, read, without


@pytest.mark.parametrize(
    ("header", "value"),
    [
        pytest.param(f"a=1; {TOOL}=pass; b=2", "pass", id="among others"),
        pytest.param(f"{TOOL}=one;{TOOL}=two", "one", id="twice, the first"),
        pytest.param(f"x{TOOL}=other", "", id="a longer name"),
        pytest.param(f"{TOOL}", "", id="a name without a value"),
        pytest.param("", "", id="none"),
    ],
)
def test_our_cookie_is_found_by_its_whole_name(header: str, value: str) -> None:
    assert read(header, TOOL) == value


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        pytest.param(
            f'_xsrf=2|a"b; {TOOL}=p;  odd ;q="x y"',
            '_xsrf=2|a"b;  odd ;q="x y"',
            id="the others stay byte for byte",
        ),
        pytest.param(f"{TOOL}=a; {TOOL}=b", "", id="every one of ours goes"),
        pytest.param(f"{TOOL}; a=1", "a=1", id="also one without a value"),
        pytest.param("__Host-datalab_st=s; __Host-datalab=page", "", id="all of ours go"),
    ],
)
def test_what_is_ours_does_not_reach_the_tool(header: str, kept: str) -> None:
    assert without(header, OURS) == kept


def test_a_cookie_of_ours_cannot_be_set_or_read_by_a_neighbour() -> None:
    cookie = issued(TOOL, "v", seconds=5)
    assert cookie.startswith("__Host-")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
