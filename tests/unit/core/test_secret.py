import json
import pickle

import pytest

from datalab.core.secret import Hidden

TEXT = "correct horse"
HIDDEN = Hidden(TEXT)


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(repr(HIDDEN), id="repr"),
        pytest.param(str(HIDDEN), id="str"),
        pytest.param(f"{HIDDEN}", id="f-string"),
        pytest.param(f"{HIDDEN!r:>30}", id="f-string with a width"),
        pytest.param("%s" % HIDDEN, id="percent"),  # noqa: UP031 - the way it is tested
        pytest.param(repr([HIDDEN, {"a": HIDDEN}]), id="inside of others"),
    ],
)
def test_a_hidden_text_shows_itself_nowhere(shown: str) -> None:
    assert "horse" not in shown


@pytest.mark.parametrize("write", [json.dumps, pickle.dumps])
def test_a_hidden_text_is_written_nowhere(write: object) -> None:
    with pytest.raises(TypeError):
        write(HIDDEN)  # type: ignore[operator]


def test_whoever_needs_it_says_so() -> None:
    assert HIDDEN.reveal() == TEXT
    assert Hidden(TEXT) == HIDDEN
