import pytest
from hypothesis import given
from hypothesis import strategies as st

from datalab.core.quantities import Resource, from_units, parse, to_units


@pytest.mark.parametrize(
    ("resource", "text", "units"),
    [
        pytest.param(Resource.CPU, "500m", 500, id="millicores"),
        pytest.param(Resource.CPU, "2", 2000, id="cores"),
        pytest.param(Resource.CPU, 1.5, 1500, id="a fraction"),
        pytest.param(Resource.CPU, "1n", 1, id="rounded up"),
        pytest.param(Resource.MEMORY, "4Gi", 4 * 1024**3, id="binary"),
        pytest.param(Resource.MEMORY, "1G", 10**9, id="decimal"),
        pytest.param(Resource.MEMORY, "1E", 10**18, id="exa, not an exponent"),
        pytest.param(Resource.MEMORY, "1e3", 1000, id="an exponent"),
        pytest.param(Resource.GPU, 1, 1, id="pieces"),
    ],
)
def test_a_quantity_becomes_an_integer(resource: Resource, text: str | float, units: int) -> None:
    assert to_units(resource, text) == units


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "1 Gi",
        "Gi",
        "1gi",
        "nan",
        "inf",
        "1e999",
        "9" * 40,
        "1Ei0",
        "0x10",
        "\u0661",
        "8Ei",
    ],
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"quantity|large"):
        parse(text)


@given(st.sampled_from(list(Resource)), st.integers(min_value=0, max_value=10**15))
def test_what_is_written_reads_back_the_same(resource: Resource, units: int) -> None:
    assert to_units(resource, from_units(resource, units)) == units
