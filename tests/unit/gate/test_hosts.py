import pytest

from datalab.gate.hosts import label_of

DOMAIN = "localhost:8080"


@pytest.mark.parametrize(
    ("host", "label"),
    [
        pytest.param("nb-acme-x1y2z.localhost:8080", "nb-acme-x1y2z", id="a tool's"),
        pytest.param("localhost:8080", None, id="the page's"),
        pytest.param("nb.localhost", None, id="without the port"),
        pytest.param("nb.localhost:81", None, id="another port"),
        pytest.param("nb.localhost.:8080", None, id="a dot at the end"),
        pytest.param("NB.LOCALHOST:8080", None, id="capitals"),
        pytest.param("a.nb.localhost:8080", None, id="a nested name"),
        pytest.param("nb.localhost:8080.evil.com", None, id="a name that goes on"),
        pytest.param("nb.localhost:8080\n", None, id="a line break"),
        pytest.param("-nb.localhost:8080", None, id="a leading dash"),
        pytest.param("nb-.localhost:8080", None, id="a trailing dash"),
        pytest.param("1nb.localhost:8080", None, id="a leading digit"),
        pytest.param(f"{'a' * 64}.localhost:8080", None, id="a label too long"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_only_the_one_spelling_of_a_tools_name_counts(host: str, label: str | None) -> None:
    assert label_of(host, DOMAIN) == label
