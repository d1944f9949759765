import pytest
from hypothesis import given
from hypothesis import strategies as st

from datalab.core.quantities import Resource, from_units, in_words, parse, to_units


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


GIB = 1024**3


@pytest.mark.parametrize(
    ("resource", "units", "words"),
    [
        pytest.param(Resource.MEMORY, 16 * GIB, "16 GiB", id="whole"),
        pytest.param(Resource.MEMORY, GIB * 3 // 2, "1.5 GiB", id="a half"),
        pytest.param(Resource.MEMORY, 1500 * 1024**2, "1,500 MiB", id="exact in the smaller unit"),
        pytest.param(Resource.MEMORY, 512 * 1024**2, "512 MiB", id="less than one"),
        pytest.param(Resource.STORAGE, 1024**4, "1 TiB", id="a tebibyte"),
        pytest.param(Resource.STORAGE, 10**12, "931.32 GiB", id="decimal, so rounded"),
        pytest.param(Resource.STORAGE, 1000, "1,000 bytes", id="hardly anything"),
        pytest.param(Resource.STORAGE, 0, "0 GiB", id="nothing"),
        pytest.param(Resource.MEMORY, 4 * GIB + 1, "4 GiB", id="crooked, so rounded"),
        pytest.param(Resource.CPU, 500, "0.5", id="half a core"),
        pytest.param(Resource.CPU, 2000, "2", id="cores"),
        pytest.param(Resource.CPU, 125, "0.125", id="millicores"),
        pytest.param(Resource.GPU, 2, "2", id="pieces"),
        pytest.param(Resource.SERVICES, 1000, "1,000", id="many"),
    ],
)
def test_people_read_a_quantity_with_its_unit_in_words(
    resource: Resource, units: int, words: str
) -> None:
    assert in_words(resource, units) == words
